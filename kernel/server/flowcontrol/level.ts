import type { PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import { QueueSet, type QueueSettings } from './queue-set.ts';
import { RefusalHistory } from './retry-after.ts';
import { SeatDemandMeter } from './seat-demand.ts';
import { divideSeats, type SeatBounds, seatBounds, type SeatShare } from './seat-limits.ts';

/** How slowly what a level needed is forgotten: by half in five minutes (Kubernetes `seatDemandSmoothingCoefficient`). */
const smoothing = 0.977;
/** Largest part of a level that one request may take (Kubernetes `priorityLevelMaxSeatsPercent`). */
const requestShareMax = 0.15;

/** What is known of the need of a level, seats; for metrics. */
export interface LevelDemand {
  readonly average: number;
  readonly deviation: number;
  readonly highest: number;
  readonly smoothed: number;
  readonly target: number;
}

/** One PriorityLevelConfiguration at work. */
export class Level {
  readonly name: string;
  readonly set: QueueSet;
  readonly meter: SeatDemandMeter;
  readonly refusals = new RefusalHistory();
  configuration: PriorityLevelConfiguration;
  bounds: SeatBounds = { nominal: 0, lowest: 0, highest: 0 };
  demand: LevelDemand = { average: 0, deviation: 0, highest: 0, smoothed: 0, target: 0 };
  /** Its configuration is gone; it is kept until its last request ended. */
  isQuiescing = false;
  dispatchedCount = 0;
  rejectedCount = 0;
  timedOutCount = 0;
  cancelledCount = 0;

  constructor(configuration: PriorityLevelConfiguration, nowMs: number) {
    this.name = configuration.metadata.name;
    this.configuration = configuration;
    this.set = new QueueSet(undefined, Infinity);
    this.meter = new SeatDemandMeter(nowMs);
  }

  /** Its requests never wait. */
  get isExempt(): boolean {
    return this.configuration.spec?.type === 'Exempt';
  }

  /** Empty for one that no object stands for. */
  get uid(): string {
    return this.configuration.metadata.uid;
  }

  /** What happens to requests that find no seat. */
  get queuing(): QueueSettings | undefined {
    const queuing = this.configuration.spec?.limited?.limitResponse?.queuing;
    if (queuing === undefined) return undefined;
    const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing;
    return { queues, handSize, queueLengthMax: queueLengthLimit };
  }

  /** Most seats one request may take: so many that a hand of them still fits. */
  get requestSeatsMax(): number {
    const { nominal } = this.bounds;
    const hand = this.queuing?.handSize ?? 1;
    return Math.max(1, Math.min(Math.ceil(nominal * requestShareMax), Math.floor(nominal / hand)));
  }

  /** Says what is wanted now. To be called after every change of its requests. */
  noteDemand(nowMs: number): void {
    this.meter.set(this.set.seatsInUse + this.set.waitingSeats, nowMs);
  }
}

function shareOf({ configuration: { spec } }: Level): SeatShare {
  const { nominalConcurrencyShares: shares = 0, lendablePercent = 0 } = spec?.limited ?? spec?.exempt ?? {};
  const borrowing = spec?.limited?.borrowingLimitPercent;
  return { shares, lendablePercent, ...(borrowing === undefined ? {} : { borrowingPercent: borrowing }) };
}

/** Works out the bounds of all levels. @param total seats of the server. */
export function setBounds(levels: readonly Level[], total: number): void {
  const shares = levels.map(shareOf);
  const sum = shares.reduce((all, { shares: own }) => all + own, 0);
  levels.forEach((level, index) => {
    const share = shares[index];
    if (share !== undefined) level.bounds = seatBounds(share, sum, total);
  });
}

/**
 * Divides the seats anew by what levels needed since the last time: those that need less than their share lend, within their
 * bounds, to those that need more (Kubernetes KEP-1040, seat borrowing).
 * @returns the proportion of its target that every level gets which no bound holds.
 */
export function divideAmong(levels: readonly Level[], nowMs: number): number {
  const total = levels.reduce((sum, { bounds }) => sum + bounds.nominal, 0);
  const targets = levels.map((level) => updateDemand(level, nowMs));
  const exempt = levels.reduce((sum, level, index) => sum + (level.isExempt ? (targets[index]?.lowest ?? 0) : 0), 0);
  const limited = levels.flatMap((level, index) => (level.isExempt ? [] : [{ level, claim: targets[index] }]));
  const claims = limited.map(({ claim }) => claim ?? { target: 0, lowest: 0, highest: 0 });
  const { seats, proportion } = divideSeats(claims, Math.max(0, total - exempt));
  limited.forEach(({ level }, index) => {
    // Shares of 0 make a level that answers nothing by itself.
    const atLeast = Math.min(1, level.bounds.nominal);
    level.set.configure(level.queuing, Math.max(atLeast, Math.round(seats[index] ?? 0)), nowMs);
  });
  return proportion;
}

function updateDemand(level: Level, nowMs: number) {
  const { bounds } = level;
  const demand = level.meter.read(nowMs);
  const envelope = demand.average + demand.deviation;
  const smoothed = Math.max(envelope, smoothing * level.demand.smoothed + (1 - smoothing) * envelope);
  const lowest = level.isExempt
    ? Math.max(bounds.lowest, demand.highest)
    : Math.max(bounds.lowest, Math.min(bounds.nominal, demand.highest));
  const target = Math.max(lowest, smoothed);
  level.demand = { ...demand, smoothed, target };
  return { lowest, highest: Math.max(lowest, bounds.highest), target };
}
