import assert from 'node:assert/strict';
import type { Kubectl } from '../kubectl.ts';
import { plain } from '../plain.ts';
import { deployment, type Facts, type Scenario } from './scenario.ts';

/** Kinds that kubectl has commands of their own for. */
export const kindScenarios: readonly Scenario[] = [
  { name: 'makes jobs', sinceMinor: 21, run: jobs },
  { name: 'makes ingresses', run: ingresses },
  { name: 'makes disruption budgets', sinceMinor: 22, run: disruptionBudgets },
  { name: 'makes quotas', run: quotas },
  { name: 'makes priority classes', run: priorityClasses },
  { name: 'scales by load', run: autoscaling },
];

async function jobs(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('create job once --image=busybox -- true'), 'job.batch/once created\n');
  assert.match(await k.table('get jobs'), /^NAME STATUS COMPLETIONS DURATION AGE\nonce \S+ 0\/1 /);
  assert.equal(await k.field('job once', '.spec.template.spec.restartPolicy'), 'Never');
  const cron = ['create', 'cronjob', 'nightly', '--image=busybox', '--schedule=0 3 * * *'];
  assert.equal(await k.ok(cron), 'cronjob.batch/nightly created\n');
  assert.match(
    await k.table('get cronjobs'),
    /^NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE\nnightly 0 3 \* \* \* <none> False 0 <none> AGE$/,
  );
  assert.equal(await k.ok('create job again --from=cronjob/nightly'), 'job.batch/again created\n');
  assert.equal(await k.field('job again', '.metadata.ownerReferences[0].name'), 'nightly');
}

async function ingresses(k: Kubectl): Promise<void> {
  assert.equal(
    await k.ok('create ingress web --class=edge --rule=example.com/path*=web:8080,tls=web-tls'),
    'ingress.networking.k8s.io/web created\n',
  );
  assert.match(await k.table('get ingress'), /^NAME CLASS HOSTS ADDRESS PORTS AGE\nweb edge example\.com 80, 443 AGE$/);
  assert.match(plain(await k.ok('describe ingress web')), /^ example\.com\n \/path web:8080/m);
}

async function disruptionBudgets(k: Kubectl): Promise<void> {
  assert.equal(
    await k.ok('create pdb web --selector=app=web --min-available=50%'),
    'poddisruptionbudget.policy/web created\n',
  );
  assert.equal(
    await k.table('get pdb'),
    'NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE\nweb 50% N/A 0 AGE',
  );
}

async function quotas(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('create quota small --hard=pods=2,cpu=1'), 'resourcequota/small created\n');
  assert.equal(await k.field('quota small', '.spec.hard'), '{"cpu":"1","pods":"2"}');
  assert.match(await k.ok('describe quota small'), /^Name: +small$/m);
}

async function priorityClasses(k: Kubectl): Promise<void> {
  const name = `high-${k.namespace}`;
  assert.equal(
    await k.ok(`create priorityclass ${name} --value=1000 --description=urgent`),
    `priorityclass.scheduling.k8s.io/${name} created\n`,
  );
  assert.equal(await k.field(`priorityclass ${name}`, '.value'), '1000');
}

async function autoscaling(k: Kubectl, { minor }: Facts): Promise<void> {
  await k.ok('create -f -', deployment('web'));
  const flags = minor < 34 ? '--cpu-percent=80' : '--cpu=80%';
  assert.equal(
    await k.ok(`autoscale deployment web --min=2 --max=5 ${flags}`),
    'horizontalpodautoscaler.autoscaling/web autoscaled\n',
  );
  assert.match(
    await k.table('get hpa'),
    /^NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE\nweb Deployment\/web \S+ ?<unknown>\/80% 2 5 0 AGE$/,
  );
  assert.match(plain(await k.ok('describe hpa web')), /^Reference: Deployment\/web$/m);
}
