import test from 'node:test';
import { besiege } from './misbehaving/siege.ts';

// A thousand of them: `npm run soak`.
test('clients that misbehave take no more memory than they may, and nobody else has to suffer', async (t) => {
  const options = { clientCount: 20, holdMs: 500, growthBytesMax: 384 * 1024 * 1024 };
  await besiege(options, (result) => t.diagnostic(JSON.stringify(result)));
});
