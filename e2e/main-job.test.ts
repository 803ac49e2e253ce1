import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { allReady, type PodList, podsOf, serversOf, serviceUrl, startAgain } from './hello.ts';
import { RequestLoop, World, eventually, get, kubectlPath, root } from './world.ts';

const kubectl = kubectlPath(36);
const sites = ['site-1', 'site-2'] as const;

interface WorkList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly localEdits?: readonly Record<string, unknown>[];
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

/** Kills the server that has run longest at a site; one that ran for 10 s is to be started again at once. */
async function killServer(world: World, site: string): Promise<{ readonly healedMs: number; readonly pod: string }> {
  const pods = await podsOf(world, site);
  const oldest = pods.toSorted((a, b) => startedAt(a).localeCompare(startedAt(b)))[0];
  assert.ok(oldest);
  const [pid] = serversOf([oldest]);
  assert.ok(pid, `no process of pod ${oldest.metadata.name}`);
  process.kill(pid, 'SIGKILL');
  const killedMs = performance.now();
  await eventually(`the server of ${oldest.metadata.name} runs again`, 15_000, () =>
    serversOf([oldest]).some((candidate) => candidate !== pid) ? true : undefined,
  );
  return { healedMs: performance.now() - killedMs, pod: oldest.metadata.name };
}

function startedAt(pod: PodList['items'][number]): string {
  return pod.status.containerStatuses?.[0]?.state?.running?.startedAt ?? '9999';
}

