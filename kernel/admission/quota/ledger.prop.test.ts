import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { resourceQuotaKind } from '../../kinds/resourcequota/type.ts';
import { isApiError } from '../../meta/errors.ts';
import { compareQuantities, parseQuantity, type Quantity, quantityOf, zeroQuantity } from '../../meta/quantity.ts';
import type { PendingView } from '../../ports/admission.ts';
import { body, openWorld, type Widget, type World, widget } from '../../registry/testing/world.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ResourceQuota } from '../../schema/standard/types.ts';
import { MemoryDisk } from '../../store/memory/memory-disk.ts';
import { QuotaLedger } from './ledger.ts';

const [gadgets, widgets, sizes] = [
  'count/gadgets.test.planform.dev',
  'count/widgets.test.planform.dev',
  'test.dev/size',
];
const durableAfterMs = 5;

/** A kind with amounts and a scope: red ones are BestEffort. */
const gadget: KindDefinition<Widget> = {
  ...widget,
  kind: 'Gadget',
  plural: 'gadgets',
  singular: 'gadget',
  quota: {
    uses: (resource) => resource === sizes,
    usage: ({ spec }) => new Map([[sizes, quantityOf(spec?.size ?? 0)]]),
    isInScope: ({ spec }, { scopeName }) => (scopeName === 'BestEffort') === (spec?.color === 'red'),
  },
};

type Operation =
  | { readonly what: 'put'; readonly kind: 'widget' | 'gadget'; readonly name: string; readonly size: number }
  | { readonly what: 'paint'; readonly name: string; readonly color: string }
  | { readonly what: 'delete'; readonly kind: 'widget' | 'gadget'; readonly name: string }
  | { readonly what: 'quota'; readonly name: string; readonly hard: Readonly<Record<string, string>> | undefined }
  | { readonly what: 'tryOut'; readonly size: number }
  | { readonly what: 'fill' | 'crash' | 'wait' };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const kind = fc.constantFrom<'widget' | 'gadget'>('widget', 'gadget');
