import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../world.ts';
import { freePort } from './hub.ts';
import { RunningProgram } from './running-program.ts';

const planform = join(import.meta.dirname, '..', '..', 'planform');

describe('planform kernel, started and stopped by hand', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'planform-start-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('at a terminal it says where it is and what to try next', async () => {
    const data = join(folder, 'greeting');
    await using kernel = new RunningProgram('script', [
      '-qec',
      `'${planform}' kernel --data '${data}' --port ${await freePort()}`,
      '/dev/null',
    ]);
    await kernel.shows(/Planform \S+: a kernel at https:\/\/127\.0\.0\.1:\d+, its data in /);
    await kernel.shows(new RegExp(`kubectl --kubeconfig ${join(data, 'kubeconfig')} api-resources`));
    await kernel.end();
  });

  test('a second stop signal leaves nothing the next start would warn of', async () => {
    const data = join(folder, 'impatient');
    for (let round = 0; round < 3; round++) {
      await using kernel = new RunningProgram(planform, ['kernel', '--data', data, '--port', String(await freePort())]);
      await eventually('a kernel that answers', 20_000, () => kernel.stderr.includes('"message":"ready"') || undefined);
      await Promise.all([kernel.end('SIGINT'), kernel.end('SIGTERM')]);
      assert.doesNotMatch(kernel.stderr, /missing or empty/);
    }
  });
});
