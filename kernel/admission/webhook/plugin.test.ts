import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { formatMetrics } from '../../base/metrics.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { configMapKind } from '../../kinds/configmap/type.ts';
import { mutatingWebhookConfigurationKind } from '../../kinds/mutatingwebhookconfiguration/type.ts';
import { validatingWebhookConfigurationKind } from '../../kinds/validatingwebhookconfiguration/type.ts';
import { isApiError } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import { openWorld, type World } from '../../registry/testing/world.ts';
import { DecisionMetrics } from '../decision-metrics.ts';
import { FollowedObjects } from '../followed-objects.ts';
import { mutatingWebhooks, validatingWebhooks } from './plugin.ts';

const kinds = [mutatingWebhookConfigurationKind, validatingWebhookConfigurationKind];

/** A request as a webhook gets it. */
interface Request {
  readonly uid: string;
  readonly operation: string;
  readonly dryRun: boolean;
  readonly object: { readonly data?: Readonly<Record<string, string>> } | null;
}

/** The response of a webhook, or an error where there is none. */
type Answer = (request: Request) => object;

/** A registry whose writes are put to webhooks; their answers are by host name. */
async function openWebhooks(answers: Readonly<Record<string, Answer>>) {
  const followed = new FollowedObjects();
  const asked: string[] = [];
  const ports = {
    view: { get: (...args: readonly [string, string, string]) => world.registry.core.commits.view.get(...args) },
    authorizer: { authorize: () => ({ verdict: 'noOpinion', reason: '' }) as const },
    random: seededRandom(1),
    metrics: new DecisionMetrics(new VirtualClock()),
    caller: {
      post: async ({ address, body }: { readonly address: { readonly url?: string }; readonly body: unknown }) => {
        const { request, apiVersion, kind } = body as { request: Request; apiVersion: string; kind: string };
        const host = new URL(address.url ?? '').hostname;
        asked.push(host);
        const response = answers[host]?.(request) ?? { allowed: true };
        return { apiVersion, kind, response: { uid: request.uid, ...response } };
      },
    },
  };
  const plugins = [mutatingWebhooks(followed, ports), validatingWebhooks(followed, ports)];
  const world: World = await openWorld({ plugins, kinds: [configMapKind, ...kinds] });
  followed.follow(
    world.registry.core.cache,
    kinds.map(({ plural, group }) => formatResource(plural, group)),
  );
  return { world, asked, metrics: ports.metrics };
}

const everything = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] };

function webhook(host: string, more: object = {}): object {
  return {
    name: `${host}.test.dev`,
    clientConfig: { url: `https://${host}/` },
    rules: [everything],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  };
}

const [mutating, validating] = kinds;

async function outcomeOf(
  answers: Readonly<Record<string, Answer>>,
  webhooks: { readonly mutating?: readonly object[]; readonly validating?: readonly object[] },
) {
  const { world, asked, metrics } = await openWebhooks(answers);
  const metadata = { name: 'hooks' };
  await world.create({ metadata, webhooks: webhooks.mutating ?? [] }, {}, mutating);
  await world.create({ metadata, webhooks: webhooks.validating ?? [] }, {}, validating);
  const made = await world.create({ metadata: { name: 'c' }, data: { color: 'red' } }, {}, configMapKind).then(
    ({ object }) => object.parsed() as { readonly data?: object },
    (error: unknown) => error,
  );
  return {
    made,
    asked,
    world,
    metrics,
    data: isApiError(made) ? undefined : (made as { readonly data?: object }).data,
  };
}

function patch(...operations: readonly object[]): object {
  return { allowed: true, patchType: 'JSONPatch', patch: btoa(JSON.stringify(operations)) };
}

// Kubernetes: admission/plugin/webhook (errors/statuserror.go, request/admissionreview.go).
const refusals: readonly (readonly [title: string, answer: Answer, message: string, answered?: object])[] = [
  [
    'a message',
    () => ({ allowed: false, status: { message: 'no red', code: 403, reason: 'Forbidden' } }),
    'admission webhook "a.test.dev" denied the request: no red',
    { code: 403, reason: 'Forbidden' },
  ],
  [
    'a reason',
    () => ({ allowed: false, status: { reason: 'NotToday', code: 200 } }),
    'admission webhook "a.test.dev" denied the request: NotToday',
    { code: 400, reason: 'NotToday' },
  ],
  [
    'nothing',
    () => ({ allowed: false }),
    'admission webhook "a.test.dev" denied the request without explanation',
    { code: 400, reason: '' },
  ],
  [
    'somebody else’s answer',
    () => ({ allowed: true, uid: 'other' }),
    'Internal error occurred: failed calling webhook "a.test.dev": received invalid webhook response: expected response.uid=UID, got "other"',
  ],
  [
    'no answer',
    () => {
      throw new Error('Post "https://a/": connection refused');
    },
    'Internal error occurred: failed calling webhook "a.test.dev": failed to call webhook: Post "https://a/": connection refused',
  ],
];

