import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../kernel/base/random.ts';
import { Hub } from '../kernel/hub.ts';
import { eventually } from '../world.ts';
import { connect, Follower, list, Writer } from './kernel-clients.ts';
import { Ledger } from './kernel-ledger.ts';

const laneCount = 2;
const killsPerLane = 52;
const connectionCount = 3;
const writersPerConnection = 4;
/** A hub under load lives that long, milliseconds. */
const lifeMs = { min: 20, max: 320 };
/** Every so many kills, another one hits the hub while it starts. */
const killsPerStartKill = 6;
const startKillMsMax = 400;

test(`kill -9 of a hub under write load, ${laneCount * killsPerLane} times`, async (t) => {
  const lanes = Array.from({ length: laneCount }, (_, lane) => killRepeatedly(lane));
  const results = await Promise.all(lanes);
  report(t, results);
  const acknowledged = results.reduce((sum, result) => sum + result.acknowledgedCount, 0);
  assert.ok(acknowledged > 500, `Only ${acknowledged} writes were acknowledged: this shows nothing`);
});

interface LaneResult {
  readonly acknowledgedCount: number;
  readonly eventCount: number;
}

function report(t: TestContext, results: readonly LaneResult[]): void {
  for (const { acknowledgedCount, eventCount } of results) {
    t.diagnostic(`${killsPerLane} kills: ${acknowledgedCount} acknowledged writes, ${eventCount} watch events`);
  }
}

async function killRepeatedly(lane: number): Promise<LaneResult> {
  const random = seededRandom(lane + 1);
  const ledger = new Ledger();
  const writers = Array.from(
    { length: connectionCount * writersPerConnection },
    (_, index) => new Writer(`w${index}`, ledger, random),
  );
  await using hub = await Hub.prepare();
  let follower: Follower | undefined;
  for (let kill = 0; kill < killsPerLane; kill++) {
    if (kill % killsPerStartKill === killsPerStartKill - 1)
      await killWhileStarting(hub, random.nextFloat() * startKillMsMax);
    await hub.start();
    const session = await connect(hub);
    const { tokens, revision } = await list(session);
    ledger.settle(tokens);
    for (const writer of writers) writer.adopt(tokens);
    follower ??= new Follower(revision);
    assert.ok(revision >= follower.last, `The head ${revision} is not before ${follower.last}`);
    const following = follower.follow(session);
    const writing = await startWriters(hub, writers);
    await delay(lifeMs.min + random.nextFloat() * (lifeMs.max - lifeMs.min));
    await hub.stop('SIGKILL');
    await Promise.all([following, ...writing]);
    assert.deepEqual(follower.problems, []);
  }
  assert.ok(follower !== undefined);
  await checkEnd(hub, ledger, follower);
  return { acknowledgedCount: ledger.acknowledgedCount, eventCount: follower.seen.length };
}

async function startWriters(hub: Hub, writers: readonly Writer[]): Promise<readonly Promise<void>[]> {
  const sessions = await Promise.all(Array.from({ length: connectionCount }, () => connect(hub)));
  return sessions.flatMap((session, index) =>
    writers.filter((_, writer) => writer % connectionCount === index).map((writer) => writer.run(session)),
  );
}

async function killWhileStarting(hub: Hub, afterMs: number): Promise<void> {
  const starting = Promise.allSettled([hub.start()]);
  await delay(afterMs);
  await hub.stop('SIGKILL');
  await starting;
}

/** The watch catches up with the last state; then everything it ever reported is compared with what was written. */
async function checkEnd(hub: Hub, ledger: Ledger, follower: Follower): Promise<void> {
  await hub.start();
  const session = await connect(hub);
  const { tokens } = await list(session);
  ledger.settle(tokens);
  const following = follower.follow(session);
  const last = new Writer('end', ledger, seededRandom(0));
  assert.ok(await last.write(session));
  await eventually('the watch has caught up', 10_000, () =>
    follower.seen.some(({ name }) => name === 'end-0') ? true : undefined,
  );
  await hub.stop();
  await following;
  ledger.checkWatch(follower.seen);
}
