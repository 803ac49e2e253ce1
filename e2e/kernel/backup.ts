import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandPath, nodeOptions } from '../../programs/cli/child.ts';
import { command } from '../world.ts';
import type { Hub } from './hub.ts';

/** Writes a backup of a running server to `file`. */
export async function backUp(hub: Hub, file: string): Promise<void> {
  await planform(hub, 'backup', '--to', file, '--data', hub.dataFolder);
}

/** Ends a server, puts what `file` holds in the place of its data, with the key of its Secrets, and starts it again. */
export async function restoreFrom(hub: Hub, file: string): Promise<void> {
  await hub.stop();
  const key = join(hub.folder, 'kept.keys');
  copyFileSync(join(hub.dataFolder, 'pki', 'encryption.keys'), key);
  rmSync(hub.dataFolder, { recursive: true });
  await planform(hub, 'restore', '--from', file, '--data', hub.dataFolder, '--encryption-key', key);
  await hub.start();
}

async function planform(hub: Hub, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await command(process.execPath, [...nodeOptions, commandPath, ...args]);
  assert.equal(code, 0, `${stderr}${stdout}${hub.log.slice(-2_000)}`);
}
