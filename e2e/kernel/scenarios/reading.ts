import assert from 'node:assert/strict';
import type { Kubectl } from '../kubectl.ts';
import { plain } from '../plain.ts';
import { configMap, deployment, type Facts, type Scenario } from './scenario.ts';

/** Looking at objects and at what is served. */
export const readingScenarios: readonly Scenario[] = [
  { name: 'discovers what is served', run: discovery },
  { name: 'prints objects in all formats', run: formats },
  { name: 'selects objects by label, field and page', run: selection },
  { name: 'describes objects with their events', run: description },
  { name: 'explains kinds', run: explanation },
  { name: 'is told of what is not there', run: absence },
];

/** What a new server shows. */
export async function emptiness(k: Kubectl, { minor }: Facts): Promise<void> {
  assert.equal(
    await k.table('get namespaces'),
    'NAME STATUS AGE\ndefault Active AGE\nkube-node-lease Active AGE\nkube-public Active AGE\nkube-system Active AGE',
  );
  for (const [args, answer] of [
    ['get secrets', 'No resources found in default namespace.\n'],
    ['get deployments', 'No resources found in default namespace.\n'],
    ['get pods -A', 'No resources found\n'],
    ...(minor < 26 ? [] : [['events', 'No events found in default namespace.\n'] as const]),
  ] as const) {
    assert.deepEqual(await k.run(args), { code: 0, stdout: '', stderr: answer });
  }
  const list = JSON.parse(await k.ok('get secrets -o json')) as Record<string, unknown>;
  assert.deepEqual([list['kind'], list['items']], ['List', []]);
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
  assert.match(wide, /^namespaces ns v1 false Namespace \[?create.delete.get.list.patch.update.watch\]?$/m);
  const reviews = await k.ok('api-resources -o name --verbs=create --api-group=authorization.k8s.io');
  assert.match(reviews, /^selfsubjectaccessreviews\.authorization\.k8s\.io$/m);
  assert.doesNotMatch(await k.ok('api-resources -o name --verbs=list'), /selfsubject/);
  const versions = (await k.ok('api-versions')).trim().split('\n');
  assert.deepEqual(versions, versions.toSorted());
  for (const version of ['apps/v1', 'authentication.k8s.io/v1', 'coordination.k8s.io/v1', 'v1'])
    assert.ok(versions.includes(version));
  const version = JSON.parse(await k.ok('version -o json')) as Record<string, Record<string, string>>;
  assert.match(version['clientVersion']?.['gitVersion'] ?? '', new RegExp(`^v1\\.${minor}\\.`));
  assert.match(version['serverVersion']?.['gitVersion'] ?? '', /^v1\.36\.0\+planform/);
  assert.match(
    plain(await k.ok('cluster-info')),
    /^Kubernetes control plane is running at .*https:\/\/127\.0\.0\.1:\d+/,
  );
}

