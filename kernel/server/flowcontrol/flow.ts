import type { UserInfo } from '../../ports/auth.ts';
import type { ApiRequest } from '../../ports/endpoint.ts';
import type { FlowSchema } from '../../schema/standard/types.ts';
import type { FlowStatistics } from './flow-statistics.ts';
import type { Level } from './level.ts';
import type { FlowRequest } from './match.ts';
import type { Place, QueuedRequest } from './queue-set.ts';

/** A request on its way through flow control. */
export interface FlowArrival {
  readonly request: FlowRequest;
  readonly user: UserInfo;
  /** Looked at only where it matters: making a query or a signal costs more than all the rest. */
  readonly source: Pick<ApiRequest, 'query' | 'signal'>;
}

/** A FlowSchema at work. */
export interface Flow {
  readonly schema: FlowSchema;
  readonly level: Level;
  readonly statistics: FlowStatistics;
  /** What answers say of it; objects that exist have a uid, what is built in has none. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request of a flow is not answered: 429. */
export interface Refusal {
  readonly flow: Flow;
  readonly retryAfterSeconds: number;
}

/** What `Seats` are made of. */
interface SeatsOptions {
  readonly flow: Flow;
  readonly count: number;
  readonly arrival: FlowArrival;
  /** When the request arrived, monotonic. */
  readonly nowMs: number;
}

/** The seats of one request. Dispose when its answer is known; the second time does nothing. */
export class Seats implements Disposable {
  readonly flow: Flow;
  readonly count: number;
  readonly isWatch: boolean;
  readonly arrival: FlowArrival;
  readonly arrivedMs: number;
  startedMs: number;
  /** What it waits as, while it does; the same object stands in the queue. */
  waitsAs: QueuedRequest | undefined;
  /** Where it waited; absent when its seats were free. */
  place: Place | undefined;
  readonly #end: (seats: Seats) => void;
  #isOver = false;

  /** @param end gives them back. */
  constructor(end: (seats: Seats) => void, { flow, count, arrival, nowMs }: SeatsOptions) {
    this.#end = end;
    this.flow = flow;
    this.count = count;
    this.isWatch = arrival.request.verb === 'watch';
    this.arrival = arrival;
    this.arrivedMs = nowMs;
    this.startedMs = nowMs;
  }

  /** What tells it from requests of other flows of the same schema. */
  get distinguisher(): string {
    const { user, request } = this.arrival;
    const method = this.flow.schema.spec?.distinguisherMethod?.type;
    if (method === 'ByUser') return user.name;
    return method === 'ByNamespace' ? (request.resource?.namespace ?? '') : '';
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end(this);
  }
}
