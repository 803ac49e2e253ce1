import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { bareKernelPath, Hub } from './hub.ts';
import { Kubectl, plain } from './kubectl.ts';

const configMap = (name: string, data: Record<string, string>, metadata: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });

const deployment = (name: string, spec: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'nginx:1' }] },
      },
      ...spec,
    },
  });

interface Facts {
  readonly hub: Hub;
  readonly minor: number;
}

/** What is tried with each kubectl, each in a namespace of its own. */
const scenarios: readonly [name: string, run: (k: Kubectl, facts: Facts) => Promise<void>][] = [
  ['discovers what is served', discovery],
  ['creates objects, which it sends as protobuf', creation],
  ['prints objects in all formats', formats],
  ['selects objects by label, field and page', selection],
  ['describes objects with their events', description],
  ['explains kinds', explanation],
  ['applies on the client side', clientSideApply],
  ['applies on the server side and meets conflicts', serverSideApply],
  ['shows differences', differences],
  ['edits objects', editing],
  ['patches in three ways', patching],
  ['changes labels, annotations, images, environments and scale', shortcuts],
  ['shows and undoes rollouts', rollouts],
  ['deletes with and without dependents', deletion],
  ['waits for conditions and deletions', waiting],
  ['sees a namespace empty itself', namespaces],
  ['manages nodes', nodes],
  ['asks what it may do', rights],
  ['tries without doing', dryRuns],
  ['is told of unknown fields', validation],
  ['is told of what is not there', absence],
  ['works with kinds of Planform as with any others', ownKinds],
];

suite('kubectl against a hub', { concurrency: 2 }, () => {
  for (const minor of [36, 31]) {
    const path = kubectlPath(minor);
    const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;
    test(`kubectl 1.${minor}`, { skip }, async (t) => {
      await using hub = await Hub.start({ program: bareKernelPath });
      const kubectl = new Kubectl(path ?? '', hub);
      await t.test('finds a new hub empty', () => emptiness(kubectl));
      for (const [index, [name, run]] of scenarios.entries()) {
        await t.test(name, async () => run(await kubectl.inNew(`n${index}`), { hub, minor }));
      }
      await t.test('goes on after a restart of the hub', () => restart(kubectl, hub));
    });
  }
});

async function emptiness(k: Kubectl): Promise<void> {
  assert.equal(
    await k.table('get namespaces'),
    'NAME STATUS AGE\ndefault Active AGE\nkube-node-lease Active AGE\nkube-public Active AGE\nkube-system Active AGE',
  );
  for (const [args, answer] of [
    ['get configmaps', 'No resources found in default namespace.\n'],
    ['get all', 'No resources found in default namespace.\n'],
    ['get pods -A', 'No resources found\n'],
    ['events', 'No events found in default namespace.\n'],
  ] as const) {
    assert.deepEqual(await k.run(args), { code: 0, stdout: '', stderr: answer });
  }
  const list = JSON.parse(await k.ok('get configmaps -o json')) as Record<string, unknown>;
  assert.deepEqual(list, { apiVersion: 'v1', items: [], kind: 'List', metadata: { resourceVersion: '' } });
  assert.match(await k.ok('get --raw /readyz?verbose'), /^\[\+\]ping ok\n(\[\+\].* ok\n)*readyz check passed\n$/);
}

async function discovery(k: Kubectl, { minor }: Facts): Promise<void> {
  const resources = plain(await k.ok('api-resources'));
  for (const line of [
    'NAME SHORTNAMES APIVERSION NAMESPACED KIND',
    'configmaps cm v1 true ConfigMap',
    'namespaces ns v1 false Namespace',
    'pods po v1 true Pod',
    'secrets v1 true Secret',
    'services svc v1 true Service',
    'deployments deploy apps/v1 true Deployment',
    'leases coordination.k8s.io/v1 true Lease',
    'selfsubjectreviews authentication.k8s.io/v1 false SelfSubjectReview',
  ]) {
    assert.ok(resources.split('\n').includes(line), `"${line}" in\n${resources}`);
  }
  const wide = plain(await k.ok('api-resources -o wide --namespaced=false --api-group='));
  assert.match(wide, /^namespaces ns v1 false Namespace create,delete,deletecollection,get,list,patch,update,watch$/m);
  const reviews = await k.ok('api-resources -o name --verbs=create --api-group=authorization.k8s.io');
  assert.match(reviews, /^selfsubjectaccessreviews\.authorization\.k8s\.io$/m);
  assert.doesNotMatch(await k.ok('api-resources -o name --verbs=list'), /selfsubject/);
  const versions = (await k.ok('api-versions')).trim().split('\n');
  assert.deepEqual(versions, versions.toSorted());
  for (const version of ['apps/v1', 'authentication.k8s.io/v1', 'coordination.k8s.io/v1', 'v1'])
    assert.ok(versions.includes(version));
  assert.match(
    await k.ok('version'),
    new RegExp(`^Client Version: v1\\.${minor}\\..*\n.*\nServer Version: v1\\.36\\.0\\+planform`),
  );
  assert.match(
    plain(await k.ok('cluster-info')),
    /^Kubernetes control plane is running at .*https:\/\/127\.0\.0\.1:\d+/,
  );
}

