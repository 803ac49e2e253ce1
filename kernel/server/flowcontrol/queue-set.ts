import { dealHand } from './hand.ts';

/** How requests of a level wait; absent where they do not (`Reject`). */
export interface QueueSettings {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthMax: number;
}

/** A request that waits for seats, or got them from a queue. */
export interface QueuedRequest {
  readonly seats: number;
  /** Called once, when it has its seats; maybe before `enqueue` returns. Must not throw nor call the set. */
  readonly start: (place: Place) => void;
}

/** Where a request waits, and later what its seats are charged to. */
export interface Place {
  readonly request: QueuedRequest;
  readonly queue: RequestQueue;
  /** Virtual time of its arrival. */
  readonly arrivalR: number;
  startedMs: number;
}

/** One queue, as dumps show it. */
export interface RequestQueue {
  readonly index: number;
  /** Oldest first. */
  readonly waiting: Place[];
  readonly executing: Set<Place>;
  seatsInUse: number;
  seatsWaiting: number;
  /** Virtual time at which its next request starts. */
  nextDispatchR: number;
}

/** How long a request is taken to take until it is known, milliseconds. The difference is settled when it ends. */
const expectedMs = 3;

/**
 * The seats of one priority level and the queues before them: fair queuing by virtual time, as in Kubernetes KEP-1040. Virtual
 * time runs as fast as each busy queue could be served if seats were divided evenly; the next request is that which would
 * end first so. Pure: time is passed in, milliseconds.
 *
 * A request that finds its seats free while nobody waits takes them and belongs to no queue, which costs two additions.
 */
export class QueueSet {
  #settings: QueueSettings | undefined;
  #limit: number;
  /** Queues with waiting or executing requests, the one served last at the end; others have nothing to remember. */
  readonly #busy = new Map<number, RequestQueue>();
  #currentR = 0;
  #syncedMs = 0;
  #dealt = 0;
  /** Requests that belong to no queue, and their seats. */
  #directCount = 0;
  #directSeats = 0;
  #queuedCount = 0;
  #queuedSeats = 0;
  #waitingCount = 0;
  #waitingSeats = 0;

  /** @param limit seats; `Infinity` for what is exempt. */
  constructor(settings: QueueSettings | undefined, limit: number) {
    this.#settings = settings;
    this.#limit = limit;
  }

  /** Seats in use. */
  get seatsInUse(): number {
    return this.#directSeats + this.#queuedSeats;
  }

  /** Requests that have seats. */
  get executingCount(): number {
    return this.#directCount + this.#queuedCount;
  }

  /** Requests that wait. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Seats they wait for. */
  get waitingSeats(): number {
    return this.#waitingSeats;
  }

  /** Seats there are. */
  get limit(): number {
    return this.#limit;
  }

  /** The virtual time. */
  get currentR(): number {
    return this.#currentR;
  }

  /** For dumps. */
  get busyQueues(): Iterable<RequestQueue> {
    return this.#busy.values();
  }

  /** New settings count for requests to come; those that wait stay where they are. */
  configure(settings: QueueSettings | undefined, limit: number, nowMs: number): void {
    this.#sync(nowMs);
    this.#settings = settings;
    this.#limit = limit;
    this.#dispatch(nowMs);
  }

