import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { WebhookServer } from './webhook-server.ts';

const minor = 36;
const path = kubectlPath(minor);
const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;

const registration = 'admissionregistration.k8s.io/v1';
const configMaps = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['configmaps'],
};
const deployments = { ...configMaps, apiGroups: ['apps'], resources: ['deployments'] };

function object(apiVersion: string, kind: string, name: string, more: object): string {
  return JSON.stringify({ apiVersion, kind, metadata: { name }, ...more });
}

function policy(name: string, spec: object): string {
  return object(registration, 'ValidatingAdmissionPolicy', name, { spec });
}

function binding(name: string, spec: object): string {
  return object(registration, 'ValidatingAdmissionPolicyBinding', name, { spec });
}

function configMap(name: string, data: object): string {
  return object('v1', 'ConfigMap', name, { data });
}

/** Kubernetes docs, "Validating Admission Policy". */
test('kubectl and admission policies', { skip, timeout: 60_000 }, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = await new Kubectl(path ?? '', hub).inNew('policies');
  const here = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'policies' } } };
  await t.test('a policy denies with its message as soon as it is bound', async () => {
    const validations = [
      {
        expression: 'object.spec.replicas <= 5',
        messageExpression: "'at most 5, not ' + string(object.spec.replicas)",
      },
    ];
    await k.ok('create -f -', policy('small', { matchConstraints: { resourceRules: [deployments] }, validations }));
    await k.ok('create deployment big --image=a --replicas=6 --dry-run=server');
    await k.ok(
      'create -f -',
      binding('small', { policyName: 'small', validationActions: ['Deny'], matchResources: here }),
    );
    assert.equal(
      await k.refused('create deployment big --image=a --replicas=6'),
      `error: failed to create deployment: deployments.apps "big" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'small' denied request: at most 5, not 6`,
    );
    await k.ok('create deployment big --image=a --replicas=5');
    assert.match(await k.refused('patch deployment big --type=merge -p {"spec":{"replicas":9}}'), /at most 5, not 9/);
  });
  await t.test('another namespace is not selected', async () => {
    const other = await k.inNew('elsewhere');
    await other.ok('create deployment big --image=a --replicas=6');
  });
  await t.test('parameters are read as they are', async () => {
    await k.ok('create -f -', configMap('limits', { most: '2' }));
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: { resourceRules: [configMaps] },
      matchConditions: [{ name: 'named', expression: "object.metadata.name.startsWith('p-')" }],
      variables: [{ name: 'count', expression: 'size(object.data)' }],
      validations: [
        { expression: 'variables.count <= int(params.data.most)', message: 'too much data', reason: 'Forbidden' },
      ],
    };
    await k.ok('create -f -', policy('data', spec));
    const paramRef = { name: 'limits', namespace: 'policies', parameterNotFoundAction: 'Deny' };
    await k.ok('create -f -', binding('data', { policyName: 'data', validationActions: ['Deny'], paramRef }));
    const large = configMap('p-1', { a: '1', b: '2', c: '3' });
    assert.match(
      await k.refused('create -f -', large),
      /^Error from server \(Forbidden\): .*denied request: too much data$/,
    );
    await k.ok('patch configmap limits --type=merge -p {"data":{"most":"3"}}');
    await k.ok('create -f -', large);
    await k.ok('delete configmap limits');
    assert.match(
      await k.refused('create -f -', configMap('p-2', {})),
      /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction/,
    );
    await k.ok('delete validatingadmissionpolicybinding data');
  });
  await t.test('a binding may warn only', async () => {
    const validations = [{ expression: "!has(object.data) || !('old' in object.data)", message: 'old is old' }];
    await k.ok('create -f -', policy('aged', { matchConstraints: { resourceRules: [configMaps] }, validations }));
    await k.ok('create -f -', binding('aged', { policyName: 'aged', validationActions: ['Warn', 'Audit'] }));
    const { code, stderr } = await k.run('create -f -', configMap('w', { old: 'yes' }));
    assert.equal(code, 0);
    assert.equal(
      stderr.trimEnd(),
      "Warning: Validation failed for ValidatingAdmissionPolicy 'aged' with binding 'aged': old is old",
    );
  });
  await t.test('the status says what the expressions do not find', async () => {
    const validations = [{ expression: 'object.spec.replica > 1' }];
    await k.ok('create -f -', policy('typo', { matchConstraints: { resourceRules: [deployments] }, validations }));
    await k.ok('wait validatingadmissionpolicy/typo --for=jsonpath={.status.observedGeneration}=1 --timeout=10s');
    const warning = await k.ok(
      'get validatingadmissionpolicy typo -o jsonpath={.status.typeChecking.expressionWarnings[0].warning}',
    );
    assert.match(warning, /^apps\/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'/);
  });
  await t.test('expressions that do not compile are refused', async () => {
    const validations = [{ expression: 'object.spec.' }];
    assert.match(
      await k.refused(
        'create -f -',
        policy('bad', { matchConstraints: { resourceRules: [deployments] }, validations }),
      ),
      /spec\.validations\[0\]\.expression: Invalid value: "object\.spec\.": compilation failed: ERROR: <input>:1:13: Syntax error/,
    );
  });
});

