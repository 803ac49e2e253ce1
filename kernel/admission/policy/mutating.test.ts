import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { configMapKind } from '../../kinds/configmap/type.ts';
import { mutatingAdmissionPolicyKind } from '../../kinds/mutatingadmissionpolicy/type.ts';
import { mutatingAdmissionPolicyBindingKind } from '../../kinds/mutatingadmissionpolicybinding/type.ts';
import { isApiError } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import type { AdmissionPlugin, PendingView } from '../../ports/admission.ts';
import { openWorld, type World } from '../../registry/testing/world.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { array, boolean, integer, mapOf, object, required, string } from '../../schema/schema.ts';
import { DecisionMetrics } from '../decision-metrics.ts';
import { FollowedObjects } from '../followed-objects.ts';
import { mutatingPolicies } from './plugin.ts';

const policyKinds = [mutatingAdmissionPolicyKind, mutatingAdmissionPolicyBindingKind];
const [policyKind, bindingKind] = policyKinds;

const widgetSpec = object({
  size: integer(),
  mode: string({ default: 'slow' }),
  labels: mapOf(string()),
  tags: array(string()),
  parts: array(object({ name: required(string()), on: boolean(), size: integer() }), {
    listType: 'map',
    listMapKeys: ['name'],
  }),
});

const widgetKind: KindDefinition = {
  group: 'test.dev',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, columns: [], schema: object({ spec: widgetSpec }) }],
  statusSubresource: false,
  history: 'none',
};

/** A registry whose writes are changed by the policies in it. @param later a plugin after them. */
async function openPolicies(later: readonly AdmissionPlugin[] = []): Promise<World> {
  const followed = new FollowedObjects();
  const view: PendingView = {
    get: (...args) => world.registry.core.commits.view.get(...args),
    list: (...args) => world.registry.core.commits.view.list(...args),
  };
  const authorizer = {
    authorize: ({ verb }: { readonly verb: string }) =>
      ({ verdict: verb === 'approve' ? 'allow' : 'noOpinion', reason: '' }) as const,
  };
  const metrics = new DecisionMetrics(new VirtualClock());
  const findKind = (_apiVersion: string, kind: string) => (kind === 'ConfigMap' ? configMapKind : undefined);
  const plugins = [mutatingPolicies(followed, { view, kinds: { findKind }, authorizer, metrics }), ...later];
  const world: World = await openWorld({ plugins, kinds: [configMapKind, widgetKind, ...policyKinds] });
  followed.follow(
    world.registry.core.cache,
    policyKinds.map(({ plural, group }) => formatResource(plural, group)),
  );
  return world;
}

const onWidgets = { apiGroups: ['test.dev'], apiVersions: ['v1'], operations: ['*'], resources: ['widgets'] };

/** A policy with its binding of the same name. */
interface Setting {
  /** Expressions of apply configurations; those that begin with a bracket are JSON patches. */
  readonly mutations: readonly string[];
  readonly policy?: object;
  readonly binding?: object;
}

async function bind(world: World, name: string, { mutations, policy = {}, binding = {} }: Setting): Promise<void> {
  const spec = {
    matchConstraints: { resourceRules: [onWidgets] },
    reinvocationPolicy: 'Never',
    mutations: mutations.map((expression) =>
      expression.startsWith('[')
        ? { patchType: 'JSONPatch', jsonPatch: { expression } }
        : { patchType: 'ApplyConfiguration', applyConfiguration: { expression } },
    ),
    ...policy,
  };
  await world.create({ metadata: { name }, spec }, {}, policyKind);
  await world.create({ metadata: { name }, spec: { policyName: name, ...binding } }, {}, bindingKind);
}

interface Widget {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
}

async function write(world: World, widget: object = {}) {
  const value = { metadata: { name: 'w' }, spec: { size: 1 }, ...widget };
  return world.create(value, {}, widgetKind).then(
    ({ object: stored }) => stored.parsed() as Widget,
    (error: unknown) => error as Error,
  );
}

async function specAfter(setting: Setting, widget: object = {}) {
  const world = await openPolicies();
  await bind(world, 'p', setting);
  const made = await write(world, widget);
  return made instanceof Error ? made : made.spec;
}

const parts = { spec: { parts: [{ name: 'a', on: true }, { name: 'b' }] } };

