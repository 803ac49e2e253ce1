import type { Sequence } from '../conversation.ts';
import type { Manifest } from './cases.ts';
import { service } from './networking.ts';
import { core, inGroup, namespace } from './places.ts';
import { pod } from './pods.ts';
import { deployment } from './workloads.ts';

const deployments = `${inGroup('apps')}/deployments`;
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

const named = (object: Manifest, name: string): Manifest => ({ ...object, metadata: { name } });

/** Lists of standard kinds have keys by which strategic merge patches merge them. */
const strategicPatches: Sequence = async (say) => {
  await say.post(deployments, named(deployment, 'patched'));
  const at = `${deployments}/patched`;
  const spec = (inner: object) => ({ spec: { template: { spec: inner } } });
  const main = (inner: object) => spec({ containers: [{ name: 'main', ...inner }] });
  say.note('lists by key');
  await say.strategic(at, main({ image: 'busybox:1.38' }));
  await say.strategic(at, spec({ containers: [{ name: 'side', image: 'side:1' }] }));
  await say.strategic(
    at,
    main({
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    }),
  );
  await say.strategic(
    at,
    main({
      env: [
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
      ],
    }),
  );
  await say.strategic(at, main({ ports: [{ containerPort: 80 }] }));
  await say.strategic(at, main({ ports: [{ containerPort: 81, name: 'web' }] }));
  await say.strategic(at, main({ command: ['a', 'b'] }));
  await say.strategic(at, main({ command: ['c'] }));
  say.note('directives');
  await say.strategic(at, main({ env: [{ name: 'A', $patch: 'delete' }] }));
  await say.strategic(at, main({ env: [{ name: 'Z', value: '1' }, { $patch: 'replace' }] }));
  await say.strategic(at, spec({ $setElementOrder: 1, containers: [{ name: 'side', $patch: 'delete' }] }));
  await say.strategic(
    at,
    spec({
      '$setElementOrder/containers': [{ name: 'side' }, { name: 'main' }],
      containers: [{ name: 'side', image: 'side:2' }],
    }),
  );
  await say.strategic(at, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } });
  await say.strategic(at, { metadata: { finalizers: ['example.com/a'] } });
  await say.strategic(at, { metadata: { finalizers: ['example.com/b'] } });
  await say.strategic(at, { metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a', 'example.com/b'] } });
  await say.strategic(at, { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } });
  await say.strategic(at, { metadata: { labels: { $patch: 'replace', e: 'f' } } });
  say.note('wrong');
  await say.strategic(at, spec({ containers: [{ image: 'nameless' }] }));
  await say.strategic(at, spec({ containers: 'text' }));
  await say.strategic(at, { spec: { $patch: 'unknown' } });
  await say.strategic(at, 'no json');
  await say.strategic(at, { spec: { replicas: 'many' } });
  await say.strategic(at, { spec: { unknown: 1 } });
  await say.json(at, [{ op: 'replace', path: '/spec/replicas', value: 2 }]);
  await say.json(at, [{ op: 'replace', path: '/spec/absent/deep', value: 2 }]);
  await say.json(at, [{ op: 'test', path: '/spec/replicas', value: 5 }]);
  await say.merge(at, { spec: { template: { spec: { containers: [{ name: 'only', image: 'only:1' }] } } } });
  await say.remove(at);
};