test('kubectl and limit ranges', { skip, timeout: 60_000 }, async () => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = await new Kubectl(path ?? '', hub).inNew('limits');
  const limits = [{ type: 'Container', max: { memory: '1Gi' }, default: { memory: '512Mi' } }];
  await k.ok('create -f -', object('v1', 'LimitRange', 'bounds', { spec: { limits } }));
  await k.ok('run plain --image=a');
  assert.equal(
    await k.ok('get pod plain -o jsonpath={.spec.containers[0].resources.limits.memory},{.spec.serviceAccountName}'),
    '512Mi,default',
  );
  const container = { name: 'main', image: 'a', resources: { limits: { memory: '2Gi' } } };
  const large = object('v1', 'Pod', 'large', { spec: { containers: [container] } });
  assert.equal(
    await k.refused('create -f -', large),
    'Error from server (Forbidden): error when creating "STDIN": pods "large" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  );
});

interface WebhookRequest {
  readonly operation: string;
  readonly object: { readonly data?: Readonly<Record<string, string>> } | null;
}

function respond({ object: asked }: WebhookRequest, at: string): object {
  if (at === '/label') {
    const operations = [{ op: 'add', path: '/metadata/labels', value: { checked: 'yes' } }];
    return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
  }
  if (asked?.data?.['color'] !== 'red') return { allowed: true, warnings: ['only red is refused'] };
  return { allowed: false, status: { code: 403, reason: 'Forbidden', message: 'no red' } };
}

/** Kubernetes docs, "Dynamic Admission Control". */
test('kubectl and admission webhooks', { skip, timeout: 60_000 }, async () => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  await using server = await WebhookServer.start(respond);
  const k = await new Kubectl(path ?? '', hub).inNew('webhooks');
  const webhook = (name: string, at: string) => ({
    name: `${name}.example.com`,
    clientConfig: { url: `${server.url}${at}`, caBundle: server.caBundle },
    rules: [configMaps],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'webhooks' } },
    sideEffects: 'None',
    timeoutSeconds: 2,
    admissionReviewVersions: ['v1'],
  });
  const configuration = (kind: string, name: string, at: string) =>
    object(registration, `${kind}WebhookConfiguration`, name, { webhooks: [webhook(name, at)] });
  await k.ok('create -f -', configuration('Mutating', 'label', '/label'));
  await k.ok('create -f -', configuration('Validating', 'color', '/color'));
  assert.equal(
    await k.refused('create -f -', configMap('a', { color: 'red' })),
    'Error from server (Forbidden): error when creating "STDIN": admission webhook "color.example.com" denied the request: no red',
  );
  const { code, stderr } = await k.run('create -f -', configMap('a', { color: 'blue' }));
  assert.deepEqual([code, stderr.trimEnd()], [0, 'Warning: only red is refused']);
  assert.equal(await k.ok('get configmap a -o jsonpath={.metadata.labels.checked}'), 'yes');
  await server.close();
  assert.match(
    await k.refused('create -f -', configMap('b', {})),
    /^Error from server \(InternalError\): .*Internal error occurred: failed calling webhook "label\.example\.com": failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/label\?timeout=2s": /,
  );
  await k.ok('delete mutatingwebhookconfiguration label');
  await k.ok('delete validatingwebhookconfiguration color');
  await k.ok('create -f -', configMap('b', {}));
});