async function creation(k: Kubectl): Promise<void> {
  for (const [args, answer] of [
    ['create configmap c --from-literal=x=1 --from-literal=y=2', 'configmap/c created\n'],
    ['create secret generic s --from-literal=password=hunter2', 'secret/s created\n'],
    ['create serviceaccount robot', 'serviceaccount/robot created\n'],
    ['create deployment web --image=nginx:1 --replicas=3 --port=80', 'deployment.apps/web created\n'],
    ['create service clusterip web --tcp=80:8080', 'service/web created\n'],
    ['run pod1 --image=nginx:1 --labels=run=pod1', 'pod/pod1 created\n'],
    ['expose deployment web --name=web2 --port=80', 'service/web2 exposed\n'],
  ] as const) {
    assert.equal(await k.ok(args), answer);
  }
  assert.equal(await k.field('cm c', '.data'), '{"x":"1","y":"2"}');
  assert.equal(await k.field('secret s', '.data.password'), Buffer.from('hunter2').toString('base64'));
  assert.equal(await k.field('secret s', '.type'), 'Opaque');
  assert.equal(
    await k.field('deploy web', '.spec.template.spec.containers[0].ports[0]'),
    '{"containerPort":80,"protocol":"TCP"}',
  );
  assert.equal(
    await k.field('deploy web', '.spec.strategy'),
    '{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}',
  );
  assert.equal(
    await k.field('svc web', '.spec.ports[0]'),
    '{"name":"80-8080","port":80,"protocol":"TCP","targetPort":8080}',
  );
  assert.equal(await k.field('pod pod1', '.status.phase'), 'Pending');
  assert.match(await k.field('cm c', '.metadata.managedFields[*].manager'), /^kubectl-create$/);
  assert.equal(
    await k.table('get all -l app=web'),
    [
      'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
      'service/web ClusterIP <none> <none> 80/TCP AGE',
      'service/web2 ClusterIP <none> <none> 80/TCP AGE',
      '',
      'NAME READY UP-TO-DATE AVAILABLE AGE',
      'deployment.apps/web 0/3 0 0 AGE',
    ].join('\n'),
  );
  assert.equal(
    await k.refused('create configmap c'),
    'error: failed to create configmap: configmaps "c" already exists',
  );
  assert.match(
    await k.ok('create -f -', configMap('', {}, { name: undefined, generateName: 'made-' })),
    /^configmap\/made-[a-z0-9]{5} created\n$/,
  );
}

