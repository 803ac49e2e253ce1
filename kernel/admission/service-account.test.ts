import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionAttributes } from '../ports/admission.ts';
import { serviceAccountDefault } from './service-account.ts';

test('serviceAccountDefault gives pods an account that name none', async () => {
  const cases: readonly (readonly [given: object, want: object])[] = [
    [{}, { serviceAccountName: 'default', serviceAccount: 'default' }],
    [{ serviceAccountName: '' }, { serviceAccountName: 'default', serviceAccount: 'default' }],
    [{ serviceAccountName: 'robot' }, { serviceAccountName: 'robot' }],
  ];
  for (const [given, want] of cases) {
    const draft = { spec: given };
    await serviceAccountDefault.mutate?.(draft, {} as AdmissionAttributes, new AbortController().signal);
    assert.deepEqual(draft, { spec: want });
  }
});
