import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../kubectl.ts';
import { configMap, deployment, type Facts, type Scenario } from './scenario.ts';

/** Making and changing objects. */
export const writingScenarios: readonly Scenario[] = [
  { name: 'creates objects, which it sends as protobuf', run: creation },
  { name: 'edits objects', run: editing },
  { name: 'patches in three ways', run: patching },
  { name: 'changes labels, annotations, images, environments and scale', run: shortcuts },
  { name: 'tries without doing', run: dryRuns },
  { name: 'is told of unknown fields', run: validation },
];

async function creation(k: Kubectl, { minor }: Facts): Promise<void> {
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
    (await k.table('get all -l app=web')).replace(/10\.96\.\d+\.\d+/g, '10.96.x.x'),
    [
      'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
      'service/web ClusterIP 10.96.x.x <none> 80/TCP AGE',
      'service/web2 ClusterIP 10.96.x.x <none> 80/TCP AGE',
      '',
      'NAME READY UP-TO-DATE AVAILABLE AGE',
      'deployment.apps/web 0/3 0 0 AGE',
    ].join('\n'),
  );
  const failure = minor < 21 ? 'Error from server (AlreadyExists)' : 'error: failed to create configmap';
  assert.equal(await k.refused('create configmap c'), `${failure}: configmaps "c" already exists`);
  assert.match(
    await k.ok('create -f -', configMap('', {}, { name: undefined, generateName: 'made-' })),
    /^configmap\/made-[a-z0-9]{5} created\n$/,
  );
}

async function editing(k: Kubectl, { hub, minor }: Facts): Promise<void> {
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
  if (minor < 24) return;
  const subresource = editor('status', 'echo "status: {replicas: 7}" >>"$1"');
  assert.equal(await k.ok('edit deploy web --subresource=status', '', subresource), 'deployment.apps/web edited\n');
  assert.equal(await k.field('deploy web', '.status.replicas'), '7');
}

async function patching(k: Kubectl, { minor }: Facts): Promise<void> {
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
  const patchStatus = patch('merge', { status: { replicas: 3 } }, '--subresource=status');
  if (minor >= 24) assert.equal(await k.ok(patchStatus), 'deployment.apps/web patched\n');
  assert.equal(await k.table('get deploy web'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 0/1 0 0 AGE');
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[0].image'), 'redis:2');
  const failing = await k.refused(patch('json', [{ op: 'test', path: '/spec/replicas', value: 9 }]));
  const absent = await k.refused(patch('json', [{ op: 'remove', path: '/spec/none' }]));
  assert.match(failing, /^The request is invalid/);
  assert.match(absent, /^The request is invalid/);
  if (minor >= 26) {
    for (const text of [failing, absent]) {
      assert.match(text, /: the server rejected our request due to an error in our request$/);
    }
  }
  assert.match(
    await k.refused(patch('merge', { spec: { selector: { matchLabels: { app: 'else' } } } })),
    /^The Deployment "web" is invalid: [^]*spec\.selector: Invalid value: \{"matchLabels":\{"app":"else"\}\}: field is immutable$/m,
  );
}

async function shortcuts(k: Kubectl, { minor }: Facts): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  for (const [args, answer] of [
    ['label deploy web tier=edge', 'deployment.apps/web labeled\n'],
    ['label deploy web tier=core --overwrite', 'deployment.apps/web labeled\n'],
    ['label deploy web tier-', `deployment.apps/web ${minor < 23 ? 'labeled' : 'unlabeled'}\n`],
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
    assert.equal((await k.ok(args)).replace('annotate\n', 'annotated\n'), answer);
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

async function dryRuns(k: Kubectl, { minor }: Facts): Promise<void> {
  assert.equal(await k.ok('create configmap c --dry-run=server'), 'configmap/c created (server dry run)\n');
  assert.equal(await k.ok('get cm c --ignore-not-found'), '');
  assert.match(
    await k.ok('apply -f - --dry-run=server -o yaml', deployment('web')),
    /^ {2}uid: [^]*strategy:\n {4}rollingUpdate:/m,
  );
  await k.ok('create configmap c');
  const revision = await k.field('cm c', '.metadata.resourceVersion');
  const labeled = `configmap/c labeled${minor < 26 ? '' : ' (server dry run)'}\n`;
  assert.equal(await k.ok('label cm c a=b --dry-run=server'), labeled);
  assert.match(await k.ok('delete cm c --dry-run=server'), /^configmap "c" deleted .*\(server dry run\)\n$/);
  assert.equal(await k.field('cm c', '.metadata.resourceVersion'), revision);
  assert.match(
    await k.refused('create -f - --dry-run=server', deployment('Web')),
    /^The Deployment "Web" is invalid: /,
  );
}

async function validation(k: Kubectl, { minor }: Facts): Promise<void> {
  const odd = deployment('web', { replica: 3, paused: false }).replace('"image"', '"imag":"x","image"');
  if (minor < 24) return clientSideValidation(k, odd);
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

/** Old versions validate by themselves, with what OpenAPI v2 says. */
async function clientSideValidation(k: Kubectl, odd: string): Promise<void> {
  const refusal = await k.refused('create -f -', odd);
  assert.match(refusal, /^error: error validating "STDIN": error validating data: \[/);
  for (const found of [
    'ValidationError(Deployment.spec): unknown field "replica" in io.k8s.api.apps.v1.DeploymentSpec',
    'ValidationError(Deployment.spec.template.spec.containers[0]): unknown field "imag" in io.k8s.api.core.v1.Container',
  ]) {
    assert.ok(refusal.includes(found), refusal);
  }
  assert.equal(await k.ok('create -f - --validate=false', odd), 'deployment.apps/web created\n');
  assert.equal(await k.field('deploy web', '.spec.replica'), '', 'Unknown fields are not kept');
}
