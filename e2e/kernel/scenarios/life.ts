import assert from 'node:assert/strict';
import { eventually, get } from '../../world.ts';
import type { Kubectl } from '../kubectl.ts';
import { plain } from '../plain.ts';
import { configMap, deployment, setStatus, type Facts, type Scenario } from './scenario.ts';

/** From rollouts to the end of namespaces. */
export const lifeScenarios: readonly Scenario[] = [
  { name: 'shows and undoes rollouts', run: rollouts },
  { name: 'deletes with and without dependents', run: deletion },
  { name: 'waits for conditions and deletions', run: waiting },
  { name: 'waits for values', sinceMinor: 23, run: waitingForValues },
  { name: 'sees a namespace empty itself', run: namespaces },
  { name: 'manages nodes', run: nodes },
  { name: 'adds debug containers', sinceMinor: 25, run: debugging },
  { name: 'is a proxy', run: proxying },
];

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
  await gone(k, 'cm background-child');
  assert.equal(
    await k.ok('get cm orphan-child background-child --ignore-not-found -o name'),
    'configmap/orphan-child\n',
  );
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
  assert.match(await k.ok('delete cm --all'), /configmap "one" deleted[^]*configmap "orphan-child" deleted/);
}

/** Waits until garbage collection was there; old versions cannot wait for what is gone already. */
async function gone(k: Kubectl, object: string): Promise<void> {
  await eventually(`${object} gone`, 10_000, async () =>
    (await k.ok(`get ${object} --ignore-not-found`)) === '' ? true : undefined,
  );
}

async function waiting(k: Kubectl): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  await using available = k.start('wait deploy/web --for=condition=Available --timeout=20s');
  const conditions = [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: '' }];
  await setStatus(k, 'web', { conditions });
  assert.equal(await available.ended, 0, available.stderr);

  await k.ok('create -f -', configMap('c', { phase: 'old' }));
  await using watches = k.start('get cm c --watch -o jsonpath={.data.phase},');
  await watches.shows(/^old,/);
  await k.ok(['patch', 'cm', 'c', '-p', '{"data":{"phase":"new"}}']);
  await watches.shows(/^old,new,/);

  await using table = k.start('get cm --watch --field-selector=metadata.name!=kube-root-ca.crt');
  await table.shows(/NAME DATA AGE\nc 1 AGE/);
  // Old versions fail when the object is gone before they looked.
  await using gone = k.start('wait --for=delete cm/c --timeout=20s -v=6');
  await eventually('kubectl wait looks', 10_000, () => (/GET.*configmaps/.test(gone.stderr) ? true : undefined));
  await k.ok('delete cm c');
  assert.equal(await gone.ended, 0, gone.stderr);
  await k.ok('create configmap d');
  await table.shows(/NAME DATA AGE\nc 1 AGE\nc 1 AGE\nd 0 AGE/);
}

async function waitingForValues(k: Kubectl): Promise<void> {
  await k.ok('create -f -', configMap('c', { phase: 'old' }));
  assert.equal(await k.ok('wait cm/c --for=jsonpath={.data.phase}=old'), 'configmap/c condition met\n');
  assert.equal(
    await k.refused('wait cm/c --for=jsonpath={.data.phase}=new --timeout=200ms'),
    'error: timed out waiting for the condition on configmaps/c',
  );
  await using waits = k.start('wait cm/c --for=jsonpath={.data.phase}=new --timeout=20s');
  await k.ok(['patch', 'cm', 'c', '-p', '{"data":{"phase":"new"}}']);
  assert.equal(await waits.ended, 0, waits.stderr);
}

async function namespaces(k: Kubectl, { minor }: Facts): Promise<void> {
  const failure = (reason: string) =>
    minor < 21 ? `Error from server (${reason})` : 'error: failed to create configmap';
  await k.ok('create configmap c');
  await k.ok('create -f -', configMap('held', {}, { finalizers: ['planform.dev/test'] }));
  await k.ok(`delete namespace ${k.namespace} --wait=false`);
  await k.ok(`wait namespace/${k.namespace} --for=condition=NamespaceContentRemaining --timeout=10s`);
  assert.equal(await k.table(`get namespace ${k.namespace}`), `NAME STATUS AGE\n${k.namespace} Terminating AGE`);
  assert.equal(
    await k.refused('create configmap late'),
    `${failure('Forbidden')}: configmaps "late" is forbidden: unable to create new content in namespace ${k.namespace} because it is being terminated`,
  );
  await k.ok(['patch', 'cm', 'held', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']);
  await gone(k, `namespace ${k.namespace}`);
  assert.equal(
    await k.refused('create configmap late'),
    `${failure('NotFound')}: namespaces "${k.namespace}" not found`,
  );
}

async function debugging(k: Kubectl): Promise<void> {
  await k.ok('run web --image=nginx:1');
  await k.ok('debug web --image=busybox --target=web --container=look');
  assert.equal(
    await k
      .field('pod web', '.spec.ephemeralContainers[0]')
      .then((text) => (JSON.parse(text) as { name: string }).name),
    'look',
  );
  assert.match(await k.ok('describe pod web'), /^Ephemeral Containers:\n {2}look:$/m);
}

async function proxying(k: Kubectl): Promise<void> {
  await k.ok('create configmap c --from-literal=x=1');
  await using proxy = k.start('proxy --port=0');
  await proxy.shows(/^Starting to serve on 127\.0\.0\.1:\d+$/m);
  const port = /:(\d+)$/m.exec(proxy.stdout.trim())?.[1];
  const answer = await get(`http://127.0.0.1:${port}/api/v1/namespaces/${k.namespace}/configmaps/c`);
  assert.deepEqual([answer.status, (JSON.parse(answer.body) as { data: object }).data], [200, { x: '1' }]);
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

/** A server that goes away and comes back, under commands that follow it. */
export async function restart(k: Kubectl, { hub }: Facts): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  await setStatus(k, 'web', { observedGeneration: 1, replicas: 1 });
  await using follows = k.start('rollout status deploy/web --timeout=30s');
  await follows.shows(
    /^Waiting for deployment "web" rollout to finish: 0 out of 1 new replicas have been updated\.\.\.$/m,
  );
  await hub.stop('SIGKILL');
  await hub.start();
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  await setStatus(k, 'web', status);
  assert.equal(await follows.ended, 0, follows.stdout + follows.stderr);
  assert.match(follows.stdout, /deployment "web" successfully rolled out\n$/);
  assert.equal(await k.table('get deploy'), 'NAME READY UP-TO-DATE AVAILABLE AGE\nweb 1/1 1 1 AGE');

  await using watches = k.start('get deploy --watch');
  await watches.shows(/^web 1\/1/m);
  await hub.stop('SIGTERM');
  assert.equal(await watches.ended, 0, 'A server that stops ends watches in order');
  await hub.start();
}