const applying: Sequence = async (say) => {
  const at = `${deployments}/applied`;
  const as = (manager: string, more = '') => `${at}?fieldManager=${manager}${more}`;
  const manifest = (spec: object, metadata: object = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'applied', ...metadata },
    spec,
  });
  const selector = { matchLabels: { app: 'applied' } };
  const template = (container: object = {}, spec: object = {}) => ({
    metadata: { labels: { app: 'applied' } },
    spec: { containers: [{ name: 'main', image: 'busybox:1.37', ...container }], ...spec },
  });
  say.note('make, share, take');
  await say.apply(
    as('one'),
    manifest(
      { replicas: 2, selector, template: template({ env: [{ name: 'A', value: '1' }] }) },
      { labels: { a: 'b' } },
    ),
  );
  await say.apply(
    as('one'),
    manifest(
      { replicas: 2, selector, template: template({ env: [{ name: 'A', value: '1' }] }) },
      { labels: { a: 'b' } },
    ),
  );
  await say.apply(as('two'), manifest({ replicas: 3 }));
  await say.apply(as('two', '&force=true'), manifest({ replicas: 3 }));
  await say.apply(
    as('one'),
    manifest({ selector, template: template({ env: [{ name: 'B', value: '2' }], ports: [{ containerPort: 80 }] }) }),
  );
  await say.apply(as('two'), manifest({ template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } }));
  await say.apply(as('two'), manifest({ template: { spec: { containers: [{ name: 'main', image: 'other:1' }] } } }));
  await say.apply(as('two'), { ...manifest({}), spec: undefined });
  await say.merge(`${at}?fieldManager=three`, { spec: { replicas: 5, paused: true } });
  await say.apply(as('one'), manifest({ replicas: 1, selector, template: template() }));
  await say.put(`${at}/scale?fieldManager=scaler`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'applied', namespace },
    spec: { replicas: 7 },
  });
  await say.apply(as('one'), manifest({ replicas: 1, selector, template: template() }));
  say.note('wrong');
  await say.apply(at, manifest({ selector, template: template() }));
  await say.apply(as('one'), manifest({ replicas: -1, selector, template: template() }));
  await say.apply(as('one', '&force=true'), manifest({ replicas: 'two', selector, template: template() }));
  await say.apply(as('one', '&force=true'), manifest({ unknown: 1, selector, template: template() }));
  await say.apply(
    as('one', '&force=true'),
    manifest({
      selector,
      template: template(
        {},
        {
          containers: [
            { name: 'a', image: 'b' },
            { name: 'a', image: 'c' },
          ],
        },
      ),
    }),
  );
  await say.apply(
    as('one', '&force=true'),
    manifest({ selector, template: template({ ports: [{ containerPort: 80 }, { containerPort: 80 }] }) }),
  );
  await say.apply(as('one', '&force=true'), manifest({ selector, template: template({ ports: [{ name: 'a' }] }) }));
  await say.apply(as('one', '&force=true'), { ...manifest({}), metadata: { name: 'applied', managedFields: [{}] } });
  await say.apply(`${deployments}/other?fieldManager=one`, manifest({ selector, template: template() }));
  await say.remove(at);
  say.note('other kinds');
  await say.apply(`${core}/services/applied?fieldManager=one`, {
    ...named(service, 'applied'),
    spec: {
      selector: { a: 'b' },
      ports: [
        { port: 80, name: 'a' },
        { port: 81, name: 'b' },
      ],
    },
  });
  await say.apply(`${core}/services/applied?fieldManager=two`, {
    ...named(service, 'applied'),
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] },
  });
  await say.apply(`${core}/configmaps/applied?fieldManager=one`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'applied' },
    data: { a: 'b' },
  });
  await say.apply(`${core}/configmaps/applied?fieldManager=two`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'applied' },
    data: { a: 'c', d: 'e' },
  });
  await say.apply(`${core}/secrets/applied?fieldManager=one`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'applied' },
    stringData: { a: 'b' },
  });
  await say.apply(`${core}/secrets/applied?fieldManager=one`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'applied' },
    data: { a: 'Yg==' },
  });
  await say.apply(`${inGroup('rbac.authorization.k8s.io')}/roles/applied?fieldManager=one`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'applied' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
  await say.apply(`${inGroup('networking.k8s.io')}/ingresses/applied?fieldManager=one`, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'applied' },
    spec: {
      rules: [
        {
          host: 'a.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { name: 'b' } } } }],
          },
        },
      ],
    },
  });
  await say.apply(`${core}/pods/applied?fieldManager=one`, { ...named(pod, 'applied') });
  await say.apply(`${core}/pods/applied?fieldManager=two`, {
    ...named(pod, 'applied'),
    spec: { containers: [{ name: 'main', image: 'busybox:2' }] },
  });
};