for (const [title, answer, message, answered] of refusals) {
  test(`validatingWebhooks() refuses with ${title}`, async () => {
    const { made } = await outcomeOf({ a: answer }, { validating: [webhook('a')] });
    assert.ok(isApiError(made));
    assert.equal(made.message.replace(/uid="[-0-9a-f]+"/, 'uid=UID'), message);
    assert.deepEqual(made.details.answered, answered);
  });
}

test('validatingWebhooks() lets failures pass where they may, and tells warnings', async () => {
  const fail = () => {
    throw new Error('gone');
  };
  const warn = () => ({ allowed: true, warnings: ['red is old'] });
  const webhooks = [webhook('a', { failurePolicy: 'Ignore' }), webhook('b')];
  const { data, world } = await outcomeOf({ a: fail, b: warn }, { validating: webhooks });
  assert.deepEqual(data, { color: 'red' });
  assert.deepEqual(world.warnings, ['red is old']);
});

// Kubernetes: admission/metrics.
test('webhooks are counted by how they answered', async () => {
  const fail = () => {
    throw new Error('gone');
  };
  const validating = [webhook('a', { failurePolicy: 'Ignore' }), webhook('b')];
  const refuse = () => ({ allowed: false, status: { code: 403 } });
  const { metrics } = await outcomeOf({ a: fail, b: refuse }, { validating, mutating: [webhook('c')] });
  const lines = formatMetrics(metrics.families()).split('\n');
  const of = (name: string) =>
    lines.filter((line) => line.startsWith(`apiserver_admission_webhook_${name}{`)).toSorted();
  assert.deepEqual(of('request_total'), [
    'apiserver_admission_webhook_request_total{name="a.test.dev",type="validating",operation="CREATE",code="500",rejected="false"} 1',
    'apiserver_admission_webhook_request_total{name="b.test.dev",type="validating",operation="CREATE",code="403",rejected="true"} 1',
    'apiserver_admission_webhook_request_total{name="c.test.dev",type="admit",operation="CREATE",code="200",rejected="false"} 1',
  ]);
  assert.deepEqual(of('rejection_count'), [
    'apiserver_admission_webhook_rejection_count{name="b.test.dev",type="validating",operation="CREATE",error_type="no_error",rejection_code="403"} 1',
  ]);
  assert.deepEqual(of('fail_open_count'), [
    'apiserver_admission_webhook_fail_open_count{name="a.test.dev",type="validating"} 1',
  ]);
  assert.equal(of('admission_duration_seconds_count').length, 3);
});

test('webhooks are asked about what their rules, selectors and conditions match', async () => {
  const never = [{ name: 'never', expression: "request.name == 'other'" }];
  const webhooks = [
    webhook('a', { objectSelector: { matchLabels: { team: 'a' } } }),
    webhook('b', { rules: [{ ...everything, resources: ['secrets'] }] }),
    webhook('c', { matchConditions: never }),
    webhook('d'),
  ];
  const { asked } = await outcomeOf({}, { validating: webhooks });
  assert.deepEqual(asked, ['d']);
});

test('mutatingWebhooks() change the object one after the other; those that want it are asked again', async () => {
  const count: Answer = ({ object }) =>
    patch({ op: 'add', path: '/data/count', value: `${Object.keys(object?.data ?? {}).length}` });
  const size: Answer = () => patch({ op: 'add', path: '/data/size', value: 'L' });
  const webhooks = [webhook('count', { reinvocationPolicy: 'IfNeeded' }), webhook('size')];
  const { data, asked } = await outcomeOf({ count, size }, { mutating: webhooks, validating: [webhook('last')] });
  assert.deepEqual(data, { color: 'red', count: '3', size: 'L' });
  assert.deepEqual(asked, ['count', 'size', 'count', 'last']);
});

test('mutatingWebhooks() cannot make another object of it', async () => {
  const rename = () =>
    patch({ op: 'replace', path: '/metadata/name', value: 'x' }, { op: 'replace', path: '/kind', value: 'Secret' });
  const { made } = await outcomeOf({ a: rename }, { mutating: [webhook('a')] });
  const { kind, metadata } = made as { kind: string; metadata: { name: string } };
  assert.deepEqual([kind, metadata.name], ['ConfigMap', 'c']);
});

test('a patch that does not fit is an internal error', async () => {
  const { made } = await outcomeOf(
    { a: () => patch({ op: 'remove', path: '/data/absent' }) },
    { mutating: [webhook('a')] },
  );
  assert.ok(isApiError(made, 'InternalError'));
});

test('webhooks are told of dry runs and deletes', async () => {
  const seen: unknown[] = [];
  const note: Answer = ({ operation, dryRun, object }) => {
    seen.push([operation, dryRun, object === null]);
    return { allowed: true };
  };
  const { world } = await outcomeOf({ a: note }, { validating: [webhook('a')] });
  await world.delete('c', { dryRun: true }, configMapKind);
  assert.deepEqual(seen, [
    ['CREATE', false, false],
    ['DELETE', true, true],
  ]);
});
