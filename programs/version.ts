import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of this Planform, from package.json. */
export const planformVersion: string = (
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string }
).version;
