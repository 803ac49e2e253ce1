import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from '../api/system-errors.ts';

const source = join(import.meta.dirname, 'main.ts');
/** In a process of its own: the function is marked experimental and says so on every use. */
const strip = `const { readFileSync, writeFileSync } = require('node:fs');
const [, from, to] = require('node:process').argv;
writeFileSync(to, require('node:module').stripTypeScriptTypes(readFileSync(from, 'utf8')), { mode: 0o600 });`;

/**
 * A copy of the proxy program without types, in the proxy's folder; made once per version of the program. It saves the
 * running proxy the 20 MB that Node's type stripping takes, and lets the sources change under it.
 * @returns its path.
 */
export async function prepareProgram(folder: string, nodeBinaryPath: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 12);
  const name = `proxy-${digest}.mjs`;
  const path = join(folder, name);
  if (await exists(path)) return path;
  await promisify(execFile)(nodeBinaryPath, [
    '--disable-warning=ExperimentalWarning',
    '--eval',
    strip,
    source,
    `${path}.new`,
  ]);
  await rename(`${path}.new`, path);
  for (const other of await readdir(folder))
    if (/^proxy-.*\.mjs$/.test(other) && other !== name) await rm(join(folder, other));
  return path;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
