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

/** Kubernetes docs, "Mutating Admission Policy". */
test('kubectl and policies that change what is written', { skip, timeout: 60_000 }, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = await new Kubectl(path ?? '', hub).inNew('mutating');
  const matchResources = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mutating' } } };
  const mutate = async (name: string, spec: object, more: object = {}) => {
    const all = { reinvocationPolicy: 'Never', ...spec };
    const bound = { policyName: name, matchResources, ...more };
    await k.ok('create -f -', object(registration, 'MutatingAdmissionPolicy', name, { spec: all }));
    await k.ok('create -f -', object(registration, 'MutatingAdmissionPolicyBinding', name, { spec: bound }));
  };
  const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
  const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
  const onPods = { resourceRules: [{ ...configMaps, operations: ['CREATE'], resources: ['pods'] }] };
  const onConfigMaps = { resourceRules: [configMaps] };
  await t.test('an apply configuration is merged by the keys of lists', async () => {
    const sidecar = `Object{spec: Object.spec{initContainers: [Object.spec.initContainers{
      name: 'mesh-proxy', image: 'mesh/proxy:v1', restartPolicy: 'Always'}]}}`;
    const matchConditions = [
      {
        name: 'once',
        expression: "!object.spec.?initContainers.orValue([]).exists(c, c.name == 'mesh-proxy')",
      },
    ];
    await mutate('sidecar', { matchConstraints: onPods, matchConditions, mutations: [apply(sidecar)] });
    await k.ok('run web --image=a');
    const shown =
      'jsonpath={.spec.initContainers[*].name},{.spec.containers[*].name},{.spec.initContainers[0].imagePullPolicy}';
    assert.equal(await k.ok(`get pod web -o ${shown}`), 'mesh-proxy,web,IfNotPresent');
  });
  await t.test('a JSON patch with a parameter', async () => {
    await k.ok('create -f -', configMap('teams', { team: 'a/b' }));
    const expression = `[JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('example.com/team'), value: params.data.team}]`;
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: onConfigMaps,
      matchConditions: [{ name: 'named', expression: "object.metadata.name.startsWith('p-')" }],
      mutations: [patch(expression)],
    };
    await mutate('team', spec, { paramRef: { name: 'teams', parameterNotFoundAction: 'Deny' } });
    const annotated = (name: string) =>
      object('v1', 'ConfigMap', name, { metadata: { name, annotations: { a: '1' } } });
    const shown = "jsonpath={.metadata.annotations['example\\.com/team']}";
    await k.ok('create -f -', annotated('p-1'));
    assert.equal(await k.ok(`get configmap p-1 -o ${shown}`), 'a/b');
    assert.equal(await k.ok(`create -f - --dry-run=server -o ${shown}`, annotated('p-2')), 'a/b');
    await k.ok('delete mutatingadmissionpolicybinding team');
  });
  await t.test('what fails refuses, as failurePolicy says', async () => {
    const spec = { matchConstraints: onConfigMaps, mutations: [apply("Object{data: {'a': object.data.absent}}")] };
    await mutate('failing', spec);
    assert.equal(
      await k.refused('create -f -', configMap('f', { b: '1' })),
      `The configmaps "f" is invalid: : policy 'failing' with binding 'failing' denied request: expression 'Object{data: {'a': object.data.absent}}' resulted in error: no such key: absent`,
    );
    await k.ok('patch mutatingadmissionpolicy failing --type=merge -p {"spec":{"failurePolicy":"Ignore"}}');
    await k.ok('create -f -', configMap('f', { b: '1' }));
    await k.ok('delete mutatingadmissionpolicybinding failing');
  });
  await t.test('policies and webhooks see each other’s changes', async () => {
    await using server = await WebhookServer.start(respond);
    const label = {
      name: 'label.example.com',
      clientConfig: { url: `${server.url}/label`, caBundle: server.caBundle },
      rules: [configMaps],
      ...matchResources,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    await k.ok('create -f -', object(registration, 'MutatingWebhookConfiguration', 'label', { webhooks: [label] }));
    const seen = "Object{data: {'labels': string(object.metadata.?labels.orValue({}).size())}}";
    await mutate('seen', {
      matchConstraints: onConfigMaps,
      mutations: [apply(seen)],
      reinvocationPolicy: 'IfNeeded',
    });
    await k.ok('create -f -', configMap('r', {}));
    assert.equal(await k.ok('get configmap r -o jsonpath={.data.labels}'), '1');
    await k.ok('delete mutatingwebhookconfiguration label');
  });
  await t.test('expressions that do not compile are refused', async () => {
    const spec = { matchConstraints: onPods, reinvocationPolicy: 'Never', mutations: [apply('Object{spec: 1')] };
    assert.match(
      await k.refused('create -f -', object(registration, 'MutatingAdmissionPolicy', 'bad', { spec })),
      /spec\.mutations\[0\]\.applyConfiguration\.expression: Invalid value: "Object\{spec: 1": compilation failed: ERROR: <input>:1:/,
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
