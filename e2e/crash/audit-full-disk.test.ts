import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireTool } from './require-tool.ts';

const processPath = new URL('./audit-full-disk-process.ts', import.meta.url).pathname;

test('a full disk delays the audit log, and leaves nothing half written in it', async (t) => {
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  if (!requireTool(t, 'unshare', [...unshare, 'true'])) return;
  const folder = await mkdtemp(join(tmpdir(), 'planform-full-'));
  const mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
  const argv = [...unshare, 'sh', '-c', mount, folder, process.execPath, processPath];
  const { status, stdout, stderr } = spawnSync('unshare', argv, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  await rm(folder, { recursive: true });
});
