import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kubectlPath, root } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

const definition = readFileSync(join(import.meta.dirname, 'rollout-crd.yaml'), 'utf8');
const crontabs = readFileSync(join(root, 'kernel/kinds/customresourcedefinition/example.yaml'), 'utf8');

const rollout = (name: string, spec: object = {}, metadata: object = {}) =>
  JSON.stringify({
    apiVersion: 'delivery.example.com/v1',
    kind: 'Rollout',
    metadata: { name, ...metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      source: { git: { url: 'https://git.example.com/a.git', revision: 'main' } },
      strategy: { canary: { steps: [{ setWeight: 20 }, { pause: { duration: '10m' } }] } },
      ...spec,
    },
  });

const minor = 36;
const path = kubectlPath(minor);
const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;

test('kubectl works with custom resources on planform kernel as with any others', {
  skip,
  timeout: 60_000,
}, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const first = new Kubectl(path ?? '', hub);
  await t.test('a definition is established', async () => {
    assert.equal(
      await first.ok('create -f -', definition),
      'customresourcedefinition.apiextensions.k8s.io/rollouts.delivery.example.com created\n',
    );
    await first.ok('wait --for condition=established --timeout=10s crd/rollouts.delivery.example.com');
    assert.match(plain(await first.ok('api-resources')), /^rollouts ro delivery\.example\.com\/v1 true Rollout$/m);
    assert.match(await first.ok('get crd'), /^NAME +CREATED AT\nrollouts\.delivery\.example\.com +\d{4}-/);
  });
  const k = await first.inNew('custom');
  await t.test('objects are applied, defaulted, printed and explained', async () => {
    assert.equal(await k.ok('apply -f -', rollout('web')), 'rollout.delivery.example.com/web created\n');
    assert.equal(await k.ok('apply -f -', rollout('web')), 'rollout.delivery.example.com/web unchanged\n');
    assert.equal(
      await k.ok('apply -f -', rollout('web', { paused: true })),
      'rollout.delivery.example.com/web configured\n',
    );
    assert.equal(await k.field('ro web', '.spec.replicas'), '1');
    assert.equal(await k.table('get ro'), 'NAME DESIRED PHASE WEIGHTS AGE\nweb 1 20 AGE');
    assert.equal(await k.table('get all'), 'NAME DESIRED PHASE WEIGHTS AGE\nrollout.delivery.example.com/web 1 20 AGE');
    const explained = plain(await k.ok('explain rollout.spec.strategy.canary'));
    // Kubernetes publishes `x-kubernetes-int-or-string` of custom kinds without a type, which kubectl calls an object.
    assert.match(explained, /^ maxSurge\t<Object>\n Copies above the wanted number/m);
    assert.match(explained, /^ steps\t<\[\]Object>$/m);
  });
  await t.test('what the schema forbids is refused with the texts of Kubernetes', async () => {
    const bad = { replicas: -1, strategy: { canary: {}, blueGreen: {} }, source: {} };
    const refused = await k.refused('create -f -', rollout('bad', bad));
    for (const text of [
      'The Rollout "bad" is invalid:',
      'spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0',
      '"spec.strategy" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      '"spec.source" must validate at least one schema (anyOf)',
    ]) {
      assert.ok(refused.includes(text), `"${text}" in\n${refused}`);
    }
    assert.match(
      await k.refused('create -f - --validate=strict', rollout('odd', { color: 'red' })),
      /strict decoding error: unknown field "spec\.color"/,
    );
    const structural = definition.replace('type: object', 'type: text');
    assert.match(await k.refused('apply -f -', structural), /Unsupported value: "text"/);
  });
  await t.test('server-side apply shares list maps', async () => {
    const env = (name: string, value: string) => rollout('shared', { env: [{ name, value }] });
    await k.ok('apply --server-side --field-manager=a -f -', env('A', '1'));
    await k.ok('apply --server-side --field-manager=b -f -', env('B', '2'));
    assert.equal(await k.field('ro shared', '.spec.env[*].name'), 'A B');
    assert.match(
      await k.refused('apply --server-side --field-manager=b -f -', env('A', '3')),
      /conflict with "a".*\n?.*\.spec\.env\[name="A"\]\.value/,
    );
  });
  await t.test('status, scale and selected fields', async () => {
    await k.ok(['patch', 'ro', 'web', '--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Healthy"}}']);
    assert.equal(await k.ok('scale ro web --replicas=4'), 'rollout.delivery.example.com/web scaled\n');
    assert.equal(await k.table('get ro web'), 'NAME DESIRED PHASE WEIGHTS AGE\nweb 4 Healthy 20 AGE');
    assert.match(plain(await k.ok('get ro web -o wide')), /^NAME DESIRED PHASE WEIGHTS AGE SOURCE\n.* https:\/\/git/);
    assert.equal(await k.ok('get ro --field-selector=spec.paused=true -o name'), 'rollout.delivery.example.com/web\n');
  });
  await t.test('everything is there after kill -9', async () => {
    await k.ok('create -f -', crontabs);
    await k.ok('wait --for condition=established --timeout=10s crd/crontabs.stable.example.com');
    await hub.stop('SIGKILL');
    await hub.start();
    assert.equal(await k.table('get ro web'), 'NAME DESIRED PHASE WEIGHTS AGE\nweb 4 Healthy 20 AGE');
    assert.equal(await k.ok('get crontabs -o name'), '');
  });
  await t.test('owners, namespaces and definitions take what belongs to them along', async () => {
    const uid = await k.field('ro web', '.metadata.uid');
    const owner = { apiVersion: 'delivery.example.com/v1', kind: 'Rollout', name: 'web', uid };
    const owned = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner] } };
    await k.ok('create -f -', JSON.stringify(owned));
    await k.ok('delete ro web');
    await k.ok('wait --for=delete cm/owned --timeout=10s');
    await k.ok('delete namespace custom --timeout=15s');
    assert.equal(await first.ok('get ro -A'), '');
    await first.ok('create -f -', rollout('last'));
    await first.ok('delete crd rollouts.delivery.example.com --timeout=15s');
    assert.match(
      await first.refused('get --raw /apis/delivery.example.com/v1'),
      /could not find the requested resource/,
    );
    assert.doesNotMatch(await first.ok('api-versions'), /delivery/);
  });
});