// Kubernetes: admission/plugin/policy/mutating/patch (smd.go, json_patch.go).
const changes: readonly (readonly [title: string, expression: string, spec: object, widget?: object])[] = [
  ['sets a field', 'Object{spec: Object.spec{size: object.spec.size + 1}}', { size: 2, mode: 'slow' }],
  ['says nothing', 'Object{}', { size: 1, mode: 'slow' }],
  [
    'merges maps',
    "Object{spec: Object.spec{labels: {'b': '2'}}}",
    { labels: { a: '1', b: '2' }, mode: 'slow' },
    { spec: { labels: { a: '1' } } },
  ],
  [
    'merges items of keyed lists',
    "Object{spec: Object.spec{parts: [Object.spec.parts{name: 'a', size: 3}, Object.spec.parts{name: 'c'}]}}",
    { parts: [{ name: 'a', on: true, size: 3 }, { name: 'b' }, { name: 'c' }], mode: 'slow' },
    parts,
  ],
  [
    'asks for what is there',
    "!has(object.spec.mode) || object.spec.mode != 'fast' ? Object{spec: Object.spec{mode: 'fast'}} : Object{}",
    { size: 1, mode: 'fast' },
  ],
  [
    'patches',
    '[JSONPatch{op: "add", path: "/spec/labels", value: {"a": "1"}}, JSONPatch{op: "add", path: "/spec/labels/" + jsonpatch.escapeKey("k8s.io/x~y"), value: "z"}]',
    { size: 1, mode: 'slow', labels: { a: '1', 'k8s.io/x~y': 'z' } },
  ],
  [
    'patches with objects',
    '[JSONPatch{op: "add", path: "/spec/parts/-", value: Object.spec.parts{name: "z"}}]',
    { parts: [{ name: 'a', on: true }, { name: 'b' }, { name: 'z' }], mode: 'slow' },
    parts,
  ],
  [
    'leaves all alone when a test does not hold',
    '[JSONPatch{op: "remove", path: "/spec/size"}, JSONPatch{op: "test", path: "/spec/mode", value: "fast"}]',
    { size: 1, mode: 'slow' },
  ],
  ['fills defaults in again', '[JSONPatch{op: "remove", path: "/spec/mode"}]', { size: 1, mode: 'slow' }],
];

for (const [title, expression, spec, widget] of changes) {
  test(`mutatingPolicies() ${title}`, async () => {
    assert.deepEqual(await specAfter({ mutations: [expression] }, widget), spec);
  });
}

const refused = "policy 'p' with binding 'p' denied request: ";

