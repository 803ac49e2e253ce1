import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from '../../base/metrics.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { configMapKind } from '../../kinds/configmap/type.ts';
import { namespaceKind } from '../../kinds/namespace/type.ts';
import { validatingAdmissionPolicyKind } from '../../kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../../kinds/validatingadmissionpolicybinding/type.ts';
import { isApiError } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import type { PendingView } from '../../ports/admission.ts';
import type { Authorizer } from '../../ports/auth.ts';
import { openWorld, type World } from '../../registry/testing/world.ts';
import { DecisionMetrics } from '../decision-metrics.ts';
import { FollowedObjects } from '../followed-objects.ts';
import { validatingPolicies } from './plugin.ts';

const policyKinds = [validatingAdmissionPolicyKind, validatingAdmissionPolicyBindingKind];

/** A registry whose writes are decided by the policies in it. */
async function openPolicies(metrics = new DecisionMetrics(new VirtualClock())): Promise<World> {
  const followed = new FollowedObjects();
  const view: PendingView = {
    get: (...args) => world.registry.core.commits.view.get(...args),
    list: (...args) => world.registry.core.commits.view.list(...args),
  };
  const authorizer: Authorizer = {
    authorize: ({ verb, resource, user }) => ({
      verdict: user.name === 'alice' && verb === 'approve' && resource === 'configmaps' ? 'allow' : 'noOpinion',
      reason: '',
    }),
  };
  const findKind = (_apiVersion: string, kind: string) => (kind === 'ConfigMap' ? configMapKind : undefined);
  const plugin = validatingPolicies(followed, { view, kinds: { findKind }, authorizer, metrics });
  const world: World = await openWorld({ plugins: [plugin], kinds: [configMapKind, ...policyKinds] });
  followed.follow(
    world.registry.core.cache,
    policyKinds.map(({ plural, group }) => formatResource(plural, group)),
  );
  return world;
}

const onConfigMaps = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['configmaps'],
};

interface Setting {
  /** Merged into the spec of the policy. */
  readonly policy?: object;
  /** Merged into that of the binding. */
  readonly binding?: object;
  /** Merged into the ConfigMap that is written. */
  readonly object?: object;
}

async function write({ policy = {}, binding = {}, object = {} }: Setting, more: readonly object[] = []) {
  const metrics = new DecisionMetrics(new VirtualClock());
  const world = await openPolicies(metrics);
  for (const one of more) await world.create(one, {}, configMapKind);
  const matchConstraints = { resourceRules: [onConfigMaps] };
  const validations = [{ expression: "object.data.color != 'red'" }];
  await world.create(
    { metadata: { name: 'p' }, spec: { matchConstraints, validations, ...policy } },
    {},
    policyKinds[0],
  );
  const bound = { policyName: 'p', validationActions: ['Deny'], ...binding };
  await world.create({ metadata: { name: 'b' }, spec: bound }, {}, policyKinds[1]);
  const value = { metadata: { name: 'c' }, data: { color: 'red' }, ...object };
  const outcome = await world.create(value, {}, configMapKind).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { world, metrics, refusal: isApiError(outcome) ? outcome : undefined, outcome };
}

function validation(expression: string, more: object = {}): Setting {
  return { policy: { validations: [{ expression, ...more }] } };
}

const denied = `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `;

