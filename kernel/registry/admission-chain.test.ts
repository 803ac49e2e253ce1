import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from '../base/metrics.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../ports/admission.ts';
import { configMapKind } from '../kinds/configmap/type.ts';
import { ApiError } from '../meta/errors.ts';
import { AdmissionChain } from './admission-chain.ts';

const attributes: AdmissionAttributes = {
  operation: 'create',
  definition: configMapKind,
  namespace: 'default',
  name: 'c',
  subresource: '',
  user: { name: 'alice', groups: [] },
  dryRun: false,
  old: undefined,
  warn: () => undefined,
};
const { signal } = new AbortController();

/** Plugins that note when they run: `plain` decides by itself, `code` runs code of others. */
function plugins(changes: boolean): { readonly chain: AdmissionChain; readonly ran: readonly string[] } {
  const ran: string[] = [];
  const plain = (name: string): AdmissionPlugin => ({
    name,
    handles: () => true,
    mutate: async () => void ran.push(name),
  });
  const code: AdmissionPlugin = {
    name: 'code',
    handles: () => true,
    async mutateInRounds() {
      ran.push('code');
      return { isWanted: changes, run: async () => void ran.push('code again') };
    },
  };
  return { chain: new AdmissionChain([plain('first'), code, plain('last')], new VirtualClock()), ran };
}

// Kubernetes: admission/reinvocation.go.
test('AdmissionChain runs all plugins once more, in order, when code of others changed something', async () => {
  const { chain, ran } = plugins(true);
  assert.equal(await chain.mutate({}, attributes, { signal }), true);
  assert.deepEqual(ran, ['first', 'code', 'last', 'first', 'code again', 'last']);
});

test('AdmissionChain runs them once otherwise', async () => {
  const { chain, ran } = plugins(false);
  await chain.mutate({}, attributes, { signal });
  assert.deepEqual(ran, ['first', 'code', 'last']);
});

// Kubernetes: admission/metrics (buckets, labels). Plugins of the commit step are counted as validation.
test('AdmissionChain times every plugin and every step, by whether it refused', async () => {
  const clock = new VirtualClock();
  const taking = (ms: number) => async () => clock.advance(ms);
  const slow: AdmissionPlugin = { name: 'slow', handles: () => true, mutate: taking(10), validate: taking(30) };
  const strict: AdmissionPlugin = {
    name: 'strict',
    handles: ({ name }) => name !== 'c',
    async validate() {
      throw new ApiError('Forbidden', 'no');
    },
  };
  const chain = new AdmissionChain([slow, strict], clock);
  await chain.mutate({}, attributes, { signal });
  await chain.validate(undefined, attributes, { signal });
  await assert.rejects(chain.validate(undefined, { ...attributes, operation: 'update', name: 'd' }, { signal }));
  const lines = formatMetrics(chain.metrics()).split('\n');
  const sums = (name: string) =>
    lines.filter((line) => line.startsWith(`apiserver_admission_${name}_sum{`)).map((line) => line.slice(20));
  assert.deepEqual(sums('controller_admission_duration_seconds'), [
    'controller_admission_duration_seconds_sum{name="slow",operation="CREATE",rejected="false",type="admit"} 0.01',
    'controller_admission_duration_seconds_sum{name="slow",operation="CREATE",rejected="false",type="validate"} 0.03',
    'controller_admission_duration_seconds_sum{name="slow",operation="UPDATE",rejected="false",type="validate"} 0.03',
    'controller_admission_duration_seconds_sum{name="strict",operation="UPDATE",rejected="true",type="validate"} 0',
  ]);
  assert.deepEqual(sums('step_admission_duration_seconds'), [
    'step_admission_duration_seconds_sum{operation="CREATE",rejected="false",type="admit"} 0.01',
    'step_admission_duration_seconds_sum{operation="CREATE",rejected="false",type="validate"} 0.03',
    'step_admission_duration_seconds_sum{operation="UPDATE",rejected="true",type="validate"} 0.03',
  ]);
  assert.equal(sums('step_admission_duration_seconds_summary').length, 3);
});