async function formats(k: Kubectl): Promise<void> {
  await k.ok('create -f -', configMap('a', { x: '1', y: 'two\nlines\n' }, { labels: { tier: 'edge' } }));
  await k.ok('create -f -', deployment('web'));
  assert.equal(await k.table('get cm'), 'NAME DATA AGE\na 2 AGE');
  assert.equal(
    await k.table('get cm --show-labels -A -l tier'),
    `NAMESPACE NAME DATA AGE LABELS\n${k.namespace} a 2 AGE tier=edge`,
  );
  assert.equal(await k.table('get cm -L tier --no-headers'), 'a 2 AGE edge');
  assert.equal(await k.table('get deploy'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 0/1 0 0 AGE');
  assert.equal(
    await k.table('get deploy -o wide'),
    'NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR\nweb 0/1 0 0 AGE main nginx:1 app=web',
  );
  assert.equal(await k.ok('get cm,deploy -o name'), 'configmap/a\ndeployment.apps/web\n');
  assert.equal(await k.ok(['get', 'cm', 'a', '-o', 'jsonpath={.data.x} {.metadata.labels}']), '1 {"tier":"edge"}');
  assert.equal(
    await k.table('get cm -o custom-columns=WHO:.metadata.name,TIER:.metadata.labels.tier,NONE:.data.z'),
    'WHO TIER NONE\na edge <none>',
  );
  assert.equal(
    await k.ok(['get', 'cm', '-o', 'go-template={{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}']),
    'a\n',
  );
  assert.match(
    await k.ok('get cm a -o yaml'),
    new RegExp(
      [
        '^apiVersion: v1\ndata:\n  x: "1"\n  "?y"?: \\|\n    two\n    lines\nkind: ConfigMap\nmetadata:',
        'creationTimestamp: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"',
        'labels:\n    tier: edge',
        'name: a',
        `namespace: ${k.namespace}`,
        'resourceVersion: "\\d+"',
        'uid: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$',
      ].join('\n  '),
    ),
  );
  const object = JSON.parse(await k.ok('get cm a -o json')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(object).toSorted(), ['apiVersion', 'data', 'kind', 'metadata']);
  assert.match(await k.ok('get cm a -o yaml --show-managed-fields'), /fieldsV1:\n(.*\n)*\s+f:tier: \{\}\n/);
  assert.equal(await k.table('get cm a --sort-by=.metadata.name'), 'NAME DATA AGE\na 2 AGE');
}

async function selection(k: Kubectl): Promise<void> {
  const items = Array.from(
    { length: 12 },
    (_, index) =>
      JSON.parse(
        configMap(
          `c${String(index).padStart(2, '0')}`,
          {},
          { labels: { half: index < 6 ? 'low' : 'high', n: String(index) } },
        ),
      ) as object,
  );
  const created = await k.ok('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  assert.equal(created.split('\n').length, 13);
  const names = async (args: string) =>
    (await k.ok(`get cm -o name ${args}`)).replaceAll('configmap/', '').trim().split('\n').join(' ');
  assert.equal(await names('-l half=low,n!=0'), 'c01 c02 c03 c04 c05');
  assert.equal(
    await (async () => k.ok(['get', 'cm', '-o', 'name', '-l', 'n in (3, 7),half notin (low)']))(),
    'configmap/c07\n',
  );
  assert.equal(await names('-l !half'), '');
  assert.equal(await names('--field-selector=metadata.name=c07'), 'c07');
  assert.equal(await names('--field-selector=metadata.name!=c07 -l half=high'), 'c06 c08 c09 c10 c11');
  assert.equal((await names('--chunk-size=5')).split(' ').length, 12);
  const page = JSON.parse(await k.ok(`get --raw /api/v1/namespaces/${k.namespace}/configmaps?limit=5`)) as {
    metadata: { continue: string; remainingItemCount: number };
    items: unknown[];
  };
  assert.deepEqual([page.items.length, page.metadata.remainingItemCount], [5, 7]);
  assert.match(
    await k.refused('get cm --field-selector=data.x=1'),
    /^Error from server \(BadRequest\): .*field label not supported: data\.x/,
  );
  assert.match(await k.refused(['get', 'cm', '-l', 'a=b=c']), /unable to parse|found '='|Invalid|BadRequest/);
  assert.match(await k.ok('delete cm -l half=low'), /^configmap "c00" deleted/);
  assert.equal((await names('')).split(' ').length, 6);
}

async function description(k: Kubectl): Promise<void> {
  await k.ok('create -f -', configMap('c', { key: 'text' }, { annotations: { who: 'me' } }));
  assert.equal(
    plain(await k.ok('describe cm c')),
    plain(
      `Name: c\nNamespace: ${k.namespace}\nLabels: <none>\nAnnotations: who: me\n\nData\n====\nkey:\n----\ntext\n\n\nBinaryData\n====\n\nEvents: <none>`,
    ),
  );
  await k.ok('create -f -', deployment('web', { replicas: 2 }));
  const uid = await k.field('deploy web', '.metadata.uid');
  const event = (type: string, reason: string, name: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${reason.toLowerCase()}` },
      involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: k.namespace, uid },
      type,
      reason,
      message: `${reason} of ${name}`,
      source: { component: 'test' },
      firstTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
      lastTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
      count: 1,
    });
  await k.ok('create -f -', event('Warning', 'Stuck', 'web'));
  await k.ok('create -f -', event('Normal', 'Scaled', 'other'));
  const described = plain(await k.ok('describe deployment web'));
  assert.match(described, /^Replicas: 2 desired \| 0 updated \| 0 total \| 0 available \| 0 unavailable$/m);
  assert.match(described, /^RollingUpdateStrategy: 25% max unavailable, 25% max surge$/m);
  assert.match(described, /^ Image: nginx:1$/m);
  assert.match(described, /^Events:\n Type Reason Age From Message\n ---- .*\n Warning Stuck AGE test Stuck of web$/m);
  assert.equal(
    await k.table('get events --field-selector=type=Warning'),
    'LAST SEEN TYPE REASON OBJECT MESSAGE\nAGE Warning Stuck deployment/web Stuck of web',
  );
  assert.equal(
    plain(await k.ok('events --for=deployment/web')),
    'LAST SEEN TYPE REASON OBJECT MESSAGE\nAGE Warning Stuck Deployment/web Stuck of web',
  );
  assert.equal(
    plain(await k.ok(`describe namespace ${k.namespace}`)),
    `Name: ${k.namespace}\nLabels: kubernetes.io/metadata.name=${k.namespace}\nAnnotations: <none>\nStatus: Active`,
  );
  await k.ok('create secret generic s --from-literal=a=b');
  assert.match(plain(await k.ok('describe secret s')), /^Type: Opaque\n\nData\n====\na: 1 bytes$/m);
}

async function explanation(k: Kubectl): Promise<void> {
  assert.match(
    await k.ok('explain configmap'),
    /^KIND: +ConfigMap\nVERSION: +v1\n\nDESCRIPTION:\n +\S.*\n[^]*\n {2}data\t<map\[string\]string>\n/,
  );
  assert.match(
    await k.ok('explain deploy.spec.replicas'),
    /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: replicas <integer>\n/,
  );
  const strategy = await k.ok('explain deployment.spec.strategy');
  assert.match(strategy, /FIELD: strategy <DeploymentStrategy>\n/);
  assert.equal(strategy.match(/How old pods are replaced/g)?.length, 1, strategy);
  const recursive = await k.ok('explain pod --recursive');
  assert.match(recursive, /^ {2}spec\t<PodSpec>\n/m);
  assert.match(recursive, /^ {4}containers\t<\[\]Container> -required-\n {6}args\t<\[\]string>\n/m);
  assert.match(
    await k.ok('explain deployment --api-version=apps/v1 -o plaintext-openapiv2').catch(() => 'KIND:'),
    /KIND:/,
  );
  assert.equal(await k.refused('explain configmap.nope'), 'error: field "nope" does not exist');
  assert.match(await k.refused('explain nope'), /the server doesn't have a resource type "nope"/);
}

async function clientSideApply(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '1', y: '1' })), 'configmap/c created\n');
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '1', y: '1' })), 'configmap/c unchanged\n');
  await k.ok(['patch', 'cm', 'c', '--type=merge', '-p', '{"data":{"other":"kept"}}']);
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '2' })), 'configmap/c configured\n');
  assert.equal(await k.field('cm c', '.data'), '{"other":"kept","x":"2"}');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 2 })), 'deployment.apps/web created\n');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 2 })), 'deployment.apps/web unchanged\n');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 3 })), 'deployment.apps/web configured\n');
  assert.equal(await k.field('deploy web', '.metadata.generation'), '2');
  assert.match(await k.ok('apply view-last-applied deploy/web'), /replicas: 3/);
  const labels = { labels: { set: 'one' } };
  const items = [configMap('c', { x: '2' }, labels), configMap('d', {}, labels)].map(
    (text) => JSON.parse(text) as object,
  );
  const both = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  assert.equal(await k.ok('apply -f -', both), 'configmap/c configured\nconfigmap/d created\n');
  const pruned = await k.ok(
    'apply --prune -l set=one --prune-allowlist=core/v1/ConfigMap -f -',
    configMap('c', { x: '2' }, { labels: { set: 'one' } }),
  );
  assert.equal(pruned, 'configmap/c unchanged\nconfigmap/d pruned\n');
}

async function serverSideApply(k: Kubectl): Promise<void> {
  const apply = 'apply --server-side -f -';
  assert.equal(await k.ok(apply, deployment('web', { replicas: 2 })), 'deployment.apps/web serverside-applied\n');
  const revision = await k.field('deploy web', '.metadata.resourceVersion');
  assert.equal(await k.ok(apply, deployment('web', { replicas: 2 })), 'deployment.apps/web serverside-applied\n');
  assert.equal(await k.field('deploy web', '.metadata.resourceVersion'), revision, 'The same again changes nothing');
  assert.equal(await k.field('deploy web', '.metadata.managedFields[*].manager'), 'kubectl');
  assert.equal(
    await k.refused(`${apply} --field-manager=other`, deployment('web', { replicas: 5 })),
    [
      'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas',
      'Please review the fields above--they currently have other managers. Here',
      'are the ways you can resolve this warning:',
      '* If you intend to manage all of these fields, please re-run the apply',
      '  command with the `--force-conflicts` flag.',
      '* If you do not intend to manage all of the fields, please edit your',
      '  manifest to remove references to the fields that should keep their',
      '  current managers.',
      '* You may co-own fields by updating your manifest to match the existing',
      "  value; in this case, you'll become the manager if the other manager(s)",
      '  stop managing the field (remove it from their configuration).',
      'See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts',
    ].join('\n'),
  );
  assert.equal(
    await k.ok(`${apply} --field-manager=other --force-conflicts`, deployment('web', { replicas: 5 })),
    'deployment.apps/web serverside-applied\n',
  );
  assert.equal(await k.field('deploy web', '.spec.replicas'), '5');
  // A list with keys: each side owns its own container.
  const sidecar = JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { containers: [{ name: 'sidecar', image: 'envoy:1' }] } } },
  });
  await k.ok(`${apply} --field-manager=mesh`, sidecar);
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[*].name'), 'main sidecar');
  // What client-side apply owned is taken over without conflict.
  await k.ok('apply -f -', configMap('c', { x: '1', y: '1' }));
  assert.equal(await k.ok(apply, configMap('c', { x: '2' })), 'configmap/c serverside-applied\n');
  assert.equal(await k.field('cm c', '.data'), '{"x":"2"}');
}

async function differences(k: Kubectl): Promise<void> {
  await k.ok('apply -f -', configMap('c', { x: '1' }));
  assert.deepEqual(await k.run('diff -f -', configMap('c', { x: '1' })), { code: 0, stdout: '', stderr: '' });
  for (const flags of ['', ' --server-side']) {
    const { code, stdout, stderr } = await k.run(`diff -f -${flags}`, configMap('c', { x: '2' }));
    assert.equal(code, 1, stderr);
    assert.match(stdout, /\n-  x: "1"\n\+  x: "2"\n/);
  }
  const { code, stdout } = await k.run('diff -f -', configMap('new', { x: '2' }));
  assert.equal(code, 1);
  assert.match(stdout, /\n\+ {2}name: new\n/);
  assert.equal(await k.field('cm c', '.data.x'), '1', 'A diff changes nothing');
}

async function editing(k: Kubectl, { hub }: Facts): Promise<void> {
  await k.ok('create -f -', configMap('c', { x: 'before' }));
  const editor = (name: string, script: string) => {
    const path = join(hub.folder, `${name}.sh`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return [`KUBE_EDITOR=${path}`];
  };
  assert.equal(await k.ok('edit cm c', '', editor('sed', 'sed -i s/before/after/ "$1"')), 'configmap/c edited\n');
  assert.equal(await k.field('cm c', '.data.x'), 'after');
  const { stderr } = await k.run('edit cm c', '', editor('nothing', 'exit 0'));
  assert.equal(stderr, 'Edit cancelled, no changes made.\n');
  await k.ok('create -f -', deployment('web'));
  assert.equal(
    await k.ok('edit deploy web', '', editor('image', 'sed -i s/nginx:1/nginx:2/ "$1"')),
    'deployment.apps/web edited\n',
  );
  const subresource = editor('status', 'echo "status: {replicas: 7}" >>"$1"');
  assert.equal(await k.ok('edit deploy web --subresource=status', '', subresource), 'deployment.apps/web edited\n');
  assert.equal(await k.field('deploy web', '.status.replicas'), '7');
}

async function patching(k: Kubectl): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  const patch = (type: string, body: unknown, ...more: string[]) => [
    'patch',
    'deploy',
    'web',
    `--type=${type}`,
    '-p',
    JSON.stringify(body),
    ...more,
  ];
  const image = (name: string, value: string) => ({
    spec: { template: { spec: { containers: [{ name, image: value }] } } },
  });
  assert.equal(await k.ok(patch('strategic', image('side', 'envoy:1'))), 'deployment.apps/web patched\n');
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[*].image'), 'envoy:1 nginx:1');
  assert.equal(await k.ok(patch('strategic', image('side', 'envoy:1'))), 'deployment.apps/web patched (no change)\n');
  assert.equal(await k.ok(patch('merge', image('only', 'redis:1'))), 'deployment.apps/web patched\n');
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[*].image'), 'redis:1');
  assert.equal(
    await k.ok(patch('json', [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'redis:2' }])),
    'deployment.apps/web patched\n',
  );
  assert.equal(await k.ok(patch('merge', { status: { replicas: 3 } })), 'deployment.apps/web patched (no change)\n');
  assert.equal(
    await k.ok(patch('merge', { status: { replicas: 3 } }, '--subresource=status')),
    'deployment.apps/web patched\n',
  );
  assert.equal(await k.table('get deploy web'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 0/1 0 0 AGE');
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[0].image'), 'redis:2');
  assert.equal(
    await k.refused(patch('json', [{ op: 'test', path: '/spec/replicas', value: 9 }])),
    'The request is invalid: Cannot apply JSON patch: operation 0 (test "/spec/replicas"): the value is different',
  );
  assert.match(
    await k.refused(patch('json', [{ op: 'remove', path: '/spec/none' }])),
    /^The request is invalid: Cannot apply JSON patch: operation 0 \(remove "\/spec\/none"\)/,
  );
  assert.match(
    await k.refused(patch('merge', { spec: { selector: { matchLabels: { app: 'else' } } } })),
    /^The Deployment "web" is invalid: [^]*spec\.selector: Invalid value: \{"matchLabels":\{"app":"else"\}\}: field is immutable$/,
  );
}

async function shortcuts(k: Kubectl): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  for (const [args, answer] of [
    ['label deploy web tier=edge', 'deployment.apps/web labeled\n'],
    ['label deploy web tier=core --overwrite', 'deployment.apps/web labeled\n'],
    ['label deploy web tier-', 'deployment.apps/web unlabeled\n'],
    ['annotate deploy web note=yes', 'deployment.apps/web annotated\n'],
    ['set image deploy/web main=nginx:2', 'deployment.apps/web image updated\n'],
    ['set env deploy/web COLOR=blue', 'deployment.apps/web env updated\n'],
    ['set resources deploy/web --limits=cpu=200m,memory=64Mi', 'deployment.apps/web resource requirements updated\n'],
    ['set serviceaccount deploy/web robot', 'deployment.apps/web serviceaccount updated\n'],
    ['scale deploy web --replicas=4', 'deployment.apps/web scaled\n'],
    ['scale deploy web --replicas=5 --current-replicas=4', 'deployment.apps/web scaled\n'],
    ['rollout pause deploy/web', 'deployment.apps/web paused\n'],
    ['rollout resume deploy/web', 'deployment.apps/web resumed\n'],
    ['rollout restart deploy/web', 'deployment.apps/web restarted\n'],
  ] as const) {
    assert.equal(await k.ok(args), answer);
  }
  assert.match(
    await k.refused('scale deploy web --replicas=1 --current-replicas=4'),
    /Expected replicas to be 4, was 5/,
  );
  assert.equal(
    await k.refused('label deploy web app=other'),
    "error: 'app' already has a value (web), and --overwrite is false",
  );
  const container = JSON.parse(await k.field('deploy web', '.spec.template.spec.containers[0]')) as Record<
    string,
    unknown
  >;
  assert.deepEqual(container['env'], [{ name: 'COLOR', value: 'blue' }]);
  assert.deepEqual(container['resources'], { limits: { cpu: '200m', memory: '64Mi' } });
  assert.equal(container['image'], 'nginx:2');
  assert.equal(await k.field('deploy web', '.spec.replicas'), '5');
  assert.match(
    await k.field('deploy web', '.spec.template.metadata.annotations'),
    /kubectl\.kubernetes\.io\/restartedAt/,
  );
  const current = await k.ok('get deploy web -o json');
  assert.equal(await k.ok('replace -f -', current.replace('"nginx:2"', '"nginx:3"')), 'deployment.apps/web replaced\n');
  assert.equal(
    await k.refused('replace -f -', current),
    'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  );
  assert.equal(
    await k.ok('replace --force -f -', deployment('web')),
    `deployment.apps "web" deleted${await deletedFrom(k)}\ndeployment.apps/web replaced\n`,
  );
}

/** Newer versions say where they deleted. */
async function deletedFrom(k: Kubectl): Promise<string> {
  await k.ok('create configmap probe');
  return /configmap "probe" deleted(.*)\n/.exec(await k.ok('delete configmap probe'))?.[1] ?? '';
}

async function rollouts(k: Kubectl): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  assert.equal(await k.ok('rollout history deploy/web'), 'deployment.apps/web \nNo rollout history found.\n');
  const uid = await k.field('deploy web', '.metadata.uid');
  const replicaSet = (revision: number, cause: string) =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `web-${revision}`,
        labels: { app: 'web' },
        annotations: { 'deployment.kubernetes.io/revision': String(revision), 'kubernetes.io/change-cause': cause },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid, controller: true }],
      },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web', 'pod-template-hash': `h${revision}` } },
        template: {
          metadata: { labels: { app: 'web', 'pod-template-hash': `h${revision}` } },
          spec: { containers: [{ name: 'main', image: `nginx:${revision}` }] },
        },
      },
    });
  await k.ok('annotate deploy web deployment.kubernetes.io/revision=2');
  await k.ok('create -f -', replicaSet(1, 'first'));
  await k.ok('create -f -', replicaSet(2, 'second'));
  assert.equal(
    plain(await k.ok('rollout history deploy/web')),
    'deployment.apps/web\nREVISION CHANGE-CAUSE\n1 first\n2 second',
  );
  assert.match(await k.ok('rollout history deploy/web --revision=2'), /Image:\s+nginx:2/);
  assert.equal(await k.table('get rs'), 'NAME DESIRED CURRENT READY AGE\nweb-1 0 0 0 AGE\nweb-2 0 0 0 AGE');
  await k.ok('set image deploy/web main=nginx:9');
  assert.equal(await k.ok('rollout undo deploy/web --to-revision=1'), 'deployment.apps/web rolled back\n');
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[0].image'), 'nginx:1');
}

async function deletion(k: Kubectl): Promise<void> {
  const family = async (name: string) => {
    await k.ok('create -f -', configMap(name, {}));
    const uid = await k.field(`cm ${name}`, '.metadata.uid');
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true };
    await k.ok('create -f -', configMap(`${name}-child`, {}, { ownerReferences: [owner] }));
  };
  for (const cascade of ['background', 'foreground', 'orphan']) {
    await family(cascade);
    assert.match(
      await k.ok(`delete cm ${cascade} --cascade=${cascade}`),
      new RegExp(`^configmap "${cascade}" deleted`),
    );
    assert.equal(
      await k.refused(`get cm ${cascade}`),
      `Error from server (NotFound): configmaps "${cascade}" not found`,
    );
  }
  await k.ok('wait --for=delete cm/background-child --timeout=10s');
  assert.equal(await k.ok('get cm -o name'), 'configmap/orphan-child\n');
  assert.equal(await k.field('cm orphan-child', '.metadata.ownerReferences'), '');

  await k.ok('create -f -', configMap('held', {}, { finalizers: ['planform.dev/test'] }));
  assert.match(
    await k.refused('delete cm held --timeout=300ms'),
    /timed out waiting for the condition on configmaps\/held/,
  );
  assert.match(await k.ok('delete cm held --wait=false'), /^configmap "held" deleted/);
  assert.match(await k.field('cm held', '.metadata.deletionTimestamp'), /^\d{4}-/);
  assert.match(
    await k.refused(['patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":["a.b/c"]}}']),
    /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers/,
  );
  assert.equal(
    await k.ok(['patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']),
    'configmap/held patched\n',
  );
  assert.equal(await k.ok('get cm held --ignore-not-found'), '');

  await k.ok('create -f -', deployment('web'));
  assert.match(await k.ok('delete deploy web --now'), /^deployment\.apps "web" deleted/);
  assert.equal(await k.refused('delete cm none'), 'Error from server (NotFound): configmaps "none" not found');
  assert.equal(await k.ok('delete cm none --ignore-not-found'), '');
  await k.ok('create configmap force');
  assert.match(await k.ok('delete cm force --force --grace-period=0'), /^configmap "force" force deleted/);
  await k.ok('create configmap one');
  assert.match(await k.ok('delete cm --all'), /^configmap "one" deleted[^]*configmap "orphan-child" deleted/);
}

async function waiting(k: Kubectl): Promise<void> {
  await k.ok('create -f -', configMap('c', { phase: 'old' }));
  assert.equal(await k.ok('wait cm/c --for=jsonpath={.data.phase}=old'), 'configmap/c condition met\n');
  assert.equal(
    await k.refused('wait cm/c --for=jsonpath={.data.phase}=new --timeout=200ms'),
    'error: timed out waiting for the condition on configmaps/c',
  );
  await using waits = k.start('wait cm/c --for=jsonpath={.data.phase}=new --timeout=20s');
  await using watches = k.start('get cm c --watch -o jsonpath={.data.phase},');
  await watches.shows(/^old,/);
  await k.ok(['patch', 'cm', 'c', '-p', '{"data":{"phase":"new"}}']);
  assert.equal(await waits.ended, 0, waits.stderr);
  await watches.shows(/^old,new,/);

  await k.ok('create -f -', deployment('web'));
  await using available = k.start('wait deploy/web --for=condition=Available --timeout=20s');
  const conditions = [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: '' }];
  await k.ok([
    'patch',
    'deploy',
    'web',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { conditions } }),
  ]);
  assert.equal(await available.ended, 0, available.stderr);

  await using gone = k.start('wait --for=delete cm/c --timeout=20s');
  await using table = k.start('get cm --watch');
  await table.shows(/NAME DATA AGE\nc 1 AGE/);
  await k.ok('delete cm c');
  assert.equal(await gone.ended, 0, gone.stderr);
  await k.ok('create configmap d');
  await table.shows(/NAME DATA AGE\nc 1 AGE\nc 1 AGE\nd 0 AGE/);
}

async function namespaces(k: Kubectl): Promise<void> {
  await k.ok('create configmap c');
  await k.ok('create -f -', configMap('held', {}, { finalizers: ['planform.dev/test'] }));
  await k.ok(`delete namespace ${k.namespace} --wait=false`);
  await k.ok(`wait namespace/${k.namespace} --for=condition=NamespaceContentRemaining --timeout=10s`);
  assert.equal(await k.table(`get namespace ${k.namespace}`), `NAME STATUS AGE\n${k.namespace} Terminating AGE`);
  assert.equal(
    await k.refused('create configmap late'),
    `error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace ${k.namespace} because it is being terminated`,
  );
  await k.ok(['patch', 'cm', 'held', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']);
  await k.ok(`wait --for=delete namespace/${k.namespace} --timeout=10s`);
  assert.equal(
    await k.refused('create configmap late'),
    `error: failed to create configmap: namespaces "${k.namespace}" not found`,
  );
}

async function nodes(k: Kubectl): Promise<void> {
  await k.ok('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }));
  assert.match(await k.table('get nodes'), /^NAME STATUS ROLES AGE VERSION\nn1 Unknown <none> AGE/);
  assert.equal(await k.ok('cordon n1'), 'node/n1 cordoned\n');
  assert.match(await k.table('get nodes'), /^n1 Unknown,SchedulingDisabled <none> AGE/m);
  assert.equal(await k.ok('uncordon n1'), 'node/n1 uncordoned\n');
  assert.equal(await k.ok('taint node n1 kind=edge:NoSchedule'), 'node/n1 tainted\n');
  assert.equal(await k.field('node n1', '.spec.taints[0]'), '{"effect":"NoSchedule","key":"kind","value":"edge"}');
  assert.match(await k.ok('describe node n1'), /^Taints: +kind=edge:NoSchedule$/m);
  assert.equal(await k.ok('delete node n1'), 'node "n1" deleted\n');
}

async function rights(k: Kubectl): Promise<void> {
  const who = plain(await k.ok('auth whoami'));
  assert.match(who, /^ATTRIBUTE VALUE\nUsername admin\nGroups \[system:masters system:authenticated\]\n/);
  assert.equal(await k.ok('auth can-i delete pods'), 'yes\n');
  assert.equal(await k.ok('auth can-i get /metrics'), 'yes\n');
  assert.deepEqual(await k.run('auth can-i delete pods --as=somebody'), { code: 1, stdout: 'no\n', stderr: '' });
  assert.equal(await k.ok('auth can-i delete pods --as=somebody --as-group=system:masters'), 'yes\n');
  assert.equal(
    await k.refused('get pods --as=somebody'),
    `Error from server (Forbidden): pods is forbidden: User "somebody" cannot list resource "pods" in API group "" in the namespace "${k.namespace}"`,
  );
  assert.match(
    plain(await k.ok('auth whoami --as=ann --as-group=ops')),
    /\nUsername ann\nGroups \[ops system:authenticated\]$/,
  );
}

async function dryRuns(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('create configmap c --dry-run=server'), 'configmap/c created (server dry run)\n');
  assert.equal(await k.ok('get cm -o name'), '');
  assert.match(
    await k.ok('apply -f - --dry-run=server -o yaml', deployment('web')),
    /^ {2}uid: [^]*strategy:\n {4}rollingUpdate:/m,
  );
  await k.ok('create configmap c');
  const revision = await k.field('cm c', '.metadata.resourceVersion');
  assert.equal(await k.ok('label cm c a=b --dry-run=server'), 'configmap/c labeled (server dry run)\n');
  assert.match(await k.ok('delete cm c --dry-run=server'), /^configmap "c" deleted .*\(server dry run\)\n$/);
  assert.equal(await k.field('cm c', '.metadata.resourceVersion'), revision);
  assert.match(
    await k.refused('create -f - --dry-run=server', deployment('Web')),
    /^The Deployment "Web" is invalid: /,
  );
}

async function validation(k: Kubectl): Promise<void> {
  const odd = deployment('web', { replica: 3, paused: false }).replace('"image"', '"imag":"x","image"');
  const strict =
    'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: ' +
    'strict decoding error: unknown field "spec.replica", unknown field "spec.template.spec.containers[0].imag"';
  assert.equal(await k.refused('create -f -', odd), strict);
  assert.equal(await k.refused('create -f - --validate=strict', odd), strict);
  const warned = await k.run('create -f - --validate=warn', odd);
  assert.equal(warned.stdout, 'deployment.apps/web created\n');
  assert.equal(
    warned.stderr,
    'Warning: unknown field "spec.replica"\nWarning: unknown field "spec.template.spec.containers[0].imag"\n',
  );
  assert.equal(await k.field('deploy web', '.spec.replica'), '', 'Unknown fields are not kept');
  assert.deepEqual(await k.run('replace -f - --validate=ignore', odd), {
    code: 0,
    stdout: 'deployment.apps/web replaced\n',
    stderr: '',
  });
  assert.match(
    await k.refused('apply --server-side -f -', odd),
    /failed to create typed patch object|unknown field "spec\.replica"|field not declared in schema/,
  );
  const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"x":"1","x":"2"}}';
  const raw = `create --raw /api/v1/namespaces/${k.namespace}/configmaps?fieldValidation=Strict -f -`;
  assert.equal(
    await k.refused(raw, twice),
    'Error from server (BadRequest): ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.x"',
  );
  assert.match(
    await k.refused(
      'create -f -',
      JSON.stringify({ apiVersion: 'test.dev/v1', kind: 'Gear', metadata: { name: 'g' } }),
    ),
    /no matches for kind "Gear" in version "test\.dev\/v1"/,
  );
}

async function absence(k: Kubectl): Promise<void> {
  assert.equal(await k.refused('get cm none'), 'Error from server (NotFound): configmaps "none" not found');
  assert.equal(await k.refused('get deploy none'), 'Error from server (NotFound): deployments.apps "none" not found');
  assert.equal(await k.refused('get gears'), 'error: the server doesn\'t have a resource type "gears"');
  assert.equal(
    await k.refused('get --raw /nope'),
    'Error from server (NotFound): the server could not find the requested resource',
  );
  assert.equal(
    await k.refused('get --raw /apis/nope/v1'),
    'Error from server (NotFound): the server could not find the requested resource',
  );
  assert.deepEqual(await k.run('get cm -n nowhere'), {
    code: 0,
    stdout: '',
    stderr: 'No resources found in nowhere namespace.\n',
  });
}

async function ownKinds(k: Kubectl): Promise<void> {
  const application = (spec: object) =>
    JSON.stringify({
      apiVersion: 'application.planform.dev/v1alpha1',
      kind: 'Application',
      metadata: { name: 'hello' },
      spec: { components: [{ name: 'web', type: 'manifests', manifests: [] }], placementRef: { name: 'all' }, ...spec },
    });
  assert.equal(await k.ok('apply -f -', application({})), 'application.application.planform.dev/hello created\n');
  assert.equal(await k.ok('apply -f -', application({})), 'application.application.planform.dev/hello unchanged\n');
  assert.equal(await k.ok('get app -o name'), 'application.application.planform.dev/hello\n');
  assert.match(await k.table('get applications'), /^NAME SITES CURRENT HEALTHY RENDERED AGE\nhello /);
  const placement = ['patch', 'app', 'hello', '--type=merge', '-p', '{"spec":{"placementRef":{"name":"edge"}}}'];
  assert.equal(await k.ok(placement), 'application.application.planform.dev/hello patched\n');
  assert.equal(await k.field('app hello', '.spec.placementRef.name'), 'edge');
  assert.match(
    await k.refused(['patch', 'app', 'hello', '-p', '{"spec":{}}']),
    /the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/,
  );
  assert.match(
    await k.refused('apply --validate=strict -f -', application({ placement: 'all' })),
    /error when patching "STDIN": Application in version "v1alpha1" cannot be handled as a Application: strict decoding error: unknown field "spec\.placement"$/,
  );
  assert.equal(
    await k.refused('replace -f -', application({ components: [{ name: 'web', type: 'helm' }], placementRef: {} })),
    [
      'The Application "hello" is invalid: ',
      '* spec.components[0].type: Unsupported value: "helm": supported values: "manifests"',
      '* spec.placementRef.name: Required value',
    ].join('\n'),
  );
  const described = await k.ok('explain application');
  assert.match(
    described,
    /^GROUP: +application\.planform\.dev\nKIND: +Application\nVERSION: +v1alpha1\n\nDESCRIPTION:\n +Components that run together at every chosen site\.\n/,
  );
  assert.match(await k.ok('explain application.spec.components'), /^FIELD: components <\[\]Object>$/m);
  assert.match(await k.ok('explain site.status.phase'), /^ENUM:\n +Pending\n +Ready\n/m);
}

async function restart(k: Kubectl, hub: Hub): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  await k.ok([
    'patch',
    'deploy',
    'web',
    '--subresource=status',
    '--type=merge',
    '-p',
    '{"status":{"observedGeneration":1,"replicas":1}}',
  ]);
  await using follows = k.start('rollout status deploy/web --timeout=30s');
  await follows.shows(
    /^Waiting for deployment "web" rollout to finish: 0 out of 1 new replicas have been updated\.\.\.$/m,
  );
  await hub.stop('SIGKILL');
  await hub.start();
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  await k.ok(['patch', 'deploy', 'web', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
  assert.equal(await follows.ended, 0, follows.stdout + follows.stderr);
  assert.match(follows.stdout, /deployment "web" successfully rolled out\n$/);
  assert.equal(await k.table('get deploy'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 1/1 1 1 AGE');

  await using watches = k.start('get deploy --watch');
  await watches.shows(/^web 1\/1/m);
  await hub.stop('SIGTERM');
  assert.equal(await watches.ended, 0, 'A server that stops ends watches in order');
  await hub.start();
}
