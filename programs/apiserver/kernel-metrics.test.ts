import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../kernel/controller/testing/controlled-kernel.ts';
import { handlerTransport } from '../../kernel/client/http/handler-transport.ts';
import { readWhole } from '../../kernel/client/http/transport.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { configMapKind } from '../../kernel/kinds/configmap/type.ts';

/** What the kubernetes-mixin's dashboards and alerts ask an API server for; `docs/operate/metrics.md` says what is not there. */
const asked = [
  'apiserver_request_total',
  'apiserver_request_duration_seconds_bucket',
  'apiserver_request_sli_duration_seconds_bucket',
  'apiserver_current_inflight_requests',
  'apiserver_longrunning_requests',
  'apiserver_storage_objects',
  'apiserver_resource_objects',
  'apiserver_response_sizes_bucket',
  'apiserver_flowcontrol_nominal_limit_seats',
  'apiserver_flowcontrol_current_executing_requests',
  'apiserver_flowcontrol_dispatched_requests_total',
  'etcd_request_duration_seconds_bucket',
  'etcd_requests_total',
  'apiserver_admission_step_admission_duration_seconds_bucket',
  'apiserver_admission_step_admission_duration_seconds_summary',
  'apiserver_admission_controller_admission_duration_seconds_bucket',
  'apiserver_authorization_decisions_total',
  'authenticated_user_requests',
  'authentication_attempts',
  'authentication_duration_seconds_bucket',
  'authorization_attempts_total',
  'authorization_duration_seconds_bucket',
  'workqueue_adds_total',
  'workqueue_depth',
  'workqueue_queue_duration_seconds_bucket',
  'workqueue_work_duration_seconds_bucket',
];

test('/metrics has what dashboards for kube-apiserver ask for, and health endpoints say what they look at', async () => {
  await using world = await ControlledKernel.start();
  const { client, signal, kernel, clock } = world;
  await client.create(configMapKind, { metadata: { name: 'a', namespace: 'default' } }, {}, signal);
  await world.settle();
  const transportOf = (commonName: string, organizations: readonly string[]) => {
    const certificate = { commonName, organizations, fingerprint: '', publicKeyFingerprint: '' };
    return handlerTransport(kernel.handler, { credentials: { certificate }, clock, random: systemRandom });
  };
  const transport = transportOf('root', ['system:masters']);
  const alice = transportOf('alice', []);
  // A Role decides for her; masters ask nobody.
  await alice.request({ method: 'GET', path: '/version', headers: {}, body: undefined, signal });
  const get = async (path: string) => {
    const { body } = await transport.request({ method: 'GET', path, headers: {}, body: undefined, signal });
    return Buffer.from(await readWhole(body, 1e8)).toString();
  };
  await get('/metrics');
  const text = await get('/metrics');
  for (const name of asked) assert.match(text, new RegExp(`^${name}[{ ]`, 'm'), name);
  assert.match(text, /^apiserver_authorization_decisions_total\{decision="allowed",name="rbac",type="RBAC"\} 1$/m);
  assert.match(text, /^apiserver_storage_objects\{resource="configmaps"\} [1-9]/m);
  const checks = ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', 'shutdown'];
  const lines = (names: readonly string[], probe: string) =>
    [...names.map((name) => `[+]${name} ok`), `${probe} check passed\n`].join('\n');
  assert.equal(await get('/readyz?verbose'), lines(checks, 'readyz'));
  assert.equal(await get('/livez?verbose'), lines(checks.slice(0, 3), 'livez'));
  assert.equal(await get('/livez/etcd'), 'ok');
});
