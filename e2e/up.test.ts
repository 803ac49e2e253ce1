import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { allReady, podsOf, serversOf, serviceUrl, startAgain } from './hello.ts';
import { RequestLoop, World, eventually, get, kubectlPath, root } from './world.ts';

const kubectl = kubectlPath(36);
const skip = kubectl === undefined ? 'kubectl is missing: run tools/e2e-setup.sh' : false;
const kernels = ['hub', 'site-1'] as const;

/** Something to find again after a kernel died. */
async function leaveNote(world: World, kernel: string): Promise<void> {
  await world.kubectl(kernel, 'create', 'configmap', 'note', '--from-literal', `of=${kernel}`);
}

function noteIsThere(world: World, kernel: string): Promise<true | undefined> {
  return eventually(`${kernel} answers with what was written`, 20_000, async () => {
    const of = await world.kubectl(kernel, 'get', 'configmap', 'note', '-o', 'jsonpath={.data.of}');
    return of === kernel ? true : undefined;
  });
}

/** Kills the process of a kernel and waits until `up` tells. @returns what was its pid. */
async function kill(world: World, kernel: string): Promise<number> {
  const pid = world.pidOf(kernel);
  process.kill(pid, 'SIGKILL');
  await eventually(`up tells that ${kernel} died`, 10_000, () =>
    world.output.includes(`${kernel} died (was pid ${pid})`) ? true : undefined,
  );
  return pid;
}

test('up --supervise starts again what dies, with all data', { skip, timeout: 120_000 }, async (t) => {
  await using world = new World(kubectl ?? '');
  await world.up('--sites', '1', '--supervise');
  await t.test('a program at a site finds the API as in any cluster, with the token of its pod', async () => {
    // Kubernetes: client-go takes what is in the container where there is no kubeconfig.
    const clientGo = (...words: readonly string[]) => ({
      spec: {
        restartPolicy: 'Never',
        containers: [
          { name: 'main', image: 'none', command: [kubectl, ...words], env: [{ name: 'HOME', value: '/nonexistent' }] },
        ],
      },
    });
    const run = async (name: string, ...words: readonly string[]) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'inside' }, ...clientGo(...words) };
      const { code, stderr } = await world.apply('site-1', JSON.stringify(pod));
      assert.equal(code, 0, stderr);
      await eventually(`${name} has ended`, 20_000, async () => {
        const phase = await world.kubectl(
          'site-1',
          'get',
          'pod',
          name,
          '-n',
          'inside',
          '-o',
          'jsonpath={.status.phase}',
        );
        return phase === 'Succeeded' || phase === 'Failed' ? true : undefined;
      });
      return world.kubectl('site-1', 'logs', name, '-n', 'inside');
    };
    await world.kubectl('site-1', 'create', 'namespace', 'inside');
    const who = JSON.parse(await run('who', 'auth', 'whoami', '-o', 'json')) as {
      readonly status: { readonly userInfo: { readonly username: string; readonly extra: Record<string, string[]> } };
    };
    const { username, extra } = who.status.userInfo;
    assert.equal(username, 'system:serviceaccount:inside:default');
    assert.deepEqual(extra['authentication.kubernetes.io/pod-name'], ['who']);
    assert.match(
      await run('refused', 'get', 'pods'),
      /"system:serviceaccount:inside:default" cannot list resource "pods"/,
    );
    await world.kubectl(
      'site-1',
      'create',
      'rolebinding',
      'v',
      '-n',
      'inside',
      '--clusterrole=view',
      '--serviceaccount=inside:default',
    );
    assert.match(await run('allowed', 'get', 'pods', '-o', 'name'), /^pod\/allowed\npod\/refused\npod\/who\n/);
  });
  for (const kernel of kernels) {
    await t.test(kernel, async () => {
      await leaveNote(world, kernel);
      const pid = await kill(world, kernel);
      await eventually(`${kernel} runs again`, 20_000, () => (world.pidOf(kernel) === pid ? undefined : true));
      assert.match(world.output, new RegExp(`${kernel} died .*\n +it is started again in 0\\.5 s`));
      await noteIsThere(world, kernel);
      await eventually('up tells so', 5_000, () =>
        world.output.includes(`(pid ${world.pidOf(kernel)})`) ? true : undefined,
      );
    });
  }
});

test('up without --supervise tells how to start again what dies, and leaves it', {
  skip,
  timeout: 120_000,
}, async (t) => {
  await using world = new World(kubectl ?? '');
  await world.up('--sites', '1');
  for (const kernel of kernels) {
    await t.test(kernel, async () => {
      await leaveNote(world, kernel);
      const pid = await kill(world, kernel);
      // Under --supervise it would be back by now.
      await delay(4_000);
      assert.equal(world.pidOf(kernel), pid);
      assert.notEqual((await world.tryKubectl(kernel, 'get', 'configmap', 'note')).code, 0);
      await startAgain(world, kernel);
      await noteIsThere(world, kernel);
      await eventually('up sees that it runs again', 10_000, () =>
        world.output.includes(`${kernel} runs again at`) ? true : undefined,
      );
      assert.match(world.output, new RegExp(`${kernel} runs again at .*\\(pid ${world.pidOf(kernel)}\\)`));
    });
  }
});

test('up --keep-workloads leaves workloads to the next up', { skip, timeout: 180_000 }, async (t) => {
  await using world = new World(kubectl ?? '');
  await world.up('--sites', '1', '--keep-workloads');
  await world.kubectl('hub', 'apply', '-f', join(root, 'examples/hello/'));
  await eventually('hello is ready', 60_000, async () => allReady(await podsOf(world, 'site-1'), 2));
  const url = await serviceUrl(world, 'site-1');
  await eventually('its Service answers', 10_000, async () => ((await get(url)).status === 200 ? true : undefined));
  const servers = serversOf(await podsOf(world, 'site-1'));
  assert.equal(servers.length, 2);

  await t.test('Ctrl-C stops hub and agent, requests go on', async () => {
    const pids = kernels.map((kernel) => world.pidOf(kernel));
    await using requests = new RequestLoop(url);
    await world.down();
    assert.deepEqual(pids.filter(isRunning), []);
    assert.match(world.output, /workloads keep running/);
    await delay(2_000);
    assert.deepEqual(servers.filter(isRunning), servers);
    await requests[Symbol.asyncDispose]();
    assert.deepEqual(requests.failures, []);
    assert.ok(requests.answerCount > 100);
  });

  await t.test('the next up takes them over as they are', async () => {
    world.output = '';
    await using requests = new RequestLoop(url);
    await world.up('--sites', '1');
    const pods = await eventually('hello is ready', 30_000, async () => {
      const found = await podsOf(world, 'site-1');
      return allReady(found, 2) && found;
    });
    assert.deepEqual(new Set(serversOf(pods)), new Set(servers));
    assert.deepEqual(
      pods.flatMap((pod) => pod.status.containerStatuses?.map(({ restartCount }) => restartCount)),
      [0, 0],
    );
    await requests[Symbol.asyncDispose]();
    assert.deepEqual(requests.failures, []);
  });

  await t.test('without the flag, Ctrl-C stops them too', async () => {
    await world.down();
    assert.deepEqual(servers.filter(isRunning), []);
    await assert.rejects(get(url));
  });
});

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
