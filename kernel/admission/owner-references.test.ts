import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import type { AuthorizationAttributes } from '../ports/auth.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { ownerReferencesPermissions } from './owner-references.ts';

const sets = { group: 'apps', kind: 'ReplicaSet', plural: 'replicasets', scope: 'Namespaced' } as KindDefinition;
const pods = { group: '', kind: 'Pod', plural: 'pods', scope: 'Namespaced' } as KindDefinition;

/** The rights of `ann`, as `verb resource/subresource`. */
function pluginFor(rights: readonly string[]) {
  const authorize = ({ verb, resource, subresource }: AuthorizationAttributes) => {
    const isAllowed = rights.includes(`${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`);
    return { verdict: isAllowed ? 'allow' : 'noOpinion', reason: '' } as const;
  };
  const findKind = (_apiVersion: string, kind: string) => (kind === 'ReplicaSet' ? sets : undefined);
  const isTrusted = (user: string) => user === 'machine';
  return ownerReferencesPermissions({ authorizer: { authorize }, kinds: { findKind }, isTrusted });
}

function pod(owners: readonly object[]): KubeObject {
  const metadata = { name: 'p', namespace: 'a', uid: '1', ownerReferences: owners };
  return { apiVersion: 'v1', kind: 'Pod', metadata } as KubeObject;
}

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u' };
const blocking = { ...owner, blockOwnerDeletion: true };
const unknown = { ...blocking, kind: 'Widget' };

// Kubernetes: plugin/pkg/admission/gc.
const cases: readonly {
  readonly title: string;
  readonly old?: readonly object[];
  readonly next: readonly object[];
  readonly rights?: readonly string[];
  readonly refusal?: RegExp;
}[] = [
  { title: 'a new object may have any owner', next: [owner] },
  { title: 'an owner that stays is nobody’s business', old: [owner], next: [owner] },
  {
    title: 'changing owners needs the right to delete',
    old: [],
    next: [owner],
    refusal: /^pods "p" is forbidden: cannot set an ownerRef on a resource you can't delete: , <nil>$/,
  },
  { title: 'and is allowed with it', old: [], next: [owner], rights: ['delete pods'] },
  {
    title: 'blocking needs the finalizers of the owner',
    next: [blocking],
    refusal:
      /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>$/,
  },
  { title: 'and is allowed with them', next: [blocking], rights: ['update replicasets/finalizers'] },
  {
    title: 'what blocked before goes on',
    old: [blocking],
    next: [blocking, { ...owner, uid: 'v' }],
    rights: ['delete pods'],
  },
  {
    title: 'an owner of no known kind cannot be asked about',
    next: [unknown],
    refusal:
      /cannot find RESTMapping for APIVersion apps\/v1 Kind Widget: no matches for kind "Widget" in version "apps\/v1"$/,
  },
];

for (const { title, old, next, rights = [], refusal } of cases) {
  test(`ownerReferencesPermissions(): ${title}`, async () => {
    const plugin = pluginFor(rights);
    const attributes = attributesOf('ann', old === undefined ? undefined : pod(old));
    assert.equal(plugin.handles(attributes), true);
    const decision = plugin.validate?.(pod(next), attributes, new AbortController());
    if (refusal === undefined) await decision;
    else await assert.rejects(decision ?? Promise.resolve(), { message: refusal });
  });
}

test('ownerReferencesPermissions() leaves alone the server itself, deletes and the status of pods', () => {
  const plugin = pluginFor([]);
  const asked = attributesOf('ann', undefined);
  assert.equal(plugin.handles(attributesOf('machine', undefined)), false);
  assert.equal(plugin.handles({ ...asked, operation: 'delete' }), false);
  assert.equal(plugin.handles({ ...asked, subresource: 'status' }), false);
});

function attributesOf(name: string, old: KubeObject | undefined): AdmissionAttributes {
  return {
    operation: old === undefined ? 'create' : 'update',
    definition: pods,
    namespace: 'a',
    name: 'p',
    subresource: '',
    user: { name, groups: [] },
    dryRun: false,
    old,
    warn: () => undefined,
  };
}
