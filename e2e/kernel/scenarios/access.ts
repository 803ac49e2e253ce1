import assert from 'node:assert/strict';
import type { Kubectl } from '../kubectl.ts';
import { plain } from '../plain.ts';
import type { Scenario } from './scenario.ts';

/** Who one is and what one may do. */
export const accessScenarios: readonly Scenario[] = [
  { name: 'asks what it may do', run: rights },
  { name: 'asks who it is', sinceMinor: 28, run: identity },
  { name: 'gives rights', run: granting },
];

async function rights(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('auth can-i delete pods'), 'yes\n');
  assert.equal(await k.ok('auth can-i get /metrics'), 'yes\n');
  assert.deepEqual(await k.run('auth can-i delete pods --as=somebody'), { code: 1, stdout: 'no\n', stderr: '' });
  assert.equal(await k.ok('auth can-i delete pods --as=somebody --as-group=system:masters'), 'yes\n');
  assert.equal(
    await k.refused('get pods --as=somebody'),
    `Error from server (Forbidden): pods is forbidden: User "somebody" cannot list resource "pods" in API group "" in the namespace "${k.namespace}"`,
  );
}

async function identity(k: Kubectl): Promise<void> {
  const who = plain(await k.ok('auth whoami'));
  assert.match(who, /^ATTRIBUTE VALUE\nUsername admin\nGroups \[system:masters system:authenticated\]\n/);
  assert.match(
    plain(await k.ok('auth whoami --as=ann --as-group=ops')),
    /\nUsername ann\nGroups \[ops system:authenticated\]$/,
  );
}

async function granting(k: Kubectl): Promise<void> {
  for (const [args, answer] of [
    ['create role reader --verb=get,list --resource=pods', 'role.rbac.authorization.k8s.io/reader created\n'],
    ['create rolebinding ann --role=reader --user=ann', 'rolebinding.rbac.authorization.k8s.io/ann created\n'],
  ] as const) {
    assert.equal(await k.ok(args), answer);
  }
  assert.equal(await k.ok('auth can-i list pods --as=ann'), 'yes\n');
  assert.equal((await k.run('auth can-i list pods --as=bob')).stdout, 'no\n');
  assert.equal((await k.run('auth can-i list pods --as=ann -n default')).stdout, 'no\n');
  assert.equal(
    await k.refused('create configmap c --as=ann').then((text) => text.slice(text.indexOf('configmaps is'))),
    `configmaps is forbidden: User "ann" cannot create resource "configmaps" in API group "" in the namespace "${k.namespace}"`,
  );
  const wider = (await k.ok('get role reader -o json')).replace('"list"', '"list", "watch"');
  assert.match(await k.ok('auth reconcile -f -', wider), /^role\.rbac\.authorization\.k8s\.io\/reader reconciled$/m);
  assert.equal(await k.ok('auth can-i watch pods --as=ann'), 'yes\n');
  assert.match(plain(await k.ok('describe role reader')), /^ pods \[\] \[\] \[(get list watch|watch get list)\]$/m);
}
