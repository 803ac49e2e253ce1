import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import type { AdmissionAttributes, PendingView } from '../ports/admission.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { serviceAccounts } from './service-account.ts';

const attributes: AdmissionAttributes = {
  operation: 'create',
  definition: { group: '', kind: 'Pod', plural: 'pods' } as KindDefinition,
  namespace: 'a',
  name: 'p',
  subresource: '',
  user: { name: 'ann', groups: [] },
  dryRun: false,
  old: undefined,
  warn: () => undefined,
};

/** Accounts of namespace `a` by name. */
async function admit(
  pod: object,
  accounts: Readonly<Record<string, object>> = {},
  mountsTokens = true,
): Promise<Record<string, unknown>> {
  const metadata = { namespace: 'a', uid: '1', resourceVersion: '1', creationTimestamp: '' };
  const view: PendingView = {
    get: (resource, _namespace, name) => {
      const account = resource === 'serviceaccounts' ? accounts[name] : undefined;
      return account && { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name }, ...account };
    },
    list: () => [],
  };
  const draft = structuredClone(pod) as { spec: Record<string, unknown> };
  const plugin = serviceAccounts({ view, random: seededRandom(1), mountsTokens });
  await plugin.mutate?.(draft, attributes, new AbortController());
  return draft.spec;
}

// Kubernetes: plugin/pkg/admission/serviceaccount.
test('pods that name no account get `default`, under both names of the field', async () => {
  for (const spec of [{}, { serviceAccountName: '' }]) {
    const { serviceAccountName, serviceAccount } = await admit({ spec });
    assert.deepEqual([serviceAccountName, serviceAccount], ['default', 'default']);
  }
  const { serviceAccount } = await admit({ spec: { serviceAccountName: 'robot' } }, { robot: {} });
  assert.equal(serviceAccount, 'robot');
});

test('accounts that are not there are refused; `default` may come later', async () => {
  await assert.rejects(admit({ spec: { serviceAccountName: 'absent' } }), {
    message: 'pods "p" is forbidden: error looking up service account a/absent: serviceaccount "absent" not found',
  });
  await admit({ spec: {} });
});

test('a token is mounted into every container that has nothing at its place', async () => {
  const own = { name: 'mine', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const containers = [{ name: 'a' }, { name: 'b', volumeMounts: [own] }];
  const spec = await admit({ spec: { initContainers: [{ name: 'i' }], containers } });
  const [volume] = spec['volumes'] as { name: string; projected: { defaultMode: number; sources: object[] } }[];
  assert.match(volume?.name ?? '', /^kube-api-access-[bcdfghjklmnpqrstvwxz2-9]{5}$/);
  assert.deepEqual([volume?.projected.defaultMode, volume?.projected.sources.length], [0o644, 3]);
  const mount = { name: volume?.name, mountPath: own.mountPath, readOnly: true };
  assert.deepEqual(spec['initContainers'], [{ name: 'i', volumeMounts: [mount] }]);
  assert.deepEqual(spec['containers'], [
    { name: 'a', volumeMounts: [mount] },
    { name: 'b', volumeMounts: [own] },
  ]);
  assert.deepEqual(await admit({ spec }), spec, 'a second look changes nothing');
});

test('the pod decides about its token before the account does; without either there is one', async () => {
  const accounts = { default: { automountServiceAccountToken: false }, open: { automountServiceAccountToken: true } };
  for (const [account, ofPod, isMounted] of [
    ['default', undefined, false],
    ['default', true, true],
    ['open', undefined, true],
    ['open', false, false],
  ] as const) {
    const given = { serviceAccountName: account, containers: [{ name: 'a' }] };
    const spec = await admit(
      { spec: ofPod === undefined ? given : { ...given, automountServiceAccountToken: ofPod } },
      accounts,
    );
    assert.equal(spec['volumes'] !== undefined, isMounted, `${account} ${ofPod}`);
  }
});

test('where tokens are not mounted, pods are given their account only', async () => {
  const spec = await admit({ spec: { containers: [{ name: 'a' }] } }, {}, false);
  assert.deepEqual(spec, { containers: [{ name: 'a' }], serviceAccountName: 'default', serviceAccount: 'default' });
});

test('pull secrets of the account are those of pods without', async () => {
  const accounts = { default: { imagePullSecrets: [{ name: 'registry' }] } };
  assert.deepEqual((await admit({ spec: {} }, accounts))['imagePullSecrets'], [{ name: 'registry' }]);
  const own = [{ name: 'own' }];
  assert.deepEqual((await admit({ spec: { imagePullSecrets: own } }, accounts))['imagePullSecrets'], own);
});

test('pods of files on a node are left as they are', async () => {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  assert.deepEqual(await admit({ metadata: { annotations }, spec: { containers: [] } }), { containers: [] });
});
