import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireTool } from './require-tool.ts';

const diskPath = new URL('./full-disk-process.ts', import.meta.url).pathname;

test('a full disk refuses writes, keeps what was acknowledged, and is over when there is space', async (t) => {
  // A mount namespace of its own: the small disk goes away with the process, whatever happens.
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  if (!requireTool(t, 'unshare', [...unshare, 'true'])) return;
  const folder = await mkdtemp(join(tmpdir(), 'planform-full-'));
  const mount = 'mount -t tmpfs -o size=12m none "$0" && exec "$@"';
  const argv = [...unshare, 'sh', '-c', mount, folder, process.execPath, diskPath, folder];
  const { status, stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  await rm(folder, { recursive: true });
});