const subresources: Sequence = async (say) => {
  const at = `${deployments}/sub`;
  await say.post(deployments, named(deployment, 'sub'));
  say.note('status');
  await say.get(`${at}/status`);
  await say.merge(`${at}/status`, {
    status: { replicas: 3, readyReplicas: 2, observedGeneration: 1 },
    spec: { replicas: 9 },
    metadata: { labels: { a: 'b' } },
  });
  await say.strategic(`${at}/status`, { status: { conditions: [{ type: 'Available', status: 'True' }] } });
  await say.merge(`${at}/status`, { status: { replicas: -1 } });
  await say.get(at, table);
  say.note('scale');
  await say.get(`${at}/scale`);
  await say.merge(`${at}/scale`, { spec: { replicas: 4 } });
  await say.merge(`${at}/scale`, { spec: { replicas: -4 } });
  await say.merge(`${at}/scale`, { spec: { replicas: 'x' } });
  await say.put(`${at}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'sub', namespace },
    spec: { replicas: 1 },
  });
  await say.put(`${at}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'other', namespace },
    spec: { replicas: 1 },
  });
  await say.get(`${deployments}/absent/scale`);
  await say.get(`${core}/configmaps/absent/scale`);
  await say.remove(at);
  say.note('pods');
  const pods = `${core}/pods`;
  await say.post(pods, named(pod, 'sub'));
  await say.post(`${pods}/sub/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'sub' }, target: {} });
  await say.post(`${pods}/sub/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'sub' },
    target: { kind: 'Node', name: 'one' },
  });
  await say.post(`${pods}/sub/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'sub' },
    target: { kind: 'Node', name: 'two' },
  });
  await say.get(`${pods}/sub`);
  await say.merge(`${pods}/sub/status`, {
    status: { phase: 'Running', podIP: '10.0.0.9', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  await say.merge(`${pods}/sub/status`, { status: { phase: 'Wrong' } });
  await say.get(`${pods}/sub`, table);
  await say.strategic(`${pods}/sub/ephemeralcontainers`, {
    spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1' }] },
  });
  await say.strategic(`${pods}/sub/ephemeralcontainers`, {
    spec: { ephemeralContainers: [{ name: 'main', image: 'busybox:1' }] },
  });
  await say.strategic(`${pods}/sub/resize`, {
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }] },
  });
  await say.post(`${pods}/sub/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'sub' } });
  await say.get(`${pods}/sub/log`);
  await say.post(`${pods}/sub/exec`, {});
  await say.ask('DELETE', `${pods}/sub?gracePeriodSeconds=0`);
  say.note('others');
  await say.post(`${core}/serviceaccounts/default/token?dryRun=All`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['a'], expirationSeconds: 5 },
  });
  await say.post(`${core}/serviceaccounts/absent/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  await say.put(`/api/v1/namespaces/absent/finalize`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'absent' },
    spec: {},
  });
  await say.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'small-' } });
};

const deletes: Sequence = async (say) => {
  const path = `${core}/configmaps`;
  const make = (name: string, metadata: object = {}) =>
    say.post(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: 'b' } });
  await make('held', { finalizers: ['example.com/hold'] });
  await say.remove(`${path}/held`);
  await say.remove(`${path}/held`);
  await say.merge(`${path}/held`, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
  await say.merge(`${path}/held`, { metadata: { finalizers: [] } });
  await make('options');
  await say.remove(`${path}/options`, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } });
  await say.remove(`${path}/options`, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { resourceVersion: '1' },
  });
  await say.remove(`${path}/options`, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Wrong' });
  await say.remove(`${path}/options`, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Orphan',
    orphanDependents: true,
  });
  await say.remove(`${path}/options?propagationPolicy=Foreground&dryRun=All`);
  await say.remove(`${path}/options?gracePeriodSeconds=-5`);
  await say.remove(`${path}/options?gracePeriodSeconds=x`);
  await say.remove(`${path}/options`, { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['Wrong'] });
  await say.remove(`${path}/options?propagationPolicy=Background`);
  await say.remove(`${path}/absent`);
  await say.post(deployments, named(deployment, 'gone'));
  await say.remove(`${deployments}/gone?propagationPolicy=Foreground&dryRun=All`);
  await say.remove(`${deployments}/gone?propagationPolicy=Orphan&dryRun=All`);
  await say.remove(`${deployments}/gone`);
  await say.remove('/api/v1/namespaces/default');
  await say.remove('/api/v1/namespaces/absent');
};

/** Requests that miss. */
const wrongPaths: readonly string[] = [
  '/api/v2',
  '/api/v1/nothings',
  '/api/v1/pods/a',
  `${core}/nothings`,
  `${core}/pods/absent`,
  `${core}/pods/absent/nothing`,
  `${core}/pods?labelSelector=a%20b`,
  `${core}/pods?fieldSelector=spec.nothing=a`,
  `${core}/pods?fieldSelector=a`,
  `${core}/pods?limit=-1`,
  `${core}/pods?limit=x`,
  `${core}/pods?resourceVersionMatch=Exact`,
  `${core}/pods?continue=x`,
  `${core}/configmaps?fieldSelector=data.a=b`,
  '/apis/apps',
  '/apis/apps/v2',
  '/apis/apps/v1/nothings',
  '/apis/nothing.example.com',
  '/apis/nothing.example.com/v1',
  '/apis/nothing.example.com/v1/things',
  '/nothing',
  '/version/nothing',
  '/healthz/nothing',
];

const groups = [
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
];

const discovery: Sequence = async (say) => {
  await say.get('/api');
  await say.get('/apis');
  await say.get('/api/v1');
  for (const group of groups) {
    await say.get(`/apis/${group}`);
    await say.get(`/apis/${group}/v1`);
  }
  await say.get('/apis/autoscaling/v2');
  await say.get('/healthz');
  await say.get('/livez');
  await say.get('/readyz');
  for (const path of wrongPaths) await say.get(path);
};

const reviews: Sequence = async (say) => {
  const authorization = '/apis/authorization.k8s.io/v1';
  const review = (kind: string, spec: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const reading = { verb: 'get', resource: 'pods', namespace };
  await say.post(
    `${authorization}/selfsubjectaccessreviews`,
    review('SelfSubjectAccessReview', { resourceAttributes: reading }),
  );
  await say.post(`${authorization}/selfsubjectaccessreviews`, review('SelfSubjectAccessReview', {}));
  await say.post(
    `${authorization}/selfsubjectaccessreviews`,
    review('SelfSubjectAccessReview', {
      resourceAttributes: reading,
      nonResourceAttributes: { path: '/', verb: 'get' },
    }),
  );
  await say.post(
    `${authorization}/subjectaccessreviews`,
    review('SubjectAccessReview', { user: 'nobody', resourceAttributes: reading }),
  );
  await say.post(
    `${authorization}/subjectaccessreviews`,
    review('SubjectAccessReview', {
      user: 'boss',
      groups: ['system:masters'],
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
    }),
  );
  await say.post(
    `${authorization}/subjectaccessreviews`,
    review('SubjectAccessReview', { resourceAttributes: reading }),
  );
  await say.post(
    `${authorization}/subjectaccessreviews`,
    review('SubjectAccessReview', {
      user: 'a',
      resourceAttributes: { ...reading, name: 'x', group: 'apps', subresource: 'scale' },
    }),
  );
  await say.post(
    `${inGroup('authorization.k8s.io')}/localsubjectaccessreviews`,
    review('LocalSubjectAccessReview', { user: 'nobody', resourceAttributes: reading }),
  );
  await say.post(
    `${inGroup('authorization.k8s.io')}/localsubjectaccessreviews`,
    review('LocalSubjectAccessReview', { user: 'nobody', resourceAttributes: { ...reading, namespace: 'other' } }),
  );
  await say.post(
    `${inGroup('authorization.k8s.io')}/localsubjectaccessreviews`,
    review('LocalSubjectAccessReview', { user: 'nobody', nonResourceAttributes: { path: '/' } }),
  );
  await say.post(`${authorization}/selfsubjectrulesreviews`, review('SelfSubjectRulesReview', { namespace }));
  await say.post(`${authorization}/selfsubjectrulesreviews`, review('SelfSubjectRulesReview', {}));
  await say.post('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: 'wrong' },
  });
  await say.post('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: {},
  });
  await say.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
  });
};

/** What is there from the start. */
const beginnings: Sequence = async (say) => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await say.get('/api/v1/namespaces/default');
  await say.get('/api/v1/namespaces/default/services/kubernetes');
  await say.get('/apis/scheduling.k8s.io/v1/priorityclasses', table);
  await say.get('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', table);
  await say.get('/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', table);
  await say.get('/apis/networking.k8s.io/v1/servicecidrs', table);
  for (const name of [
    'cluster-admin',
    'admin',
    'edit',
    'view',
    'system:aggregate-to-admin',
    'system:aggregate-to-edit',
    'system:aggregate-to-view',
    'system:discovery',
    'system:basic-user',
    'system:public-info-viewer',
    'system:node',
    'system:kube-scheduler',
    'system:monitoring',
    'system:auth-delegator',
    'system:controller:deployment-controller',
  ]) {
    await say.get(`${rbac}/clusterroles/${name}`);
  }
  for (const name of [
    'cluster-admin',
    'system:discovery',
    'system:basic-user',
    'system:public-info-viewer',
    'system:monitoring',
  ]) {
    await say.get(`${rbac}/clusterrolebindings/${name}`);
  }
};

/** What people do with objects, one kind standing for all. */
export const flows: Readonly<Record<string, Sequence>> = {
  'strategic-patches': strategicPatches,
  applies: applying,
  subresources,
  deletes,
  discovery,
  reviews,
  beginnings,
};