  /** Takes seats if they are free and nobody waits. */
  tryStart(seats: number): boolean {
    if (this.#waitingCount > 0 || !this.#fits(seats)) return false;
    this.#directCount++;
    this.#directSeats += seats;
    return true;
  }

  /** Gives back what `tryStart` took. */
  end(seats: number, nowMs: number): void {
    if (this.#waitingCount > 0) this.#sync(nowMs);
    this.#directCount--;
    this.#directSeats -= seats;
    if (this.#waitingCount > 0) this.#dispatch(nowMs);
  }

  /**
   * Lets a request wait in the queue of its flow's hand in which there is least work.
   * @param hash of its flow. @returns `undefined` when that queue is full, or there are none.
   */
  enqueue(request: QueuedRequest, hash: bigint, nowMs: number): Place | undefined {
    if (this.#settings === undefined) return undefined;
    this.#sync(nowMs);
    const queue = this.#chooseQueue(hash, this.#settings);
    if (queue.waiting.length >= this.#settings.queueLengthMax) return undefined;
    this.#busy.set(queue.index, queue);
    const place: Place = { request, queue, arrivalR: this.#currentR, startedMs: 0 };
    queue.waiting.push(place);
    queue.seatsWaiting += request.seats;
    this.#waitingCount++;
    this.#waitingSeats += request.seats;
    this.#dispatch(nowMs);
    return place;
  }

  /** Takes a request out that waits no longer. @returns false when it does not wait (any more). */
  cancel(place: Place, nowMs: number): boolean {
    const index = place.queue.waiting.indexOf(place);
    if (index < 0) return false;
    this.#sync(nowMs);
    place.queue.waiting.splice(index, 1);
    this.#leaveQueue(place);
    this.#settle(place.queue);
    this.#dispatch(nowMs); // the next one in line may need fewer seats
    return true;
  }

  /** Gives back the seats of a request that came from a queue. */
  finish(place: Place, nowMs: number): void {
    this.#sync(nowMs);
    const { queue, request } = place;
    if (!queue.executing.delete(place)) return;
    queue.seatsInUse -= request.seats;
    this.#queuedCount--;
    this.#queuedSeats -= request.seats;
    queue.nextDispatchR += request.seats * (nowMs - place.startedMs - expectedMs);
    this.#settle(queue);
    this.#dispatch(nowMs);
  }

  #fits(seats: number): boolean {
    if (this.seatsInUse + seats <= this.#limit) return true;
    // A request wider than the level may run alone; it could never run otherwise.
    return this.executingCount === 0 && this.#limit > 0;
  }

  /** Moves virtual time to now. To be called before anything changes. */
  #sync(nowMs: number): void {
    const elapsedMs = nowMs - this.#syncedMs;
    this.#syncedMs = nowMs;
    if (this.#busy.size === 0) {
      this.#currentR = 0; // nothing refers to it: starting over keeps it small
      return;
    }
    const wanted = this.#queuedSeats + this.#waitingSeats;
    const served = Math.min(wanted, Math.max(1, this.#limit - this.#directSeats));
    this.#currentR += (elapsedMs * served) / this.#busy.size;
  }

  #chooseQueue(hash: bigint, { queues, handSize }: QueueSettings): RequestQueue {
    const hand = dealHand(hash, queues, handSize);
    // Flows with overlapping hands would otherwise meet in the same queue first.
    const offset = this.#dealt++ % handSize;
    let [best, leastSeats] = [0, Infinity];
    for (let position = 0; position < handSize; position++) {
      const index = hand[(offset + position) % handSize] ?? 0;
      const seatsWaiting = this.#busy.get(index)?.seatsWaiting ?? 0;
      if (seatsWaiting < leastSeats) [best, leastSeats] = [index, seatsWaiting];
    }
    return this.#busy.get(best) ?? this.#newQueue(best);
  }

  #newQueue(index: number): RequestQueue {
    const nextDispatchR = this.#currentR;
    return { index, waiting: [], executing: new Set(), seatsInUse: 0, seatsWaiting: 0, nextDispatchR };
  }

  #dispatch(nowMs: number): void {
    while (this.#waitingCount > 0) {
      const queue = this.#nextQueue();
      const place = queue?.waiting[0];
      // The one whose turn it is waits for enough seats: letting narrow ones pass would starve wide ones.
      if (queue === undefined || place === undefined || !this.#fits(place.request.seats)) return;
      queue.waiting.shift();
      this.#leaveQueue(place);
      const { seats } = place.request;
      queue.executing.add(place);
      queue.seatsInUse += seats;
      queue.nextDispatchR += seats * expectedMs;
      this.#queuedCount++;
      this.#queuedSeats += seats;
      place.startedMs = nowMs;
      this.#settle(queue);
      // Queues that are served go to the end: among equals the others come first.
      this.#busy.delete(queue.index);
      this.#busy.set(queue.index, queue);
      place.request.start(place);
    }
  }

  /** The queue whose oldest request would end first in virtual time. */
  #nextQueue(): RequestQueue | undefined {
    let next: RequestQueue | undefined;
    let earliest = Infinity;
    for (const queue of this.#busy.values()) {
      const oldest = queue.waiting[0];
      if (oldest === undefined) continue;
      const endR = queue.nextDispatchR + oldest.request.seats * expectedMs;
      if (endR >= earliest) continue;
      earliest = endR;
      next = queue;
    }
    return next;
  }

  #leaveQueue({ queue, request }: Place): void {
    queue.seatsWaiting -= request.seats;
    this.#waitingCount--;
    this.#waitingSeats -= request.seats;
  }

  /** Nobody starts before it arrived, whatever its queue saved up; a queue without requests has no past. */
  #settle(queue: RequestQueue): void {
    const oldest = queue.waiting[0];
    if (oldest === undefined) {
      if (queue.executing.size === 0) this.#busy.delete(queue.index);
      return;
    }
    queue.nextDispatchR = Math.max(queue.nextDispatchR, oldest.arrivalR);
  }
}
