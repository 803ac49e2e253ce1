import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { cachedProgram, command, kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';

const chart = join(import.meta.dirname, 'chart');

/** An unmodified Helm with folders of its own. */
class Helm {
  readonly #path: string;
  readonly #hub: Hub;
  readonly #namespace: string;

  constructor(path: string, hub: Hub, namespace: string) {
    this.#path = path;
    this.#hub = hub;
    this.#namespace = namespace;
  }

  run(args: string) {
    const home = join(this.#hub.folder, 'helm');
    const folders = ['CACHE', 'CONFIG', 'DATA'].map((name) => `HELM_${name}_HOME=${join(home, name)}`);
    const common = ['--kubeconfig', this.#hub.kubeconfig, '--namespace', this.#namespace];
    return command('env', [...folders, this.#path, ...common, ...args.split(' ')], { timeoutMs: 60_000 });
  }

  async ok(args: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assert.equal(code, 0, `helm ${args} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Status and description of every revision of a release. */
  async history(release: string): Promise<readonly string[]> {
    const revisions = JSON.parse(await this.ok(`history ${release} -o json`)) as Record<string, string>[];
    return revisions.map(({ status, description }) => `${status}: ${description}`);
  }
}

suite('helm against planform kernel', () => {
  const kubectl = kubectlPath(36);
  for (const major of [3, 4]) {
    const path = cachedProgram(`helm-${major}`);
    const skip =
      path === undefined || kubectl === undefined ? `Helm ${major} is not here: run tools/e2e-setup.sh` : false;
    test(`helm ${major}`, { skip }, async (t) => {
      await using hub = await Hub.start({ subcommand: 'kernel', flags: ['--simulate-nodes', '1'] });
      const k = await new Kubectl(kubectl ?? '', hub).inNew('shop');
      const helm = new Helm(path ?? '', hub, 'shop');
      await t.test('installs, with definitions, objects and hooks', () => install(helm, k));
      await t.test('upgrades, and removes what is gone from the chart', () => upgrade(helm, k));
      await t.test('rolls back', () => rollback(helm, k));
      await t.test('says what fails', () => failure(helm, k));
      await t.test('uninstalls', () => uninstall(helm, k));
      await t.test('waits', () => waits(helm, k));
    });
  }
});

async function install(helm: Helm, k: Kubectl): Promise<void> {
  assert.match(await helm.ok(`install web ${chart}`), /^NAME: web\n[^]*STATUS: deployed\nREVISION: 1\n/);
  assert.equal(await k.field('cm web-config', '.data'), '{"color":"blue","known":"false"}');
  assert.equal(await k.field('secret web-secret', '.data.password'), Buffer.from('hunter2').toString('base64'));
  assert.equal(await k.field('deploy web', '.spec.replicas'), '2');
  assert.equal(await k.field('carts.shop.example.com web', '.spec.size'), '2');
  assert.match(await k.field('svc web', '.spec.clusterIP'), /^10\.96\./);
  assert.equal(await k.field('cm web-before', '.data.revision'), '1');
  assert.equal(await k.ok('get pod web-migrate --ignore-not-found'), '', 'The hook ran and was removed');
  // research/kernel.md §1.3: releases are Secrets that Helm finds by label.
  const releases =
    'get secrets -l owner=helm,name=web -o jsonpath={range.items[*]}{.type}:{.metadata.labels.status},{end}';
  assert.equal(await k.ok(releases), 'helm.sh/release.v1:deployed,');
  assert.match(await helm.ok('list'), /^web\s+shop\s+1\s.*\sdeployed\s+shop-1\.0\.0\s+1\s*$/m);
}

async function upgrade(helm: Helm, k: Kubectl): Promise<void> {
  await k.ok('annotate deploy web kept=yes');
  await helm.ok(`upgrade web ${chart} --set color=red,service=false,replicas=3`);
  assert.equal(await k.field('cm web-config', '.data'), '{"color":"red","known":"true"}');
  assert.equal(await k.field('deploy web', '.spec.replicas'), '3');
  assert.equal(await k.field('deploy web', '.metadata.annotations.kept'), 'yes', 'What others wrote stays');
  assert.equal(await k.field('carts.shop.example.com web', '.spec.size'), '3');
  assert.equal(await k.ok('get svc web --ignore-not-found'), '');
  assert.equal(await k.field('cm web-before', '.data.revision'), '2');
  assert.deepEqual(await helm.history('web'), ['superseded: Install complete', 'deployed: Upgrade complete']);
  assert.equal(await helm.ok('get values web'), 'USER-SUPPLIED VALUES:\ncolor: red\nreplicas: 3\nservice: false\n');
}

async function rollback(helm: Helm, k: Kubectl): Promise<void> {
  assert.equal(await helm.ok('rollback web 1'), 'Rollback was a success! Happy Helming!\n');
  assert.equal(await k.field('cm web-config', '.data.color'), 'blue');
  assert.equal(await k.field('deploy web', '.spec.replicas'), '2');
  assert.match(await k.field('svc web', '.spec.clusterIP'), /^10\.96\./);
  assert.deepEqual((await helm.history('web')).at(-1), 'deployed: Rollback to 1');
}

async function failure(helm: Helm, k: Kubectl): Promise<void> {
  const { code, stderr } = await helm.run(`upgrade web ${chart} --set replicas=0`);
  assert.notEqual(code, 0);
  assert.match(
    stderr,
    /Cart.*"web" is invalid: spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1/,
  );
  assert.match((await helm.history('web')).at(-1) ?? '', /^failed: Upgrade "web" failed: /);
  assert.equal((await helm.run(`install web ${chart}`)).code, 1);
  await helm.ok('rollback web 3');
  assert.equal(await k.field('deploy web', '.spec.replicas'), '2');
}

async function uninstall(helm: Helm, k: Kubectl): Promise<void> {
  assert.equal(await helm.ok('uninstall web'), 'release "web" uninstalled\n');
  assert.equal(await k.ok('get deploy,svc,secret,carts.shop.example.com -o name'), '');
  assert.equal((await helm.ok('list -q')).trim(), '');
  assert.equal(await k.field('crd carts.shop.example.com', '.metadata.name'), 'carts.shop.example.com', 'It stays');
}

async function waits(helm: Helm, k: Kubectl): Promise<void> {
  await helm.ok(`install once ${chart} --wait --timeout 30s --set workload=Pod`);
  assert.equal(await k.field('pod once', '.status.phase'), 'Running');
  const { code, stderr } = await helm.run(`install never ${chart} --wait --timeout 2s`);
  assert.notEqual(code, 0, 'Nobody acts on its Deployment');
  assert.match(stderr, /timed out|context deadline exceeded/);
  await helm.ok('uninstall once --wait --timeout 30s');
  assert.equal(await k.ok('get pod once --ignore-not-found'), '');
}
