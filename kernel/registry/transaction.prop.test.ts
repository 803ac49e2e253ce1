import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { QuotaLedger } from '../admission/quota/ledger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { resourceQuotaKind } from '../kinds/resourcequota/type.ts';
import { ApiError, isApiError } from '../meta/errors.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';
import type { TransactionItem } from '../ports/resources.ts';
import { MemoryDisk } from '../store/memory/memory-disk.ts';
import { body, openWorld, type Widget, widget, type World } from './testing/world.ts';

/** Milliseconds a commit takes: transactions overlap. */
const durableAfterMs = 5;
/** Objects the quota allows. */
const quotaMax = 5;

interface Change {
  readonly name: string;
  readonly what: 'put' | 'patch' | 'delete' | 'invalid' | 'forbidden';
  readonly color: string;
}

interface Turn {
  readonly changes: readonly Change[];
  readonly dryRun: boolean;
  /** What follows waits for the answer. */
  readonly waits: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  what: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('put' as const, 'patch' as const, 'delete' as const) },
    { weight: 1, arbitrary: fc.constantFrom('invalid' as const, 'forbidden' as const) },
  ),
  color: fc.constantFrom('x', 'y', 'z'),
});
const turn: fc.Arbitrary<Turn> = fc.record({
  changes: fc.uniqueArray(change, { minLength: 1, maxLength: 5, selector: ({ name }) => name }),
  dryRun: fc.constantFrom(false, false, false, true),
  waits: fc.boolean(),
});

/** Refuses in the commit step. */
const grudge: AdmissionPlugin = {
  name: 'grudge',
  handles: ({ definition }) => definition === widget,
  commit(object) {
    const { spec } = (object ?? {}) as Partial<Widget>;
    if (spec?.color === 'forbidden') throw new ApiError('Forbidden', 'not this colour');
  },
};

function itemOf(world: World, { name, what, color }: Change): TransactionItem {
  const target = world.at(name);
  switch (what) {
    case 'delete':
      return { verb: 'delete', target, options: {} };
    case 'patch':
      return { verb: 'patch', target, patch: { type: 'merge', body: { spec: { color } } }, options: {} };
    default: {
      const spec = what === 'invalid' ? { size: -1 } : { color: what === 'forbidden' ? 'forbidden' : color };
      const value = body({ metadata: { name }, spec });
      return { verb: 'apply', target, body: value, options: { fieldManager: 'me', force: true } };
    }
  }
}

type State = ReadonlyMap<string, string>;

/** What a transaction does to a state; `undefined` when it must be refused. */
function modelled(state: State, changes: readonly Change[]): State | undefined {
  const next = new Map(state);
  for (const { name, what, color } of changes) {
    if (what === 'invalid' || what === 'forbidden') return undefined;
    if (what !== 'put' && !next.has(name)) return undefined;
    if (what === 'delete') next.delete(name);
    else next.set(name, color);
    if (next.size > quotaMax) return undefined;
  }
  return next;
}

async function listed(world: World): Promise<State> {
  const { items } = await world.registry.resources.list(world.context(), world.at(''), {});
  return new Map(
    items.map((item) => item.parsed() as Widget).map(({ metadata, spec }) => [metadata.name, spec?.color ?? '']),
  );
}

test('random transactions do all or nothing, never pass a quota, and nobody ever sees a part of one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 12 }), fc.nat(12), async (turns, crashAt) => {
      const disk = new MemoryDisk();
      const ledger = new QuotaLedger({ kinds: () => [widget, resourceQuotaKind], clock: new VirtualClock() });
      const world = await openWorld({ disk, plugins: [grudge, ledger], kinds: [resourceQuotaKind], durableAfterMs });
      const { commits } = world.registry.core;
      ledger.start(commits.view);
      commits.follow(ledger);
      const hard = { 'count/widgets.test.planform.dev': String(quotaMax) };
      const quota = world.create({ metadata: { name: 'q' }, spec: { hard } }, {}, resourceQuotaKind);
      await world.clock.advance(durableAfterMs);
      await quota;
      // Every state that may ever be seen, and the one that everything posted leads to.
      const states: State[] = [new Map()];
      let posted: State = new Map();
      const pending: Promise<void>[] = [];
      const violations: string[] = [];
      for (const [index, { changes, dryRun, waits }] of turns.entries()) {
        const items = changes.map((one) => itemOf(world, one));
        const before = posted;
        const after = modelled(before, changes);
        const run = world.registry.resources.transact(world.context(), items, { dryRun });
        // Decisions take turns of the event loop; the commit step of one must be over before the next is modelled.
        for (let ticks = 0; ticks < 60; ticks++) await Promise.resolve();
        if (after !== undefined && !dryRun) states.push((posted = after));
        const shown = JSON.stringify(changes);
        const outcome = run.then(
          () => void (after === undefined && violations.push(`should be refused: ${shown}`)),
          (error: unknown) => {
            if (after !== undefined || !isApiError(error)) violations.push(`${String(error)}: ${shown}`);
          },
        );
        pending.push(outcome);
        assert.equal(ledger.used('default', 'q')?.['count/widgets.test.planform.dev'], String(posted.size));
        if (waits) {
          await world.clock.advance(durableAfterMs * 3);
          await Promise.all(pending);
        }
        const seen = await listed(world);
        assert.ok(
          states.some((state) => sameState(state, seen)),
          'A reader sees the state after some transaction',
        );
        if (index === crashAt) break;
      }
      assert.deepEqual(violations, []);
      // What a crash leaves is the state after some transaction, too: commits are on the disk as a whole or not at all.
      disk.crash(disk.unansweredCount / 2);
      const again = await openWorld({ disk, kinds: [resourceQuotaKind] });
      const left = await listed(again);
      assert.ok(
        states.some((state) => sameState(state, left)),
        'After a crash, too',
      );
      await again.registry.close();
    }),
    { numRuns: 150 },
  );
});

function sameState(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([name, color]) => b.get(name) === color);
}
