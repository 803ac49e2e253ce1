import test from 'node:test';
import { besiege } from './misbehaving/siege.ts';

// A thousand of them: `npm run soak`.
test('clients that misbehave take no more memory than they may, and nobody else has to suffer', {
  timeout: 240_000,
}, async (t) => {
  const options = { clientCount: 20, holdMs: 500, growthMibMax: 256, leftMibMax: 256, answersMin: 4, cpuMsMax: 1_000 };
  await besiege(options, (result) => t.diagnostic(JSON.stringify(result)));
});
