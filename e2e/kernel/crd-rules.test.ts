import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';

const definition = readFileSync(join(import.meta.dirname, 'crd-rules.yaml'), 'utf8');

const database = (name: string, spec: object = {}) =>
  JSON.stringify({
    apiVersion: 'data.example.com/v1',
    kind: 'Database',
    metadata: { name },
    spec: { engine: 'postgres', ...spec },
  });

const minor = 36;
const path = kubectlPath(minor);
const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;

/** Kubernetes docs, "Extend the API with CustomResourceDefinitions: Validation rules" and KEP-4008. */
test('kubectl and the rules of custom resources', { skip, timeout: 60_000 }, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = await new Kubectl(path ?? '', hub).inNew('rules');
  await t.test('a definition with rules is served, and its rules are published', async () => {
    await k.ok('create -f -', definition);
    await k.ok('wait --for condition=established --timeout=10s crd/databases.data.example.com');
    const published = await k.ok('get --raw /openapi/v3/apis/data.example.com/v1');
    assert.match(
      published,
      /"x-kubernetes-validations":\[\{"message":"engine is immutable","rule":"self == oldSelf"\}\]|"x-kubernetes-validations":\[\{"rule":"self == oldSelf","message":"engine is immutable"\}\]/,
    );
  });
  await t.test('what rules refuse has the text, reason and field of Kubernetes', async () => {
    await k.ok('create -f -', database('good', { replicas: 3, storage: '1Gi', window: '2026-01-01T04:00:00Z' }));
    const bad = { minReplicas: 3, window: '2026-01-01T12:00:00Z', storage: 5 };
    const refused = await k.refused('create -f -', database('a-name-that-is-much-too-long', bad));
    for (const text of [
      'The Database "a-name-that-is-much-too-long" is invalid:',
      '* <nil>: Invalid value: names of databases have at most 20 characters',
      '* spec: Invalid value: failed rule: self.minReplicas <= self.replicas',
      '* spec.window: Forbidden: the window opens at 12h',
      '* spec.storage: Invalid value: 5: storage must be more than 100Mi',
    ]) {
      assert.ok(refused.includes(text), `"${text}" in\n${refused}`);
    }
  });
  await t.test('transition rules compare with what was there, items by their keys', async () => {
    const users = (...ranks: readonly (readonly [string, number])[]) => ({
      users: ranks.map(([name, rank]) => ({ name, rank })),
    });
    await k.ok('apply -f -', database('moving', users(['ada', 1], ['bob', 5])));
    await k.ok('apply -f -', database('moving', users(['bob', 6], ['ada', 2], ['eve', 0])));
    assert.match(
      await k.refused('apply -f -', database('moving', users(['bob', 5], ['ada', 2]))),
      /spec\.users\[0\]\.rank: Invalid value: \d+: ranks only rise/,
    );
    assert.match(
      await k.refused('apply -f -', database('moving', { engine: 'mysql' })),
      /The Database "moving" is invalid: spec\.engine: Invalid value: "[^"]*": engine is immutable/,
    );
  });
  await t.test('a rule that came later does not stop writes that leave what it forbids as it was', async () => {
    const rule =
      "- rule: self.endsWith('sql')\n                      message: SQL only\n                    - rule: self == oldSelf";
    await k.ok('apply -f -', definition.replace('- rule: self == oldSelf', rule));
    await k.ok('wait --for condition=established --timeout=10s crd/databases.data.example.com');
    assert.match(await k.ok('patch db good --type=merge -p {"spec":{"replicas":4}}'), /patched/);
    assert.match(await k.refused('create -f -', database('new')), /spec\.engine: Invalid value: "[^"]*": SQL only/);
  });
  await t.test('rules that do not compile or may cost too much are refused', async () => {
    const odd = definition.replace('self.minReplicas <= self.replicas', 'self.minReplica <= self.replicas');
    assert.match(
      await k.refused('apply -f -', odd),
      /spec\.validation\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: [\s\S]*: compilation failed: ERROR: <input>:1:5: undefined field 'minReplica'/,
    );
    const bomb = definition
      .replace(
        'maxItems: 20\n',
        'x-kubernetes-validations: [{ rule: "self.all(a, self.exists_one(b, a.name == b.name))" }]\n',
      )
      .replaceAll('databases', 'bombs');
    const refused = await k.refused('create -f -', bomb);
    assert.match(
      refused,
      /properties\[users\]\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try simplifying the rule/,
    );
    assert.match(
      refused,
      /spec\.validation\.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total/,
    );
  });
});
