import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { cachedProgram, command, eventually, kubectlPath } from '../world.ts';
import { backUp, restoreFrom } from './backup.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { RunningProgram } from './running-program.ts';
import { configMap } from './scenarios/scenario.ts';

/** client-go 0.36 in `client-go/`. */
const path = cachedProgram('client-go', { isOptional: true });
const kubectl = kubectlPath(36);
const skip =
  path === undefined || kubectl === undefined ? 'The client-go program is not here: run tools/e2e-setup.sh' : false;

suite('client-go against planform kernel', { skip }, () => {
  test('typed clients: every verb, bodies in protobuf', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    assert.deepEqual(await lines(hub, 'typed'), [
      'created: true 2 true',
      'stale update: conflict true',
      'patched: 4',
      'apply of what another owns: conflict true',
      'get of nothing: not found true',
      'pages: [3 3 1]',
      'left of the collection: 0',
      'scaled: 2 to 5',
      'status: 5 replicas, surge 25%',
      'delete of another uid: conflict true',
      'lease: me, time kept to the microsecond true',
      'may delete pods: true',
      'minor version: "36"',
      // research/kernel.md §0.1: client-go ≥ 0.32 sends protobuf and does not fall back.
      'protobuf bodies: true',
      'json bodies: 0',
    ]);
    assert.deepEqual(await lines(hub, 'dynamic'), [
      'mapped: apps/v1, Resource=deployments, namespaced true',
      'applied: map[x:1]',
      'head: PartialObjectMetadata dynamic map[set:dynamic]',
      'preferred resources: true',
      'openapi v2: true',
    ]);
  });

  test('an informer keeps up over a kill, and lists again after a restore', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    const k = new Kubectl(kubectl ?? '', hub);
    const put = (name: string, x: string) =>
      k.ok('apply --server-side -f -', configMap(name, { x }, { labels: { set: 'informed' } }));
    await put('a', '1');
    await using informer = start(hub, 'inform');
    await informer.arrivesAt(/^store a=1$/);
    // research/kernel.md §0.3: client-go ≥ 0.35 begins with sendInitialEvents.
    assert.match(informer.stdout, /^request WATCHLIST 200\n(add a=1\nsynced|synced\nadd a=1)\n/);

    await hub.stop('SIGKILL');
    await hub.start();
    await put('a', '2');
    await put('b', '1');
    await informer.arrivesAt(/^store a=2 b=1$/);
    assert.equal(countOf(informer, 'request LIST'), 0, 'It never fell back');
    const listsBefore = countOf(informer, 'request WATCHLIST 200');

    const backup = join(hub.folder, 'backup.tar');
    await backUp(hub, backup);
    await put('c', '1');
    await k.ok('delete configmap b');
    await informer.arrivesAt(/^store a=2 c=1$/);
    await restoreFrom(hub, backup);
    await informer.arrivesAt(/^store a=2 b=1$/);
    // The revisions it knew are gone: 410, and a new list.
    assert.ok(countOf(informer, 'request WATCHLIST 200') > listsBefore, informer.stdout);
    assert.equal(countOf(informer, 'request LIST'), 0, 'It never fell back');
    assert.match(informer.stdout, /^delete c=1$/m);
  });

  test('of two candidates one leads; killed, the other follows, and never both', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    await using a = start(hub, 'elect', 'lock', 'a');
    await a.shows(/^leads/m);
    await using b = start(hub, 'elect', 'lock', 'b');
    await a.end('SIGKILL');
    await b.shows(/^leads/m);
    await using c = start(hub, 'elect', 'lock', 'c');
    await hub.stop('SIGKILL');
    await hub.start();
    const before = leading(b).length;
    await eventually('b leads on', 20_000, () => (leading(b).length > before + 20 ? true : undefined));
    await b.end('SIGTERM');
    await c.shows(/^leads/m);
    // Had two led at once, their times would alternate.
    const times = [a, b, c].flatMap((candidate, index) =>
      leading(candidate).map((atMs) => ({ atMs, who: 'abc'[index] })),
    );
    const order = times.toSorted((x, y) => x.atMs - y.atMs).map(({ who }) => who);
    const terms = order.filter((who, index) => who !== order[index - 1]);
    assert.deepEqual(terms, ['a', 'b', 'c']);
    const k = new Kubectl(kubectl ?? '', hub);
    assert.equal(await k.field('lease lock', '.spec.holderIdentity'), 'c');
  });
});

function start(hub: Hub, ...args: readonly [run: string, ...rest: string[]]): RunningProgram {
  const [run, ...rest] = args;
  return new RunningProgram(path ?? '', [run, hub.kubeconfig, 'default', ...rest]);
}

/** What a run printed, line by line. */
async function lines(hub: Hub, run: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await command(path ?? '', [run, hub.kubeconfig, 'default']);
  assert.equal(code, 0, stderr + stdout);
  return stdout.trim().split('\n');
}

function countOf({ stdout }: RunningProgram, beginning: string): number {
  return stdout.split('\n').filter((line) => line.startsWith(beginning)).length;
}

/** When it said that it leads. */
function leading({ stdout }: RunningProgram): readonly number[] {
  return [...stdout.matchAll(/^leads (\d+)$/gm)].map(([, atMs]) => Number(atMs));
}
