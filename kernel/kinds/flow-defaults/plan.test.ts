import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planUpkeep, type Upkeep, upkeepAnnotation } from './plan.ts';

interface Case {
  readonly name: string;
  readonly said?: string;
  readonly generation?: number;
  readonly isMandatory?: boolean;
  readonly isUnknown?: boolean;
  readonly found: object;
  readonly want: Upkeep;
}

// Kubernetes flowcontrol/ensurer: who keeps the spec follows from the annotation, without it from the generation.
test('planUpkeep() leaves to people what is theirs', async (t) => {
  const spec = { shares: 1 };
  const changed = { shares: 2 };
  const cases: readonly Case[] = [
    { name: 'as it should be', said: 'true', found: spec, want: { kind: 'none' } },
    { name: 'a changed suggestion goes back', said: 'true', found: changed, want: { kind: 'change', spec } },
    { name: 'unless people keep it', said: 'false', found: changed, want: { kind: 'none' } },
    { name: 'never touched, no annotation', found: spec, want: { kind: 'change', annotation: 'true' } },
    { name: 'touched, no annotation', generation: 2, found: changed, want: { kind: 'change', annotation: 'false' } },
    {
      name: 'an annotation that means nothing',
      said: 'maybe',
      generation: 2,
      found: changed,
      want: { kind: 'change', annotation: 'false' },
    },
    {
      name: 'mandatory whatever people say',
      said: 'false',
      isMandatory: true,
      found: changed,
      want: { kind: 'change', annotation: 'true', spec },
    },
    { name: 'left over from another version', said: 'true', isUnknown: true, found: spec, want: { kind: 'remove' } },
    { name: 'made by people', isUnknown: true, found: spec, want: { kind: 'none' } },
  ];
  for (const one of cases) {
    const { name, said, generation = 1, isMandatory = false, isUnknown = false, found, want } = one;
    await t.test(name, () => {
      const annotations = said === undefined ? {} : { annotations: { [upkeepAnnotation]: said } };
      const object = { apiVersion: 'v1', kind: 'K', metadata: { name: 'a', generation, ...annotations }, spec: found };
      assert.deepEqual(planUpkeep(object as never, isUnknown ? undefined : { name: 'a', spec, isMandatory }), want);
    });
  }
});
