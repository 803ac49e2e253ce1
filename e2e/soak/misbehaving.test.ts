import test from 'node:test';
import { defaultServerLimits } from '../../kernel/server/server-limits.ts';
import { misbehaviours } from '../misbehaving/clients.ts';
import { besiege } from '../misbehaving/siege.ts';

const { unreadBytesMax, bodiesBytesMax } = defaultServerLimits;

// One of them: `--test-name-pattern 'watchers that take nothing'`.
for (const { name } of misbehaviours) {
  test(`a thousand clients take no more memory than they may, and nobody else has to suffer: ${name}`, async (t) => {
    const growthBytesMax = 2 * (unreadBytesMax + bodiesBytesMax);
    const options = { clientCount: 1_000, holdMs: 10_000, growthBytesMax, only: name };
    await besiege(options, (result) => t.diagnostic(JSON.stringify(result)));
  });
}
