import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { UserInfo } from '../../ports/auth.ts';
import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import { type Flow, type FlowArrival, type Refusal, Seats } from './flow.ts';
import { flowHash } from './hand.ts';
import { FlowStatistics, type RejectReason } from './flow-statistics.ts';
import { divideAmong, Level, setBounds } from './level.ts';
import { matchesRule, rulesFor } from './match.ts';
import type { Place } from './queue-set.ts';
import { estimateSeats, type ResourceSize } from './work-estimate.ts';

/** The objects that configure flow control. */
export interface FlowConfiguration {
  readonly schemas: readonly FlowSchema[];
  readonly levels: readonly PriorityLevelConfiguration[];
}

/** What `FlowControl` is made of. */
export interface FlowControlOptions {
  readonly clock: Clock;
  /** Seats of the server: 1 or more. */
  readonly seats: number;
  /** What holds while no object says otherwise: at least the schemas and levels `exempt` and `catch-all`. */
  readonly mandatory: FlowConfiguration;
  readonly sizeOf: (group: string, plural: string) => ResourceSize | undefined;
}

/** Longest time a request waits for its seats (kube-apiserver: a quarter of `--request-timeout`). */
const waitMsMax = 15_000;
/** Time between two divisions of the seats (Kubernetes `borrowingAdjustmentPeriod`). */
const divideEveryMs = 10_000;
/** Demand below which a level at rest has forgotten what it needed, seats. */
const demandAtRest = 0.01;

/**
 * API priority and fairness (Kubernetes KEP-1040): every request belongs to the first FlowSchema that matches it, takes seats
 * of its priority level while it is answered, waits in the queues of that level while they are taken, and is refused when
 * they are full. `kernel/server/flowcontrol/README.md` says what a seat is here.
 */
export class FlowControl {
  readonly #options: FlowControlOptions;
  #levels = new Map<string, Level>();
  #flows: readonly Flow[] = [];
  #statistics = new Map<string, FlowStatistics>();
  /** Flows and rules that are about a user; users are the same objects from request to request. */
  #flowsOfUser = new WeakMap<UserInfo, readonly [Flow, readonly PolicyRulesWithSubjects[]][]>();
  /** Requests that have seats or wait; for dumps. */
  readonly #requests = new Set<Seats>();
  /** Requests that have their answer; they give their seats back at the end of the turn. */
  #ending: Seats[] = [];
  #isDividing = false;
  #proportion = 0;

