import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { Secret } from '../../schema/standard/types.ts';
import { admitSecret } from './admit.ts';

const context = { operation: 'create', subresource: '', nowMs: 0 } as const;

test('admitSecret.validate() wants what the type of a secret promises', async () => {
  const secret = (type: string, data: object, annotations?: Record<string, string>): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      uid: 's',
      resourceVersion: '1',
      creationTimestamp: '',
      ...(annotations === undefined ? {} : { annotations }),
    },
    type,
    data: data as Record<string, string>,
  });
  // Kubernetes: `ValidateSecret`.
  const account = { 'kubernetes.io/service-account.name': 'robot' };
  const cases: readonly (readonly [Secret, readonly string[]])[] = [
    [secret('Opaque', {}), []],
    [secret('kubernetes.io/tls', { 'tls.crt': '' }), ['data[tls.key]: Required value']],
    [secret('kubernetes.io/basic-auth', { password: '' }), []],
    [secret('kubernetes.io/service-account-token', {}, account), []],
    [
      secret('kubernetes.io/service-account-token', {}),
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
  ];
  for (const [object, want] of cases) {
    assert.deepEqual((await admitSecret.validate?.(object, undefined, context))?.map(formatFieldError), want);
  }
});
