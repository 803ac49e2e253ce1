import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedProgram, command } from '../world.ts';
import { Hub } from './hub.ts';

const library = cachedProgram('client-python', { isOptional: true });
const skip = library === undefined ? 'The Python client is not here: run tools/e2e-setup.sh' : false;

test('the Python client lists, watches, patches and applies', { skip }, async () => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const program = join(import.meta.dirname, 'client-python', 'smoke.py');
  const run = ['env', `PYTHONPATH=${library}`, 'python3', program, hub.kubeconfig, 'default'] as const;
  const { code, stdout, stderr } = await command(run[0], run.slice(1));
  assert.equal(code, 0, stderr + stdout);
  assert.deepEqual(stdout.trim().split('\n'), [
    'created a True',
    'pages 3 1',
    "patched ('x', '2') ('y', '1')",
    "patched ('x', '2')",
    'stale replace 409 Conflict',
    'event MODIFIED a',
    'event MODIFIED a',
    'event DELETED b',
    'applied web 2 Apply',
    'left 0',
  ]);
});