const failures: readonly (readonly [expression: string, message: string])[] = [
  [
    'Object{spec: Object.spec{color: 1}}',
    'error applying patch: failed to convert patch object to typed object: .spec.color: field not declared in schema',
  ],
  [
    "Object{spec: Object.spec{tags: ['a']}}",
    'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tags',
  ],
  [
    'Object{spec: Object.spec{parts: [Object.spec.parts{on: true}]}}',
    'error applying patch: failed to convert patch object to typed object: .spec.parts: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  ],
  [
    'Object{spec: Object.wrong{}}',
    'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
  ],
  [
    'Object{spec: Object.spec{size: object.spec.absent}}',
    "expression 'Object{spec: Object.spec{size: object.spec.absent}}' resulted in error: no such key: absent",
  ],
  [
    '[JSONPatch{op: "replace", path: "/spec/absent/deep", value: 1}]',
    'JSON Patch: Cannot apply JSON patch: operation 0 (replace "/spec/absent/deep"): the parent does not exist',
  ],
  [
    '[JSONPatch{op: "add", path: "/spec/mode", value: type(1)}]',
    'JSONPath valueExpression evaluated to a type that could not marshal to JSON: a value of type type is no JSON',
  ],
];

for (const [expression, message] of failures) {
  test(`mutatingPolicies() refuses what ${expression} cannot make, or lets it pass`, async () => {
    const refusal = await specAfter({ mutations: [expression] });
    assert.ok(isApiError(refusal));
    assert.equal(refusal.message, refused + message);
    // Kubernetes: generic/policy_dispatcher.go sets the reason of a 403, not its code.
    assert.deepEqual(refusal.details.answered, { code: 403, reason: 'Invalid' });
    const ignored = await specAfter({ mutations: [expression], policy: { failurePolicy: 'Ignore' } });
    assert.deepEqual(ignored, { size: 1, mode: 'slow' });
  });
}

test('mutatingPolicies() stops what costs too much', async () => {
  const lists = '[1,2,3,4,5,6,7,8,9,10]';
  const loops = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${lists}.all(${name}, `).join('');
  const expression = `Object{spec: Object.spec{size: ${loops}true${')'.repeat(7)} ? 1 : 2}}`;
  const refusal = await specAfter({ mutations: [expression] });
  assert.ok(refusal instanceof Error);
  assert.match(refusal.message, /cost limit exceeded|running out of cost budget/);
});

test('mutatingPolicies() cannot make another object of it', async () => {
  const mutations = ['[JSONPatch{op: "replace", path: "/metadata/name", value: "x"}]'];
  const world = await openPolicies();
  await bind(world, 'p', { mutations });
  const made = await write(world);
  assert.ok(!(made instanceof Error));
  assert.equal(made.metadata.name, 'w');
});

test('mutatingPolicies() have variables, parameters, the namespace, the request and the authorizer', async () => {
  const expression = `Object{spec: Object.spec{labels: {
    'twice': string(variables.twice), 'param': string(params.data.color), 'namespace': namespaceObject.metadata.name,
    'who': request.userInfo.username, 'may': string(authorizer.group('').resource('pods').check('approve').allowed())}}}`;
  const world = await openPolicies();
  await world.create({ metadata: { name: 'settings' }, data: { color: 'blue' } }, {}, configMapKind);
  const variables = [
    { name: 'once', expression: 'object.spec.size' },
    { name: 'twice', expression: 'variables.once * 2' },
  ];
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const paramRef = { name: 'settings', parameterNotFoundAction: 'Deny' };
  await bind(world, 'p', { mutations: [expression], policy: { variables, paramKind }, binding: { paramRef } });
  const made = await write(world);
  assert.ok(!(made instanceof Error));
  const who = 'alice';
  const labels = { twice: '2', param: 'blue', may: 'true', namespace: 'default', who };
  assert.deepEqual(made.spec?.['labels'], labels);
  const missing = { name: 'gone', parameterNotFoundAction: 'Deny' };
  await bind(world, 'q', { mutations: ['Object{}'], policy: { paramKind }, binding: { paramRef: missing } });
  const refusal = await write(world, { metadata: { name: 'v' } });
  assert.ok(isApiError(refusal, 'Forbidden'));
  assert.equal(
    refusal.message,
    "policy 'q' with binding 'q' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  );
  assert.deepEqual(refusal.details.answered, { code: 403, reason: 'Forbidden' });
});

test('mutatingPolicies() run where constraints, bindings and conditions match, once for each parameter', async () => {
  const count = 'Object{spec: Object.spec{size: object.spec.size + 1}}';
  const never = { matchConditions: [{ name: 'never', expression: "object.metadata.name == 'other'" }] };
  const elsewhere = { matchConstraints: { resourceRules: [{ ...onWidgets, operations: ['UPDATE'] }] } };
  const selected = { matchResources: { objectSelector: { matchLabels: { team: 'a' } } } };
  assert.deepEqual(await specAfter({ mutations: [count], policy: never }), { size: 1, mode: 'slow' });
  assert.deepEqual(await specAfter({ mutations: [count], policy: elsewhere }), { size: 1, mode: 'slow' });
  assert.deepEqual(await specAfter({ mutations: [count], binding: selected }), { size: 1, mode: 'slow' });
  assert.deepEqual(await specAfter({ mutations: [count, count] }), { size: 3, mode: 'slow' });
  const world = await openPolicies();
  for (const name of ['a', 'b']) await world.create({ metadata: { name, labels: { on: '1' } } }, {}, configMapKind);
  const paramRef = { selector: { matchLabels: { on: '1' } }, parameterNotFoundAction: 'Allow' };
  const policy = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
  await bind(world, 'p', { mutations: [count], policy, binding: { paramRef } });
  const made = await write(world);
  assert.ok(!(made instanceof Error));
  assert.equal(made.spec?.['size'], 3);
});

// Kubernetes: mutating/reinvocationcontext.go, admission/reinvocation.go.
test('mutatingPolicies() run again where they want to and the draft changed, and at most once', async () => {
  const label = (name: string) =>
    `Object{spec: Object.spec{labels: {'${name}': string(object.spec.?labels.orValue({}).size())}}}`;
  const again = { reinvocationPolicy: 'IfNeeded' };
  const world = await openPolicies();
  await bind(world, 'a', { mutations: [label('a')], policy: again });
  await bind(world, 'b', { mutations: [label('b')] });
  const made = await write(world);
  assert.ok(!(made instanceof Error));
  assert.deepEqual(made.spec?.['labels'], { a: '2', b: '1' });
});

test('mutatingPolicies() see what later plugins changed, if they want to', async () => {
  let rounds = 0;
  const later: AdmissionPlugin = {
    name: 'Later',
    handles: ({ definition }) => definition === widgetKind,
    async mutateInRounds(draft) {
      rounds++;
      draft['spec'] = { ...(draft['spec'] as object), size: 7 };
      return { isWanted: true, run: async () => void rounds++ };
    },
  };
  const copy = 'Object{spec: Object.spec{labels: {"size": string(object.spec.size)}}}';
  const world = await openPolicies([later]);
  await bind(world, 'a', { mutations: [copy], policy: { reinvocationPolicy: 'IfNeeded' } });
  await bind(world, 'b', { mutations: ['Object{spec: Object.spec{mode: "once"}}'] });
  const made = await write(world);
  assert.ok(!(made instanceof Error));
  assert.deepEqual(made.spec, { size: 7, mode: 'once', labels: { size: '7' } });
  assert.equal(rounds, 2);
});

test('policies that do not compile are refused', async () => {
  const world = await openPolicies();
  const made = await bind(world, 'p', { mutations: ['Object{spec: object.x}', '[1]', 'Objects{}'] }).then(
    () => assert.fail('accepted'),
    (error: unknown) => error,
  );
  assert.ok(isApiError(made, 'Invalid'));
  assert.match(
    made.message,
    /spec\.mutations\[1\]\.jsonPatch\.expression: .* must evaluate to list\(JSONPatch\) but got list\(int\)/,
  );
  assert.match(
    made.message,
    /spec\.mutations\[2\]\.applyConfiguration\.expression: .*undeclared reference to 'Objects'/,
  );
});