test('the main job, end to end', {
  skip: kubectl === undefined ? 'kubectl is missing: run tools/e2e-setup.sh' : false,
  timeout: 400_000,
}, async (t) => {
  await using world = new World(kubectl ?? '');
  const applied = join(root, 'examples/hello/');

  await t.test('1. up starts a hub and two sites and says what to do next', async () => {
    await world.up('--sites', '2');
    assert.ok(world.output.includes(`Hub: https://127.0.0.1:${world.port}`));
    for (const kernel of ['hub', ...sites]) {
      assert.ok(world.output.includes(world.kubeconfig(kernel)));
      assert.match(await world.kubectl(kernel, 'version'), /Server Version: v1\./);
    }
  });

  await t.test('2. an Application runs on both sites', async () => {
    const out = await world.kubectl('hub', 'apply', '-f', applied);
    assert.match(out, /application\.planform\.dev\/hello created/);
    for (const site of sites) {
      await eventually(`hello is ready at ${site}`, 60_000, async () => allReady(await podsOf(world, site), 2));
      const url = await serviceUrl(world, site);
      const answer = await eventually(`the Service of ${site} answers`, 10_000, async () => {
        const found = await get(url);
        return found.status === 200 ? found : undefined;
      });
      assert.match(answer.body, /^Hello from hello-\S+ \(blue\)/);
    }
  });

  await t.test('3. kubectl shows honest status', async () => {
    const hubOut = await eventually('the hub shows both sites as current', 30_000, async () => {
      const out = await world.kubectl('hub', 'get', 'sites,applications,works', '-A');
      return /application\.planform\.dev\/hello\s+2\s+2\s+2/.test(out.replace(/^default\s+/gm, '')) ? out : undefined;
    });
    assert.match(hubOut, /site-1\s+Ready/);
    assert.match(hubOut, /NAMESPACE\s+NAME/);
    const siteOut = await world.kubectl('site-1', 'get', 'deploy,rs,pods,svc,endpoints,nodes,events');
    assert.match(siteOut, /deployment\.apps\/hello\s+2\/2\s+2\s+2/);
    assert.match(siteOut, /pod\/hello-\S+\s+1\/1\s+Running\s+0/);
    assert.match(siteOut, /service\/hello\s+ClusterIP\s+127\.\S+\s+<none>\s+80\/TCP/);
    assert.match(siteOut, /node\/\S+\s+Ready/);
    assert.match(siteOut, /Normal\s+Started/);
    const [pod] = await podsOf(world, 'site-1');
    const described = await world.kubectl('site-1', 'describe', 'pod', pod?.metadata.name ?? '');
    assert.match(described, /State:\s+Running/);
    assert.match(described, /Events:/);
    assert.match(await world.kubectl('site-1', 'logs', pod?.metadata.name ?? ''), /listening on/);
    const followed = await world.tryKubectl('site-1', 'logs', '-f', '--request-timeout=2s', pod?.metadata.name ?? '');
    assert.match(followed.stdout, /listening on/);
  });

  await t.test('4. everything heals, with the hub gone too', async () => {
    // A container that ran for 10 s restarts at once; earlier exits back off.
    await delay(10_000);
    const healed = await killServer(world, 'site-1');
    assert.ok(healed.healedMs < 2_000, `healed after ${healed.healedMs} ms`);
    await eventually('the restart shows in the status', 10_000, async () => {
      const pod = (await podsOf(world, 'site-1')).find((candidate) => candidate.metadata.name === healed.pod);
      const status = pod?.status.containerStatuses?.[0];
      return status?.restartCount === 1 && status.lastState?.terminated?.exitCode === 137 ? true : undefined;
    });

    process.kill(world.pidOf('hub'), 'SIGKILL');
    assert.ok((await killServer(world, 'site-2')).healedMs < 2_000);
    await delay(12_000);
    await world.kubectl('site-1', 'scale', 'deploy', 'hello', '--replicas', '3');
    await eventually('the local edit takes effect', 20_000, async () => allReady(await podsOf(world, 'site-1'), 3));

    const before = serversOf(await podsOf(world, 'site-1'));
    await using loop = new RequestLoop(await serviceUrl(world, 'site-1'));
    process.kill(world.pidOf('site-1'), 'SIGKILL');
    await delay(3_000);
    await startAgain(world, 'site-1');
    const startedMs = performance.now();
    await eventually('the agent serves again', 20_000, async () =>
      (await world.tryKubectl('site-1', 'get', 'nodes')).code === 0 ? true : undefined,
    );
    assert.deepEqual(serversOf(await podsOf(world, 'site-1')), before);
    // A request inside a server that is killed cannot be answered, so the loop ends before.
    await loop[Symbol.asyncDispose]();
    assert.deepEqual(loop.failures.slice(0, 3), []);
    assert.ok(loop.answerCount > 100);
    assert.ok((await killServer(world, 'site-1')).healedMs < 2_000);
    const enforcedMs = performance.now() - startedMs;
    assert.ok(enforcedMs < 5_000, `enforcement resumed ${enforcedMs} ms after the agent was started again`);
    assert.ok(
      allReady(await podsOf(world, 'site-1'), 3) ?? (await podsOf(world, 'site-1')).length === 3,
      'the local edit stands while cut off',
    );
  });

  await t.test('4. the hub returns: outage events arrive, the local edit is shown and taken back', async () => {
    await startAgain(world, 'hub');
    await eventually('the hub serves again', 20_000, async () =>
      (await world.tryKubectl('hub', 'get', 'sites')).code === 0 ? true : undefined,
    );
    const edits = await eventually('the hub shows the local edit', 40_000, async () => {
      const { items } = await world.json<WorkList>('hub', 'get', 'works', '-n', 'site-site-1');
      return items.find((work) => (work.status?.localEdits?.length ?? 0) > 0)?.status?.localEdits;
    });
    const [edit] = edits;
    assert.equal(edit?.['path'], '.spec.replicas');
    assert.deepEqual([edit?.['hubValue'], edit?.['siteValue']], [2, 3]);
    assert.ok(edit?.['who'] !== undefined && edit['since'] !== undefined, JSON.stringify(edit));
    await eventually('the edit is taken back', 40_000, async () => allReady(await podsOf(world, 'site-1'), 2));
    const events = await eventually('the events of the outage arrive', 30_000, async () => {
      const out = await world.kubectl('hub', 'get', 'events', '-n', 'site-site-1');
      return /hello/.test(out) ? out : undefined;
    });
    assert.match(events, /hello/);
  });

  await t.test('5. a change rolls over both sites without a failed request', async () => {
    const manifest = readFileSync(join(applied, 'application.yaml'), 'utf8')
      .replace('value: blue', 'value: green')
      .replace('replicas: 2', 'replicas: 3');
    await using first = new RequestLoop(await serviceUrl(world, 'site-1'));
    await using second = new RequestLoop(await serviceUrl(world, 'site-2'));
    assert.equal((await world.apply('hub', manifest)).code, 0);
    for (const [site, loop] of [
      ['site-1', first],
      ['site-2', second],
    ] as const) {
      await eventually(`${site} rolled`, 60_000, async () => {
        const pods = await podsOf(world, site);
        if (allReady(pods, 3) === undefined) return undefined;
        loop.bodies.clear();
        await delay(500);
        return [...loop.bodies].every((body) => body.includes('(green)')) && loop.bodies.size > 0 ? true : undefined;
      });
    }
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    assert.deepEqual([...first.failures, ...second.failures].slice(0, 3), []);
    assert.ok(first.answerCount > 100 && second.answerCount > 100);
  });

  await t.test('6. status and explain tell the truth', async () => {
    const status = await eventually('status is all well', 30_000, async () => {
      const { stdout } = await world.planform('status', '--kubeconfig', world.kubeconfig('hub'));
      return /site-2\s+Ready\s+\S+\s+0\.1\.0\s+1\/1 current\s+3\/3/.test(stdout) ? stdout : undefined;
    });
    assert.match(status, /^SITE\s+PHASE\s+SEEN\s+AGENT\s+WORKS\s+PODS\s+ALERTS$/m);
    const broken = readFileSync(join(applied, 'application.yaml'), 'utf8').replace(
      'command: [node, /app/server.mjs]',
      'command: [node, -e, "console.error(\'no such setting: COLOUR\'); process.exit(1)"]',
    );
    assert.equal((await world.apply('hub', broken)).code, 0);
    const explained = await eventually('explain names the cause', 60_000, async () => {
      const { stdout } = await world.planform('explain', 'application/hello', '--kubeconfig', world.kubeconfig('hub'));
      return sites.every((site) => new RegExp(`${site}: .*CrashLoopBackOff.*COLOUR`).test(stdout)) ? stdout : undefined;
    });
    assert.match(explained, /site-1: .*exit 1/);
  });

  await t.test('5. deleting the Application removes everything it made, and nothing else', async () => {
    await world.kubectl('site-1', 'create', 'configmap', 'mine', '--from-literal=a=b');
    const servers = (await Promise.all(sites.map((site) => podsOf(world, site)))).flatMap(serversOf);
    await world.kubectl('hub', 'delete', '-f', applied, '--timeout=60s');
    for (const site of sites) {
      await eventually(`nothing is left at ${site}`, 60_000, async () => {
        const out = await world.kubectl(
          site,
          'get',
          'deploy,rs,pods,svc,configmaps',
          '-l',
          '!kubernetes.io/metadata.name',
          '-o',
          'name',
        );
        return /hello/.test(out) ? undefined : true;
      });
    }
    assert.match(await world.kubectl('site-1', 'get', 'configmaps', '-o', 'name'), /configmap\/mine/);
    await eventually('no process is left', 20_000, () =>
      servers.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true,
    );
  });

  await t.test('1. Ctrl-C stops everything; a second up resumes with all data', async () => {
    const pids = ['hub', ...sites].map((kernel) => world.pidOf(kernel));
    await world.down();
    await eventually('hub and agents are gone', 5_000, () =>
      pids.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true,
    );
    world.output = '';
    await world.up('--sites', '2');
    assert.match(await world.kubectl('site-1', 'get', 'configmaps', '-o', 'name'), /configmap\/mine/);
  });
});
