import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Place, QueueSet } from './queue-set.ts';

interface Work {
  /** Also its queue: hands have one card and there are more queues than flows. */
  readonly flow: number;
  readonly seats: number;
  readonly serviceMs: number;
}

/** A level on a clock of its own: what got seats ends after its service time. */
class World {
  readonly set: QueueSet;
  readonly started: Work[] = [];
  nowMs = 0;
  readonly #running: { readonly place: Place; readonly endMs: number }[] = [];

  constructor(limit: number, queueLengthMax: number) {
    this.set = new QueueSet({ queues: 64, handSize: 1, queueLengthMax }, limit);
  }

  offer(work: Work): Place | undefined {
    const start = (place: Place) => {
      this.started.push(work);
      this.#running.push({ place, endMs: this.nowMs + work.serviceMs });
    };
    return this.set.enqueue({ seats: work.seats, start }, BigInt(work.flow), this.nowMs);
  }

  /** Ends the request that ends next. @returns false when none runs. */
  step(): boolean {
    this.#running.sort((a, b) => a.endMs - b.endMs);
    const next = this.#running.shift();
    if (next === undefined) return false;
    this.nowMs = next.endMs;
    this.set.finish(next.place, this.nowMs);
    return true;
  }
}

const works = fc.array(
  fc.record({
    flow: fc.integer({ min: 0, max: 9 }),
    seats: fc.integer({ min: 1, max: 6 }),
    serviceMs: fc.integer({ min: 0, max: 50 }),
  }),
  { minLength: 1, maxLength: 120 },
);

test('QueueSet starves nobody: whatever waits is served, within its seats', () => {
  fc.assert(
    fc.property(works, fc.integer({ min: 1, max: 8 }), (offered, limit) => {
      const world = new World(limit, 1_000);
      for (const work of offered) {
        world.offer(work);
        // A request wider than the level runs alone.
        assert.ok(world.set.seatsInUse <= limit || world.set.executingCount === 1);
      }
      while (world.step()) assert.ok(world.set.seatsInUse <= limit || world.set.executingCount === 1);
      assert.equal(world.started.length, offered.length);
      assert.deepEqual([world.set.waitingCount, world.set.waitingSeats, world.set.seatsInUse], [0, 0, 0]);
      assert.equal([...world.set.busyQueues].length, 0);
    }),
  );
});

test('QueueSet never starts while a seat is missing and never waits while the next in line would fit', () => {
  fc.assert(
    fc.property(works, fc.integer({ min: 1, max: 8 }), (offered, limit) => {
      const world = new World(limit, 1_000);
      for (const work of offered) {
        world.offer(work);
        if (world.set.waitingCount === 0) continue;
        const heads = [...world.set.busyQueues].flatMap(({ waiting: [oldest] }) => oldest?.request.seats ?? []);
        assert.ok(heads.some((seats) => world.set.seatsInUse + seats > limit));
      }
    }),
  );
});

test('QueueSet serves flows that always wait alike, within one request', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 8 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 8, maxLength: 8 }),
      (flowCount, serviceMs, burstSizes) => {
        const world = new World(1, 1_000);
        // Whoever sends more at once, and first, gets no more than others.
        for (let flow = 0; flow < flowCount; flow++)
          for (let sent = 0; sent < 40 + (burstSizes[flow] ?? 0); sent++) world.offer({ flow, seats: 1, serviceMs });
        const counts = Array.from({ length: flowCount }, () => 0);
        for (let round = 0; round < flowCount * 30; round++) {
          world.step();
          for (let flow = 0; flow < flowCount; flow++)
            counts[flow] = world.started.filter((work) => work.flow === flow).length;
          assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('QueueSet divides time, not requests: a flow of slow ones gets fewer', () => {
  const world = new World(1, 1_000);
  for (let sent = 0; sent < 400; sent++) {
    world.offer({ flow: 1, seats: 1, serviceMs: 30 });
    world.offer({ flow: 2, seats: 1, serviceMs: 3 });
  }
  while (world.nowMs < 2_000) world.step();
  const timeOf = (flow: number) =>
    world.started.filter((work) => work.flow === flow).reduce((sum, { serviceMs }) => sum + serviceMs, 0);
  assert.ok(Math.abs(timeOf(1) - timeOf(2)) <= 2 * 30, `${timeOf(1)} and ${timeOf(2)} ms`);
});

test('QueueSet bounds its queues', () => {
  fc.assert(
    fc.property(works, fc.integer({ min: 1, max: 5 }), (offered, lengthMax) => {
      const world = new World(2, lengthMax);
      for (const work of offered) {
        const place = world.offer(work);
        const queue = [...world.set.busyQueues].find(({ index }) => index === work.flow);
        assert.ok((queue?.waiting.length ?? 0) <= lengthMax);
        if (place === undefined) assert.equal(queue?.waiting.length, lengthMax);
      }
    }),
  );
});

test('QueueSet forgets requests that gave up', () => {
  fc.assert(
    fc.property(works, fc.array(fc.nat(119)), (offered, cancelled) => {
      const world = new World(2, 1_000);
      const places = offered.map((work) => world.offer(work));
      let gone = 0;
      for (const index of cancelled) {
        const place = places[index];
        if (place !== undefined && world.set.cancel(place, world.nowMs)) gone++;
      }
      while (world.step());
      assert.equal(world.started.length, offered.length - gone);
      assert.deepEqual([world.set.waitingCount, world.set.waitingSeats, world.set.seatsInUse], [0, 0, 0]);
    }),
  );
});

test('QueueSet takes free seats without a queue only while nobody waits', () => {
  const world = new World(2, 10);
  assert.ok(world.set.tryStart(1));
  assert.ok(world.set.tryStart(1));
  assert.ok(!world.set.tryStart(1));
  world.offer({ flow: 1, seats: 2, serviceMs: 5 });
  world.set.end(1, 1);
  assert.ok(!world.set.tryStart(1), 'somebody waits for the seat that is free');
  world.set.end(1, 1);
  assert.equal(world.started.length, 1);
});

test('QueueSet without queues refuses what finds no seat', () => {
  const set = new QueueSet(undefined, 1);
  assert.ok(set.tryStart(1));
  assert.equal(set.enqueue({ seats: 1, start: () => assert.fail() }, 1n, 0), undefined);
});
