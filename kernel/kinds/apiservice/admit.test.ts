import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { APIService } from '../../schema/standard/types.ts';
import { admitApiService } from './admit.ts';

const create = { operation: 'create', subresource: '', nowMs: 0 } as const;
const local = { group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15 };
const service = { namespace: 'default', name: 'metrics', port: 443 };

function apiService(spec: object, name = 'v1.example.com'): APIService {
  return { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec } as APIService;
}

const refusals = async (object: APIService) =>
  ((await admitApiService.validate?.(object, undefined, create)) ?? []).map(formatFieldError);

test('admitApiService takes local and remote APIs', async () => {
  assert.deepEqual(await refusals(apiService(local)), []);
  assert.deepEqual(await refusals(apiService({ ...local, service, insecureSkipTLSVerify: true })), []);
  assert.deepEqual(await refusals(apiService({ ...local, service, caBundle: 'YWJj' })), []);
  assert.deepEqual(
    await refusals(apiService({ version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 }, 'v1.')),
    [],
  );
  const highest = { groupPriorityMinimum: 20_000, versionPriority: 1_000 };
  assert.deepEqual(await refusals(apiService({ ...local, ...highest })), []);
});

/** Change of a good spec, and everything that is said of it, in the words of kube-aggregator. */
const cases: readonly (readonly [change: object, ...says: string[]])[] = [
  [
    { version: 'v2' },
    'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v2.example.com"',
  ],
  [
    { group: undefined, version: 'v2' },
    'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v2."',
    'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
  ],
  [
    { groupPriorityMinimum: 20_001, versionPriority: 0 },
    'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
    'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
  ],
  [
    { caBundle: 'YWJj', insecureSkipTLSVerify: true },
    'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
    'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
  ],
  [
    { service: { port: 65_536 }, caBundle: 'YWJj', insecureSkipTLSVerify: true },
    'spec.service.namespace: Required value',
    'spec.service.name: Required value',
    'spec.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive',
    'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
  ],
];

test('admitApiService refuses what kube-aggregator refuses', async (t) => {
  for (const [change, ...says] of cases) {
    await t.test(JSON.stringify(change), async () => {
      assert.deepEqual(await refusals(apiService({ ...local, ...change })), says);
    });
  }
});

test('admitApiService looks at the status alone when that is written', async () => {
  const conditions = [{ type: 'Available', status: 'Perhaps' }];
  const object = { ...apiService({}), status: { conditions } };
  const errors = (await admitApiService.validate?.(object, object, { ...create, subresource: 'status' })) ?? [];
  assert.deepEqual(errors.map(formatFieldError), [
    'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "True", "False", "Unknown"',
  ]);
});

// Kubernetes: apiServerStrategy.PrepareForCreate
test('admitApiService says of local APIs that they are available from the start', () => {
  const prepared = (spec: object) => {
    const draft: Record<string, unknown> = { ...apiService(spec) };
    admitApiService.prepare?.(draft, undefined, create);
    return draft['status'];
  };
  const message = 'Local APIServices are always available';
  const lastTransitionTime = '1970-01-01T00:00:00Z';
  const condition = { type: 'Available', status: 'True', reason: 'Local', message, lastTransitionTime };
  assert.deepEqual(prepared(local), { conditions: [condition] });
  assert.equal(prepared({ ...local, service }), undefined);
});
