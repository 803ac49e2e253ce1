import test from 'node:test';
import { misbehaviours } from '../misbehaving/clients.ts';
import { besiege } from '../misbehaving/siege.ts';

// One of them: `--test-name-pattern 'watchers that take nothing'`. What was measured: `docs/operate/overload.md`.
for (const { name } of misbehaviours) {
  test(`a thousand clients take no more memory than they may, and nobody else has to suffer: ${name}`, {
    timeout: 300_000,
  }, async (t) => {
    const bounds = { growthMibMax: 400, leftMibMax: 64, answersMin: 20, cpuMsMax: 3_000 };
    const options = { clientCount: 1_000, holdMs: 15_000, ...bounds, only: name };
    await besiege(options, (result) => t.diagnostic(JSON.stringify(result)));
  });
}