// Kubernetes: admission/plugin/policy/validating (dispatcher.go, validator.go) and generic (matching, params).
const cases: readonly (Setting & { readonly title: string; readonly want: string | undefined })[] = [
  { title: 'what is false is refused', want: "failed expression: object.data.color != 'red'" },
  { title: 'what is true passes', object: { data: { color: 'blue' } }, want: undefined },
  { title: 'with its message', ...validation('false', { message: 'never' }), want: 'never' },
  {
    title: 'a message that is made wins',
    ...validation('false', { message: 'never', messageExpression: "'no ' + object.data.color" }),
    want: 'no red',
  },
  {
    title: 'one that cannot be made does not',
    ...validation('false', { message: 'never', messageExpression: 'string(object.absent)' }),
    want: 'never',
  },
  {
    title: 'an error counts as a refusal',
    ...validation('object.data.size == 1'),
    want: "expression 'object.data.size == 1' resulted in error: no such key: size",
  },
  {
    title: 'unless failures are ignored',
    policy: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.size == 1' }] },
    want: undefined,
  },
  {
    title: 'variables are evaluated when they are used',
    policy: {
      variables: [
        { name: 'color', expression: 'object.data.color' },
        { name: 'broken', expression: 'object.absent' },
        { name: 'upper', expression: 'variables.color.upperAscii()' },
      ],
      validations: [{ expression: "variables.upper == 'RED' || variables.broken == 1" }],
    },
    want: undefined,
  },
  {
    title: 'and fail where they are used',
    policy: {
      variables: [{ name: 'broken', expression: 'object.absent' }],
      validations: [{ expression: 'variables.broken == 1' }],
    },
    want: `expression 'variables.broken == 1' resulted in error: composited variable "broken" fails to evaluate: expression 'object.absent' resulted in error: no such key: absent`,
  },
  {
    title: 'conditions that are false keep a policy out',
    policy: { matchConditions: [{ name: 'a', expression: "request.userInfo.username != 'alice'" }] },
    want: undefined,
  },
  {
    title: 'conditions that fail refuse',
    policy: { matchConditions: [{ name: 'a', expression: 'object.absent == 1' }] },
    want: "expression 'object.absent == 1' resulted in error: no such key: absent",
  },
  {
    title: 'the request is there',
    ...validation(
      "request.operation == 'CREATE' && request.resource.resource == 'configmaps' && !request.dryRun && oldObject == null",
    ),
    want: undefined,
  },
  {
    title: 'so is its namespace',
    ...validation("namespaceObject.metadata.name == 'default'"),
    want: undefined,
  },
  {
    title: 'and the authorizer',
    ...validation(
      "authorizer.requestResource.check('approve').allowed() && !authorizer.group('').resource('pods').check('get').allowed()",
    ),
    want: undefined,
  },
  {
    title: 'parameters that are not there refuse where the binding says so',
    policy: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } },
    binding: { paramRef: { name: 'absent', parameterNotFoundAction: 'Deny' } },
    want: 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  },
  {
    title: 'or the binding does not count',
    policy: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } },
    binding: { paramRef: { name: 'absent', parameterNotFoundAction: 'Allow' } },
    want: undefined,
  },
  {
    title: 'a kind of parameters nobody serves refuses',
    policy: { paramKind: { apiVersion: 'test.dev/v1', kind: 'Limit' } },
    binding: { paramRef: { name: 'absent', parameterNotFoundAction: 'Allow' } },
    want: 'failed to configure binding: paramKind kind `test.dev/v1, Kind=Limit` not known',
  },
  {
    title: 'objects the binding does not select are left alone',
    binding: { matchResources: { objectSelector: { matchLabels: { team: 'a' } } } },
    want: undefined,
  },
  {
    title: 'so are namespaces it does not select',
    binding: { matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } } },
    want: undefined,
  },
  {
    title: 'so is what is excluded',
    policy: {
      matchConstraints: {
        resourceRules: [onConfigMaps],
        excludeResourceRules: [{ ...onConfigMaps, resourceNames: ['c'] }],
      },
    },
    want: undefined,
  },
  {
    title: 'other operations are left alone',
    policy: { matchConstraints: { resourceRules: [{ ...onConfigMaps, operations: ['DELETE'] }] } },
    want: undefined,
  },
  {
    title: 'wildcards match',
    policy: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
      },
    },
    want: "failed expression: object.data.color != 'red'",
  },
];

for (const { title, want, ...setting } of cases) {
  test(`validatingPolicies(): ${title}`, async () => {
    const { refusal, outcome } = await write(setting);
    if (want === undefined) return assert.equal(outcome, undefined);
    assert.equal(refusal?.message, denied + want);
    assert.equal(refusal?.reason, 'Invalid');
    const message = refusal.message.slice('configmaps "c" is forbidden: '.length);
    assert.deepEqual(refusal.details, { group: '', kind: 'configmaps', name: 'c', causes: [{ reason: '', message }] });
  });
}

test('validatingPolicies() refuses with the reason of the validation', async () => {
  const { refusal } = await write(validation('false', { reason: 'Forbidden' }));
  assert.equal(refusal?.reason, 'Forbidden');
});

test('validatingPolicies() warns where the binding says so', async () => {
  const { world, outcome } = await write({ binding: { validationActions: ['Warn', 'Audit'] } });
  assert.equal(outcome, undefined);
  const text =
    "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: object.data.color != 'red'";
  assert.deepEqual(world.warnings, [text]);
});

// Kubernetes: validating/dispatcher.go counts what does not hold, by what the binding does with it; a denial is an invalid_error.
test('validatingPolicies() counts what did not hold or failed, not what held', async () => {
  const counted = async (setting: Setting) => {
    const { metrics } = await write(setting);
    const lines = formatMetrics(metrics.families()).split('\n');
    return lines.filter((line) => line.includes('_check_total{') || line.includes('_check_duration_seconds_count{'));
  };
  const both = (errorType: string, action: string) =>
    ['total', 'duration_seconds_count'].map(
      (name) =>
        `apiserver_validating_admission_policy_check_${name}{policy="p",policy_binding="b",error_type="${errorType}",enforcement_action="${action}"} 1`,
    );
  assert.deepEqual(await counted({ object: { data: { color: 'blue' } } }), []);
  assert.deepEqual(await counted({}), both('invalid_error', 'deny'));
  assert.deepEqual(await counted({ binding: { validationActions: ['Warn'] } }), both('invalid_error', 'warn'));
  const broken = { failurePolicy: 'Ignore', validations: [{ expression: "object.data.absent == ''" }] };
  assert.deepEqual(await counted({ policy: broken }), both('invalid_error', 'allow'));
});

