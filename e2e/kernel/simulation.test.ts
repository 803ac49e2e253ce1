import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

const path = kubectlPath(36);
const skip = path === undefined ? 'kubectl 1.36 is not on this machine: run tools/e2e-setup.sh' : false;

test('kubectl runs pods on nodes that are only objects', { skip }, async () => {
  await using hub = await Hub.start({ subcommand: 'kernel', flags: ['--simulate-nodes', '2'] });
  const k = new Kubectl(path ?? '', hub);
  await k.ok('wait node --all --for=condition=Ready --timeout=10s');
  assert.match(
    await k.table('get nodes'),
    /^NAME STATUS ROLES AGE VERSION\nnode-0 Ready <none> AGE v\S+\nnode-1 Ready <none> AGE v\S+$/,
  );
  const described = plain(await k.ok('describe node node-0'));
  assert.match(described, /^Lease:\n HolderIdentity: node-0$/m);

  assert.equal(await k.ok('run web --image=nginx:1'), 'pod/web created\n');
  assert.equal(await k.ok('wait pod/web --for=condition=Ready --timeout=10s'), 'pod/web condition met\n');
  assert.match(
    await k.table('get pods -o wide'),
    /^NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\nweb 1\/1 Running 0 AGE 10\.64\.0\.1 node-0 <none> <none>$/,
  );
  assert.match(
    plain(await k.ok('describe pod web')),
    /^ Normal Scheduled AGE .* Successfully assigned default\/web to node-0$/m,
  );

  await k.ok('run once --image=busybox --restart=Never');
  await k.ok('wait pod/once --for=jsonpath={.status.phase}=Succeeded --timeout=10s');
  assert.match(await k.table('get pod once'), /\nonce 0\/1 Completed 0 AGE$/);

  await hub.stop('SIGKILL');
  await hub.start();
  assert.match(await k.table('get pod web'), /\nweb 1\/1 Running 0 AGE$/);
  assert.match(await k.ok('delete pod web once'), /^pod "web" deleted/);
  assert.equal(await k.ok('get pods --ignore-not-found'), '');

  await k.ok('run moved --image=nginx:1');
  await k.ok('wait pod/moved --for=condition=Ready --timeout=10s');
  const node = await k.field('pod moved', '.spec.nodeName');
  assert.match(
    await k.ok(`drain ${node} --force`),
    /^evicting pod default\/moved\npod\/moved evicted\nnode\/node-\d drained$/m,
  );
  assert.match(await k.table(`get node ${node}`), /Ready,SchedulingDisabled/);
});
