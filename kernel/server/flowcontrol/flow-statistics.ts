import { Histogram } from '../../base/metrics.ts';

/** Kubernetes apiserver `flowcontrol/metrics`. */
const secondsBounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const lengthBounds = [0, 10, 25, 50, 100, 250, 500, 1000];
const seatsBounds = [1, 2, 4, 8, 16, 32, 64, 100];

/** Why a request was refused, in the words of upstream's metrics. */
export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** What became of the requests of one schema at one level; for metrics. */
export class FlowStatistics {
  dispatched = 0;
  executing = 0;
  executingSeats = 0;
  waiting = 0;
  waitingSeats = 0;
  readonly rejected = new Map<RejectReason, number>();
  readonly seats = new Histogram(seatsBounds);
  readonly executionSeconds = new Histogram(secondsBounds);
  readonly watchSetupSeconds = new Histogram(secondsBounds);
  readonly waitedSeconds = new Histogram(secondsBounds);
  readonly refusedSeconds = new Histogram(secondsBounds);
  readonly queueLength = new Histogram(lengthBounds);

  /** Counts a refusal. */
  reject(reason: RejectReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
  }
}