  /** Gives seats back: those of a level that is limited with the turn of the event loop in which the answer was made. */
  readonly #end = (seats: Seats): void => {
    if (seats.flow.level.isExempt) return this.#giveBack(seats);
    this.#ending.push(seats);
    if (this.#ending.length > 1) return;
    void this.#options.clock.yieldToOthers().then(() => {
      const ended = this.#ending;
      this.#ending = [];
      for (const one of ended) this.#giveBack(one);
    });
  };

  constructor(options: FlowControlOptions) {
    assert(options.seats >= 1, 'A server has seats');
    this.#options = options;
    this.configure(options.mandatory);
  }

  /** All levels, those included that still have requests but no configuration any more. */
  get levels(): readonly Level[] {
    return [...this.#levels.values()];
  }

  /** All flows, in the order in which they are tried. */
  get flows(): readonly Flow[] {
    return this.#flows;
  }

  /** Requests that have seats or wait for them. */
  get requests(): Iterable<Seats> {
    return this.#requests;
  }

  /** The proportion of its target that a level gets which no bound holds. */
  get proportion(): number {
    return this.#proportion;
  }

  /** Takes new objects. Requests that wait go on waiting where they are; schemas without their level are left out. */
  configure({ schemas, levels }: FlowConfiguration): void {
    const nowMs = this.#options.clock.monotonicMs();
    const { mandatory } = this.#options;
    this.#setLevels([...levels, ...missing(mandatory.levels, levels)], nowMs);
    const usable = [...schemas, ...missing(mandatory.schemas, schemas)].filter(({ spec }) => {
      const level = this.#levels.get(spec?.priorityLevelConfiguration.name ?? '');
      return level !== undefined && !level.isQuiescing;
    });
    this.#flows = usable.toSorted(byPrecedence).map((schema) => this.#flowOf(schema));
    this.#flowsOfUser = new WeakMap();
    const pairs = new Set(this.#flows.map(statisticsKey));
    for (const key of this.#statistics.keys()) if (!pairs.has(key)) this.#statistics.delete(key);
  }

  /**
   * Takes seats for a request: at once where they are free, after a while where it has to wait.
   * @returns a promise only where there is something to wait for; it never rejects.
   */
  take(arrival: FlowArrival): Seats | Refusal | Promise<Seats | Refusal> {
    const { clock, sizeOf } = this.#options;
    const flow = this.#flowFor(arrival);
    const { level, statistics } = flow;
    const count = level.isExempt ? 1 : estimateSeats(arrival, sizeOf, level.requestSeatsMax);
    const seats = new Seats(this.#end, { flow, count, arrival, nowMs: clock.monotonicMs() });
    statistics.seats.observe(count);
    this.#requests.add(seats);
    if (!this.#isDividing) this.#startDividing();
    if (!level.set.tryStart(count)) return this.#queue(seats);
    this.#note(seats);
    return seats;
  }

  #giveBack(seats: Seats): void {
    const { flow, count, place, startedMs, isWatch } = seats;
    const { level, statistics } = flow;
    const nowMs = this.#options.clock.monotonicMs();
    this.#requests.delete(seats);
    statistics.executing--;
    statistics.executingSeats -= count;
    const seconds = (nowMs - startedMs) / 1000;
    (isWatch ? statistics.watchSetupSeconds : statistics.executionSeconds).observe(seconds);
    if (place === undefined) level.set.end(count, nowMs);
    else level.set.finish(place, nowMs);
    level.noteDemand(nowMs);
    if (level.isQuiescing && isIdle(level)) this.#levels.delete(level.name);
  }

  #flowFor({ request, user }: FlowArrival): Flow {
    let candidates = this.#flowsOfUser.get(user);
    if (candidates === undefined) {
      candidates = this.#flows.map((flow) => [
        flow,
        flow.schema.spec === undefined ? [] : rulesFor(flow.schema.spec, user),
      ]);
      candidates = candidates.filter(([, rules]) => rules.length > 0);
      this.#flowsOfUser.set(user, candidates);
    }
    for (const [flow, rules] of candidates) {
      for (const rule of rules) if (matchesRule(rule, request)) return flow;
    }
    const last = this.#flows.find(({ schema }) => schema.metadata.name === 'catch-all');
    assert(last !== undefined, 'There is always a schema that catches all');
    return last;
  }

  /** It has its seats. */
  #note(seats: Seats): void {
    const { flow, count, arrivedMs, startedMs } = seats;
    const { level, statistics } = flow;
    level.dispatchedCount++;
    statistics.dispatched++;
    statistics.executing++;
    statistics.executingSeats += count;
    if (seats.place !== undefined) statistics.waitedSeconds.observe((startedMs - arrivedMs) / 1000);
    level.noteDemand(startedMs);
  }

  /** Waits for seats, unless there is no place to wait either. */
  #queue(seats: Seats): Seats | Refusal | Promise<Seats | Refusal> {
    const { flow, count, arrivedMs } = seats;
    const { level, statistics, schema } = flow;
    const decision = Promise.withResolvers<Seats | Refusal>();
    const start = (place: Place) => {
      seats.place = place;
      seats.startedMs = place.startedMs;
      statistics.waiting--;
      statistics.waitingSeats -= count;
      this.#note(seats);
      decision.resolve(seats);
    };
    statistics.waiting++;
    statistics.waitingSeats += count;
    seats.waitsAs = { seats: count, start };
    const place = level.set.enqueue(seats.waitsAs, flowHash(schema.metadata.name, seats.distinguisher), arrivedMs);
    if (place === undefined) {
      return this.#refuse(seats, level.queuing === undefined ? 'concurrency-limit' : 'queue-full');
    }
    statistics.queueLength.observe(place.queue.waiting.length);
    level.noteDemand(arrivedMs);
    if (seats.place !== undefined) return seats;
    this.#boundWait(seats, place, decision);
    return decision.promise;
  }

  /** Ends the wait when it takes too long or nobody waits for the answer any more. */
  #boundWait(seats: Seats, place: Place, { promise, resolve }: PromiseWithResolvers<Seats | Refusal>): void {
    const { clock } = this.#options;
    const signal = seats.arrival.source.signal;
    const giveUp = (reason: RejectReason) => {
      const nowMs = clock.monotonicMs();
      if (!seats.flow.level.set.cancel(place, nowMs)) return;
      seats.flow.statistics.refusedSeconds.observe((nowMs - seats.arrivedMs) / 1000);
      resolve(this.#refuse(seats, reason));
    };
    const timer = clock.timer(waitMsMax, () => giveUp('time-out'));
    const onAbort = () => giveUp('cancelled');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void promise.then(() => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
    });
  }

  #refuse(seats: Seats, reason: RejectReason): Refusal {
    const { flow, count } = seats;
    const { level, statistics } = flow;
    const { clock } = this.#options;
    this.#requests.delete(seats);
    statistics.waiting--;
    statistics.waitingSeats -= count;
    statistics.reject(reason);
    level.rejectedCount++;
    if (reason === 'time-out') level.timedOutCount++;
    if (reason === 'cancelled') level.cancelledCount++;
    level.noteDemand(clock.monotonicMs());
    return { flow, retryAfterSeconds: level.refusals.add(clock.nowMs()) };
  }

  /** Divides the seats anew every ten seconds, until nobody has needed any for so long that it makes no difference. */
  #startDividing(): void {
    this.#isDividing = true;
    this.#options.clock.timer(divideEveryMs, () => {
      this.#divide(this.#options.clock.monotonicMs());
      this.#isDividing = false;
      const isAtRest = this.levels.every(({ demand }) => demand.highest === 0 && demand.smoothed < demandAtRest);
      if (!isAtRest) this.#startDividing();
    });
  }

  #divide(nowMs: number): void {
    this.#proportion = divideAmong(this.levels, nowMs);
  }

  #setLevels(configurations: readonly PriorityLevelConfiguration[], nowMs: number): void {
    const next = new Map<string, Level>();
    for (const configuration of configurations) {
      const { name } = configuration.metadata;
      const level = this.#levels.get(name) ?? new Level(configuration, nowMs);
      level.configuration = configuration;
      level.isQuiescing = false;
      next.set(name, level);
    }
    for (const [name, level] of this.#levels) {
      if (next.has(name) || isIdle(level)) continue;
      level.isQuiescing = true;
      next.set(name, level);
    }
    this.#levels = next;
    setBounds(this.levels, this.#options.seats);
    this.#divide(nowMs);
  }

  #flowOf(schema: FlowSchema): Flow {
    const level = this.#levels.get(schema.spec?.priorityLevelConfiguration.name ?? '');
    assert(level !== undefined, 'Flows without a level were left out');
    const key = statisticsKey({ schema, level });
    const statistics = this.#statistics.getOrInsertComputed(key, () => new FlowStatistics());
    const { uid } = schema.metadata;
    const headers = {
      ...(uid === '' ? {} : { 'x-kubernetes-pf-flowschema-uid': uid }),
      ...(level.uid === '' ? {} : { 'x-kubernetes-pf-prioritylevel-uid': level.uid }),
    };
    return { schema, level, statistics, headers };
  }
}

/** Those of `mandatory` that nobody configured. */
function missing<T extends FlowSchema | PriorityLevelConfiguration>(
  mandatory: readonly T[],
  configured: readonly T[],
): readonly T[] {
  const names = new Set(configured.map(({ metadata }) => metadata.name));
  return mandatory.filter(({ metadata }) => !names.has(metadata.name));
}

/** Lower numbers first, then by name (Kubernetes `FlowSchemaSequence`). */
function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0);
  if (difference !== 0) return difference;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function statisticsKey({ level, schema }: Pick<Flow, 'level' | 'schema'>): string {
  return `${level.name}/${schema.metadata.name}`;
}

function isIdle({ set }: Level): boolean {
  return set.executingCount === 0 && set.waitingCount === 0;
}
