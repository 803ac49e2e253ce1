import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionAttributes, AdmissionPlugin } from '../ports/admission.ts';
import { configMapKind } from '../kinds/configmap/type.ts';
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
  return { chain: new AdmissionChain([plain('first'), code, plain('last')]), ran };
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