async function formats(k: Kubectl, { minor }: Facts): Promise<void> {
  await k.ok('create -f -', configMap('a', { x: '1', y: 'two\nlines\n' }, { labels: { tier: 'edge' } }));
  await k.ok('create -f -', deployment('web'));
  assert.equal(await k.table('get cm -l tier'), 'NAME DATA AGE\na 2 AGE');
  assert.equal(
    await k.table('get cm --show-labels -A -l tier'),
    `NAMESPACE NAME DATA AGE LABELS\n${k.namespace} a 2 AGE tier=edge`,
  );
  assert.equal(await k.table('get cm -l tier -L tier --no-headers'), 'a 2 AGE edge');
  assert.equal(await k.table('get deploy'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 0/1 0 0 AGE');
  assert.equal(
    await k.table('get deploy -o wide'),
    'NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR\nweb 0/1 0 0 AGE main nginx:1 app=web',
  );
  assert.equal(await k.ok('get cm/a deploy/web -o name'), 'configmap/a\ndeployment.apps/web\n');
  assert.equal(await k.ok(['get', 'cm', 'a', '-o', 'jsonpath={.data.x} {.metadata.labels}']), '1 {"tier":"edge"}');
  assert.equal(
    await k.table('get cm -l tier -o custom-columns=WHO:.metadata.name,TIER:.metadata.labels.tier,NONE:.data.z'),
    'WHO TIER NONE\na edge <none>',
  );
  assert.equal(
    await k.ok(['get', 'cm', '-l', 'tier', '-o', 'go-template={{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}']),
    'a\n',
  );
  assert.match(
    withoutManagers(await k.ok('get cm a -o yaml')),
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
  assert.match(
    await k.ok(`get cm a -o yaml${minor < 21 ? '' : ' --show-managed-fields'}`),
    /fieldsV1:\n(.*\n)*\s+f:tier: \{\}\n/,
  );
  assert.equal(await k.table('get cm a --sort-by=.metadata.name'), 'NAME DATA AGE\na 2 AGE');
}

/** Old versions print who manages what. */
function withoutManagers(yaml: string): string {
  return yaml.replace(/^ {2}managedFields:\n(?: {2}- .*\n| {4}.*\n)*/m, '');
}

async function selection(k: Kubectl): Promise<void> {
  const items = Array.from({ length: 12 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `c${String(index).padStart(2, '0')}`,
      labels: { half: index < 6 ? 'low' : 'high', n: String(index) },
    },
  }));
  const created = await k.ok('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  assert.equal(created.split('\n').length, 13);
  const names = async (args: string) =>
    (await k.ok(`get secrets -o name ${args}`)).replaceAll('secret/', '').trim().split('\n').join(' ');
  assert.equal(await names('-l half=low,n!=0'), 'c01 c02 c03 c04 c05');
  assert.equal(
    await (async () => k.ok(['get', 'secrets', '-o', 'name', '-l', 'n in (3, 7),half notin (low)']))(),
    'secret/c07\n',
  );
  assert.equal(await names('-l !half'), '');
  assert.equal(await names('--field-selector=metadata.name=c07'), 'c07');
  assert.equal(await names('--field-selector=metadata.name!=c07 -l half=high'), 'c06 c08 c09 c10 c11');
  assert.equal((await names('--chunk-size=5')).split(' ').length, 12);
  const page = JSON.parse(await k.ok(`get --raw /api/v1/namespaces/${k.namespace}/secrets?limit=5`)) as {
    metadata: { continue: string; remainingItemCount: number };
    items: unknown[];
  };
  assert.deepEqual([page.items.length, page.metadata.remainingItemCount], [5, 7]);
  assert.match(
    await k.refused('get secrets --field-selector=data.x=1'),
    /^Error from server \(BadRequest\): Unable to find "\/v1, Resource=secrets" .*: field label not supported: data\.x$/,
  );
  assert.match(await k.refused(['get', 'secrets', '-l', 'a=b=c']), /unable to parse|found '='|Invalid|BadRequest/);
  assert.match(await k.ok('delete secrets -l half=low'), /^secret "c00" deleted/);
  assert.equal((await names('')).split(' ').length, 6);
}

async function description(k: Kubectl, { minor }: Facts): Promise<void> {
  await k.ok('create -f -', configMap('c', { key: 'text' }, { annotations: { who: 'me' } }));
  const lines = plain(await k.ok('describe cm c')).split('\n');
  assert.deepEqual(
    lines.filter((line) => line !== ''),
    [
      'Name: c',
      `Namespace: ${k.namespace}`,
      'Labels: <none>',
      'Annotations: who: me',
      'Data',
      '====',
      'key:',
      '----',
      'text',
      ...(minor < 22 ? [] : ['BinaryData', '====']),
      'Events: <none>',
    ],
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
  if (minor >= 26)
    assert.equal(
      plain(await k.ok('events --for=deployment/web')),
      'LAST SEEN TYPE REASON OBJECT MESSAGE\nAGE Warning Stuck Deployment/web Stuck of web',
    );
  assert.equal(
    plain(await k.ok(`describe namespace ${k.namespace}`)),
    `Name: ${k.namespace}\nLabels: kubernetes.io/metadata.name=${k.namespace}\nAnnotations: <none>\nStatus: Active\n\nNo resource quota.\n\nNo LimitRange resource.`,
  );
  await k.ok('create secret generic s --from-literal=a=b');
  assert.match(plain(await k.ok('describe secret s')), /^Type: Opaque\n\nData\n====\na: 1 bytes$/m);
}

async function explanation(k: Kubectl, { minor }: Facts): Promise<void> {
  assert.match(
    await k.ok('explain configmap'),
    /^KIND: +ConfigMap\nVERSION: +v1\n\nDESCRIPTION:\n +\S.*\n[^]*\n {2,3}data\t<map\[string\]string>\n/,
  );
  assert.match(await k.refused('explain configmap.nope'), /^error: field "nope" does not exist$/);
  assert.match(
    await k.refused('explain nope'),
    /the server doesn't have a resource type "nope"|couldn't find resource/,
  );
  const recursive = await k.ok('explain pod --recursive');
  const strategy = await k.ok('explain deployment.spec.strategy');
  assert.equal(strategy.match(/How old pods are replaced/g)?.length, 1, strategy);
  if (minor < 27) return oldExplanation(k, recursive);
  assert.match(
    await k.ok('explain deploy.spec.replicas'),
    /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n\nFIELD: replicas <integer>\n/,
  );
  assert.match(strategy, /FIELD: strategy <DeploymentStrategy>\n/);
  assert.match(recursive, /^ {2}spec\t<PodSpec>\n/m);
  assert.match(recursive, /^ {4}containers\t<\[\]Container> -required-\n {6}args\t<\[\]string>\n/m);
}

/** The layout of explanations from OpenAPI v2. */
async function oldExplanation(k: Kubectl, recursive: string): Promise<void> {
  assert.match(
    await k.ok('explain deploy.spec.replicas'),
    /^KIND: +Deployment\nVERSION: +apps\/v1\n\nFIELD: +replicas <integer>\n/,
  );
  assert.match(recursive, /^ {3}spec\t<Object>\n/m);
  assert.match(recursive, /^ {6}containers\t<\[\]Object>( -required-)?\n {9}args\t<\[\]string>\n/m);
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