test('validatingPolicies() evaluates once for each parameter', async () => {
  const policy = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [
      { expression: 'object.data.color != params.data.never', messageExpression: "'not ' + params.data.never" },
    ],
  };
  const params = ['blue', 'red'].map((never) => ({ metadata: { name: never, labels: { for: 'p' } }, data: { never } }));
  const named = await write(
    { policy, binding: { paramRef: { name: 'red', parameterNotFoundAction: 'Deny' } } },
    params,
  );
  assert.equal(named.refusal?.message, `${denied}not red`);
  const selector = { matchLabels: { for: 'p' } };
  const selected = await write(
    { policy, binding: { paramRef: { selector, parameterNotFoundAction: 'Deny' } } },
    params,
  );
  assert.equal(selected.refusal?.message, `${denied}not red`);
  const other = await write(
    { policy, binding: { paramRef: { name: 'blue', parameterNotFoundAction: 'Deny' } } },
    params,
  );
  assert.equal(other.outcome, undefined);
});

test('validatingPolicies() follows policies and bindings at once', async () => {
  const { world } = await write({});
  const red = (name: string) => world.create({ metadata: { name }, data: { color: 'red' } }, {}, configMapKind);
  await assert.rejects(red('a'));
  await world.delete('b', {}, validatingAdmissionPolicyBindingKind);
  await red('a');
});

test('validatingPolicies() has a budget for the whole policy', async () => {
  const list = `[${Array.from({ length: 100 }, (_item, index) => index).join(',')}]`;
  // Each costs some 600,000, so that seventeen or more do not fit.
  const expression = `${list}.all(a, ${list}.all(b, [0,1,2,3,4,5,6,7].all(c, a + b + c >= 0)))`;
  const { refusal } = await write({ policy: { validations: Array.from({ length: 40 }, () => ({ expression })) } });
  const text = 'validation failed due to running out of cost budget, no further validation rules will be run';
  assert.equal(refusal?.message, denied + text);
});

test('policies can always be changed', async () => {
  const world = await openPolicies();
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'false' }] };
  await world.create({ metadata: { name: 'p' }, spec }, {}, validatingAdmissionPolicyKind);
  const bound = { policyName: 'p', validationActions: ['Deny'] };
  await world.create({ metadata: { name: 'b' }, spec: bound }, {}, validatingAdmissionPolicyBindingKind);
  await assert.rejects(world.create({ metadata: { name: 'n' } }, {}, namespaceKind));
  await world.delete('p', {}, validatingAdmissionPolicyKind);
});

test('a policy decides on objects whose namespace comes in the same transaction', async () => {
  const { world } = await write(
    validation("namespaceObject.metadata.labels.tier == 'edge'", { message: 'not at the edge' }),
  );
  const together = (tier: string) => {
    const value = { metadata: { name: tier, labels: { tier } } };
    const namespace = { ...world.at('', '', namespaceKind), namespace: '' };
    const inside = { ...world.at('', '', configMapKind), namespace: tier };
    const decoded = (object: object) => ({ value: object as { readonly [field: string]: never }, duplicateFields: [] });
    return world.registry.resources.transact(
      world.context(),
      [
        { verb: 'create', target: namespace, body: decoded(value), options: {} },
        { verb: 'create', target: inside, body: decoded({ metadata: { name: 'a' } }), options: {} },
      ],
      {},
    );
  };
  await together('edge');
  await assert.rejects(together('core'), /item 1 .*not at the edge/);
});

test('a policy can require a reason, which a header or the annotation gives', async () => {
  const { world, refusal } = await write({
    ...validation('has(request.options.changeReason) && request.options.changeReason.matches("^CHG-[0-9]+")'),
  });
  assert.match(refusal?.message ?? '', /failed expression: has\(request\.options\.changeReason\)/);
  const annotations = { 'kubernetes.io/change-cause': 'CHG-1 first' };
  await world.create({ metadata: { name: 'annotated', annotations } }, {}, configMapKind);
  const { resources } = world.registry;
  const target = { ...world.at('annotated', '', configMapKind), subresource: '' as const };
  const patch = { type: 'merge', body: { data: { a: 'b' } } } as const;
  await assert.rejects(
    resources.patch(world.context(), target, patch, {}),
    'what was said before does not count again',
  );
  await resources.patch({ ...world.context(), changeReason: 'CHG-2' }, target, patch, {});
  const { entries } = await resources.history(world.context(), target, 10);
  assert.deepEqual(
    entries.map(({ reason }) => reason),
    ['CHG-2', 'CHG-1 first'],
  );
});
