import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deploymentKind } from './deployment/type.ts';
import { serviceKind } from './service/type.ts';
import { SiteWorld, webDeployment, webService } from './testing/site-world.ts';

/** What can happen to a site. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 8_000 }) }),
    fc.record({ kind: fc.constantFrom('kill' as const, 'reboot' as const, 'restart' as const) }),
    fc.record({ kind: fc.constant('exit' as const), index: fc.nat({ max: 5 }) }),
    fc.record({ kind: fc.constant('scale' as const), replicas: fc.nat({ max: 4 }) }),
  ),
  { maxLength: 12 },
);

/** No container runs twice, and no run was started twice. */
function assertNoTwins(world: SiteWorld): void {
  const names = world.running.map(({ podUid, containerName }) => `${podUid}/${containerName}`);
  assert.equal(new Set(names).size, names.length, 'a container runs twice');
  for (const [id, count] of world.host.startCounts) assert.equal(count, 1, `${id} was started twice`);
}

test('whatever happens to agent, host and programs: nothing runs twice, and in the end what is wanted runs', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      await using world = await SiteWorld.start({ programFor: () => ({ onTerm: { afterMs: 700 } }) });
      await world.create(deploymentKind, webDeployment());
      await world.create(serviceKind, webService);
      let version = 0;
      for (const step of taken) {
        if (step.kind === 'time') await world.clock.advance(step.ms);
        const victim = step.kind === 'exit' ? world.running[step.index] : undefined;
        if (victim !== undefined) world.host.exit(victim.id, 1);
        if (step.kind === 'scale') await world.patch(deploymentKind, 'web', { spec: { replicas: step.replicas } });
        if (step.kind === 'restart') {
          const annotations = { 'kubectl.kubernetes.io/restartedAt': String(++version) };
          await world.patch(deploymentKind, 'web', { spec: { template: { metadata: { annotations } } } });
        }
        if (step.kind === 'kill' || step.kind === 'reboot') {
          await world.killAgent();
          if (step.kind === 'reboot') world.host.reboot();
          await world.startAgent();
        }
        assertNoTwins(world);
      }
      await world.clock.advance(400_000);
      assertNoTwins(world);
      const { spec, status } = await world.deployment();
      assert.deepEqual(
        [
          status?.readyReplicas ?? 0,
          status?.updatedReplicas ?? 0,
          world.host.containers.filter((run) => run.status === 'running').length,
        ],
        [spec?.replicas, spec?.replicas, spec?.replicas],
      );
      const address = (await world.service()).spec?.clusterIP ?? '';
      assert.equal(world.proxy.backendsOf(address, 80)?.length, spec?.replicas);
    }),
    { numRuns: 10 },
  );
});
