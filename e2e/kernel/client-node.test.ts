import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../world.ts';
import { backUp, restoreFrom } from './backup.ts';
import {
  type ClientNode,
  clientNodeFolder,
  type CoreApi,
  type Informer,
  loadClientNode,
} from './client-node/library.ts';
import { Hub } from './hub.ts';

const namespace = 'default';
const skip = clientNodeFolder === undefined ? '@kubernetes/client-node is not here: run tools/e2e-setup.sh' : false;

suite('@kubernetes/client-node against planform kernel', { skip }, () => {
  test('an informer keeps up over a kill and a stop, and lists again after 410', async () => {
    const library = await loadClientNode();
    await using hub = await Hub.start({ subcommand: 'kernel' });
    await using followed = await follow(library, hub);
    const { api, informer, told } = followed;
    const create = (name: string) =>
      api.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, labels: { set: 'informed' } }, data: { x: '1' } },
      });
    await create('a');
    await holds(informer, ['a=1']);
    await hub.stop('SIGKILL');
    await hub.start();
    await put(library, api, 'a', '2');
    await create('b');
    await holds(informer, ['a=2', 'b=1']);

    await hub.stop('SIGTERM');
    await hub.start();
    await api.deleteNamespacedConfigMap({ namespace, name: 'b' });
    await holds(informer, ['a=2']);
    assert.equal(followed.lists(), 1, 'It resumed where it was');

    const backup = join(hub.folder, 'backup.tar');
    await backUp(hub, backup);
    await create('c');
    await holds(informer, ['a=2', 'c=1']);
    await restoreFrom(hub, backup);
    await create('d');
    await holds(informer, ['a=2', 'd=1']);
    assert.equal(followed.lists(), 2, 'The revisions it knew are gone');
    assert.deepEqual(told, ['add a', 'update a', 'add b', 'delete b', 'add c', 'delete c', 'add d']);
  });

  test('patches in four ways', async () => {
    const library = await loadClientNode();
    await using hub = await Hub.start({ subcommand: 'kernel' });
    const api = apiOf(library, hub);
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'c' }, data: { x: '1', y: '1' } } });
    const patch = async (type: string, body: unknown, more: object = {}) =>
      (
        await api.patchNamespacedConfigMap(
          { namespace, name: 'c', body, ...more },
          library.setHeaderOptions('Content-Type', type),
        )
      ).data;
    assert.deepEqual(await patch('application/merge-patch+json', { data: { x: '2', y: null } }), { x: '2' });
    assert.deepEqual(await patch('application/json-patch+json', [{ op: 'add', path: '/data/z', value: '1' }]), {
      x: '2',
      z: '1',
    });
    assert.deepEqual(await patch('application/strategic-merge-patch+json', { data: { z: null } }), { x: '2' });
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { x: '3' } };
    await assert.rejects(
      patch('application/apply-patch+yaml', applied, { fieldManager: 'one' }),
      (error: { readonly code?: number }) => error.code === 409,
    );
    assert.deepEqual(await patch('application/apply-patch+yaml', applied, { fieldManager: 'one', force: true }), {
      x: '3',
    });
  });
});

function apiOf({ KubeConfig, CoreV1Api }: ClientNode, hub: Hub): CoreApi {
  const config = new KubeConfig();
  config.loadFromFile(hub.kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

/** An informer that is started again after every error, as the library's documentation has it. */
async function follow(library: ClientNode, hub: Hub) {
  const api = apiOf(library, hub);
  const config = new library.KubeConfig();
  config.loadFromFile(hub.kubeconfig);
  const labelSelector = 'set=informed';
  let lists = 0;
  const list = () => {
    lists++;
    return api.listNamespacedConfigMap({ namespace, labelSelector });
  };
  const informer = library.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, labelSelector);
  const told: string[] = [];
  for (const event of ['add', 'update', 'delete'] as const) {
    informer.on(event, ({ metadata }) => told.push(`${event} ${metadata?.name}`));
  }
  let isOver = false;
  informer.on('error', () => {
    void delay(200).then(() => (isOver ? undefined : informer.start()));
  });
  await informer.start();
  const end = async () => {
    isOver = true;
    await informer.stop();
  };
  return { api, informer, told, lists: () => lists, [Symbol.asyncDispose]: end };
}

async function holds(informer: Informer, wanted: readonly string[]): Promise<void> {
  await eventually(`the informer holds ${wanted.join(' ')}`, 20_000, () => {
    const found = informer.list().map(({ metadata, data }) => `${metadata?.name}=${data?.['x']}`);
    assert.deepEqual(found.toSorted(), wanted);
    return true;
  });
}

async function put(library: ClientNode, api: CoreApi, name: string, x: string): Promise<void> {
  const options = library.setHeaderOptions('Content-Type', 'application/merge-patch+json');
  await api.patchNamespacedConfigMap({ namespace, name, body: { data: { x } } }, options);
}