const amount = fc.integer({ min: 0, max: 8 }).map(String);
const hard = fc.dictionary(fc.constantFrom(gadgets, widgets, sizes), amount, { maxKeys: 3 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ what: fc.constant('put' as const), kind, name, size: fc.integer({ min: 0, max: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('paint' as const), name, color: fc.constantFrom('red', 'blue') }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('delete' as const), kind, name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('quota' as const),
      name: fc.constantFrom('all', 'red'),
      hard: fc.option(hard, { nil: undefined, freq: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('tryOut' as const), size: fc.integer({ min: 0, max: 5 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom<'fill' | 'crash' | 'wait'>('fill', 'crash', 'wait', 'wait', 'wait', 'wait'),
    }),
  },
);

type UsedByQuota = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What quotas should say, counted the plain way. */
function recount(view: PendingView): UsedByQuota {
  const used = new Map<string, Readonly<Record<string, string>>>();
  for (const quota of view.list('resourcequotas') as Iterable<ResourceQuota>) {
    const isAboutRed = quota.spec?.scopes !== undefined;
    const found = [...(view.list('gadgets.test.planform.dev', 'default') as Iterable<Widget>)].filter(
      ({ spec }) => !isAboutRed || spec?.color === 'red',
    );
    const sums: Readonly<Record<string, number>> = {
      [gadgets]: found.length,
      [sizes]: found.reduce((sum, { spec }) => sum + (spec?.size ?? 0), 0),
      ...(isAboutRed ? {} : { [widgets]: [...view.list('widgets.test.planform.dev', 'default')].length }),
    };
    const limited = Object.keys(quota.spec?.hard ?? {}).filter((resource) => sums[resource] !== undefined);
    used.set(quota.metadata.name, Object.fromEntries(limited.map((resource) => [resource, String(sums[resource])])));
  }
  return used;
}

/** A registry whose ledger is compared with a recount at every step of its commit log. */
class QuotaWorld {
  readonly disk = new MemoryDisk();
  readonly #clock = new VirtualClock();
  #world: World | undefined;
  #calls: Promise<unknown>[] = [];

  get world(): World {
    assert.ok(this.#world !== undefined);
    return this.#world;
  }

  async open(): Promise<void> {
    const kinds = [gadget, resourceQuotaKind];
    const ledger = new QuotaLedger({ kinds: () => [...kinds, widget], clock: this.#clock });
    const world = await openWorld({ disk: this.disk, plugins: [ledger], kinds, durableAfterMs });
    this.#world = world;
    const { commits } = world.registry.core;
    const compare = () => {
      const expected = recount(commits.view);
      for (const quota of ['all', 'red']) assert.deepEqual(ledger.used('default', quota), expected.get(quota));
      return expected;
    };
    ledger.start(commits.view);
    let known = compare();
    commits.follow(ledger);
    commits.follow({
      follows: () => true,
      posted: ({ definition }, view) => {
        const used = compare();
        if (definition.plural !== 'resourcequotas') checkGrowth(view, known, used);
        known = used;
      },
      durable: () => void (known = compare()),
      takenBack: () => void (known = compare()),
    });
  }

  /** Starts an operation; calls run beside each other until something waits for them. */
  async run(next: Operation): Promise<void> {
    switch (next.what) {
      case 'wait':
        return this.settle();
      case 'fill':
        this.disk.fault = 'Full';
        await this.settle();
        this.disk.fault = undefined;
        return;
      case 'crash':
        this.disk.crash(Math.floor(this.disk.unansweredCount / 2));
        this.#calls = [];
        return this.open();
      default:
        this.#calls.push(this.#refusable(this.#call(next)));
    }
  }

  async settle(): Promise<void> {
    // Calls take a few steps to get to the store, and may start over when a commit is taken back.
    const calls = Promise.all(this.#calls);
    this.#calls = [];
    const progress = { isDone: false };
    void calls.then(() => (progress.isDone = true));
    for (let turn = 0; turn < 200 && !progress.isDone; turn++) await this.world.clock.advance(durableAfterMs);
    await calls;
  }

  async #call(next: Exclude<Operation, { readonly what: 'fill' | 'crash' | 'wait' }>): Promise<unknown> {
    const { world } = this;
    switch (next.what) {
      case 'put': {
        const definition = next.kind === 'widget' ? widget : gadget;
        const value = { metadata: { name: next.name }, spec: { size: next.size } };
        try {
          return await world.create(value, {}, definition);
        } catch (error) {
          if (!isApiError(error, 'AlreadyExists')) throw error;
          return patched(world, definition, next.name, { spec: { size: next.size } });
        }
      }
      case 'paint':
        return patched(world, gadget, next.name, { spec: { color: next.color } });
      case 'delete':
        return world.delete(next.name, {}, next.kind === 'widget' ? widget : gadget);
      case 'tryOut':
        return world.create({ metadata: { name: 'dry' }, spec: { size: next.size } }, { dryRun: true }, gadget);
      case 'quota':
        return putQuota(world, next.name, next.hard);
    }
  }

  /** Waits for a call that may be refused. What becomes of calls when the server crashes is nobody's business. */
  async #refusable(call: Promise<unknown>): Promise<void> {
    const { world } = this;
    try {
      await call;
    } catch (error) {
      const isExpected = isApiError(error, 'Forbidden', 'NotFound', 'AlreadyExists', 'InsufficientStorage', 'Conflict');
      if (this.#world === world && !isExpected) throw error;
    }
  }
}

/** Calls stay with the world they began in: in the one after a crash nobody would wait for them. */
function patched(world: World, definition: KindDefinition, object: string, patch: object): Promise<unknown> {
  const target = world.at(object, '', definition);
  return world.registry.resources.patch(world.context(), target, { type: 'merge', body: body(patch).value }, {});
}

async function putQuota(
  world: World,
  quota: string,
  limits: Readonly<Record<string, string>> | undefined,
): Promise<unknown> {
  if (limits === undefined) return world.delete(quota, {}, resourceQuotaKind);
  const scopes = quota === 'red' ? { scopes: ['BestEffort'] } : {};
  try {
    return await world.create({ metadata: { name: quota }, spec: { hard: limits, ...scopes } }, {}, resourceQuotaKind);
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
    return patched(world, resourceQuotaKind, quota, { spec: { hard: { ...nothing, ...limits } } });
  }
}

/** What a write adds fits under the limit; only a limit that was lowered may be passed. */
function checkGrowth(view: PendingView, before: UsedByQuota, after: UsedByQuota): void {
  for (const [quota, amounts] of after) {
    const limits = (view.get('resourcequotas', 'default', quota) as ResourceQuota).spec?.hard ?? {};
    for (const [resource, text] of Object.entries(amounts)) {
      const grows = compareQuantities(read(text), read(before.get(quota)?.[resource])) > 0;
      if (grows) assert.ok(compareQuantities(read(text), read(limits[resource])) <= 0, `${quota} ${resource}: ${text}`);
    }
  }
}

/** Takes away every limit a merge patch does not name. */
const nothing = { [gadgets]: null, [widgets]: null, [sizes]: null };

function read(text: string | undefined): Quantity {
  return parseQuantity(text ?? '0') ?? zeroQuantity;
}

test('the ledger is what a recount finds at every step, and nothing gets past a limit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 120, maxLength: 160 }), async (operations) => {
      const world = new QuotaWorld();
      await world.open();
      await world.run({ what: 'quota', name: 'all', hard: { [gadgets]: '4', [widgets]: '4', [sizes]: '9' } });
      for (const one of operations) await world.run(one);
      await world.settle();
      await world.world.registry.close();
    }),
    { numRuns: 80 },
  );
});
