import { differences } from './convergence.ts';
import { Faults } from './faults.ts';
import { Users } from './users.ts';
import { type Violation, World, type WorldOptions } from './world.ts';

/** How a run of one seed ended. */
export interface RunResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Digest of the trace: the same for every run of the same seed. */
  readonly digest: string;
  /** Last lines of the trace. */
  readonly tail: readonly string[];
  readonly virtualMs: number;
  readonly actions: number;
  readonly acknowledged: number;
  readonly faults: number;
  readonly crashes: number;
  readonly requests: number;
}

/** Longest time without faults until everything must be as asked for, milliseconds. */
const convergeMsMax = 8 * 60_000;
/** What has converged must stay so. */
const staysMs = 10_000;
const lookMs = 1_000;

/** Runs one seed: a calm start, a time of faults and changes, then peace, in which the world must converge. */
export async function runSeed(options: WorldOptions): Promise<RunResult> {
  const world = new World(options);
  const users = new Users(world);
  const faults = new Faults(world, users);
  world.hub.start();
  for (const { machine } of world.sites) machine.start();
  void users.settleIn();
  await world.run(4_000);
  await faults.rage();
  faults.cease();
  await converge(world, users);
  for (const { witness } of [world.hub, ...world.sites.map((site) => site.machine)])
    witness.checkPromises('at the end');
  const machines = [world.hub, ...world.sites.map((site) => site.machine)];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    seed: options.seed,
    violation: world.violation,
    digest: world.trace.digest,
    tail: world.trace.tail,
    virtualMs: world.timeline.nowMs,
    actions: users.actionCount,
    acknowledged: sum(machines.map(({ witness }) => witness.acknowledgedCount)),
    faults: faults.count,
    crashes: sum(machines.map(({ crashCount }) => crashCount)),
    requests: sum(world.sites.map(({ link }) => link.counts.requests)),
  };
}

async function converge(world: World, users: Users): Promise<void> {
  const deadlineMs = world.timeline.nowMs + convergeMsMax;
  let calmMs = 0;
  let found: readonly string[] = [];
  while (world.violation === undefined && calmMs < staysMs) {
    await world.run(lookMs);
    found = differences(world, users);
    calmMs = found.length === 0 ? calmMs + lookMs : 0;
    if (world.timeline.nowMs < deadlineMs || found.length === 0) continue;
    world.violate('Converges', `${convergeMsMax / 60_000} min after the last fault:\n  ${found.join('\n  ')}`);
  }
}
