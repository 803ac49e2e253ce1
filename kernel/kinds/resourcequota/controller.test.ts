import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { resourceQuotaController } from './controller.ts';

test('resourceQuotaController() looks at a quota at once, and then at most once a second', async () => {
  const clock = new VirtualClock();
  const looks: string[] = [];
  let change: (namespace: string, name: string) => void = () => undefined;
  const use = { used: () => ({}), onChange: (listener: typeof change) => (change = listener) };
  resourceQuotaController(use, clock).attach?.(({ namespace, name }) => looks.push(`${namespace}/${name}`));
  change('shop', 'q');
  change('shop', 'q');
  change('shop', 'other');
  assert.deepEqual(looks, ['shop/q', 'shop/other']);
  await clock.advance(999);
  assert.equal(looks.length, 2);
  await clock.advance(1);
  assert.deepEqual(looks.slice(2), ['shop/q']);
  change('shop', 'q');
  await clock.advance(1_000);
  assert.deepEqual(looks.slice(3), ['shop/q']);
  await clock.advance(10_000);
  assert.equal(looks.length, 4);
});
