import test from 'node:test';
import { besiege } from '../misbehaving/siege.ts';

test('a thousand clients that misbehave take no more memory than they may, and nobody else has to suffer', async (t) => {
  const options = { clientCount: 1_000, holdMs: 15_000, growthBytesMax: 3 * 1024 ** 3 };
  await besiege(options, (result) => t.diagnostic(JSON.stringify(result)));
});
