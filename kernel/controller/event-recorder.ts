import { BoundedQueue } from '../base/bounded-queue.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type Random, randomSuffix } from '../base/random.ts';
import { errorText, isApiError } from '../meta/errors.ts';
import type { ObjectRef } from '../meta/object.ts';
import type { Client } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { Event } from '../schema/standard/types.ts';
import type { EventDraft } from './controller.ts';

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly client: Client;
  /** core/v1 Event. */
  readonly kind: KindDefinition<Event>;
  /** Shown as the source of the events. */
  readonly component: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Events waiting to be written; when full the newest is dropped and counted in the log. */
const waitingMax = 1_000;
/** Series remembered for counting repetitions; the oldest is forgotten first. */
const seriesMax = 2_000;

interface Waiting {
  readonly regarding: ObjectRef;
  readonly draft: EventDraft;
  readonly atMs: number;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
}

/**
 * Writes events about objects. A repetition (same object, reason and message) raises `count` and `lastTimestamp` of
 * the event that is there (client-go EventCorrelator, without its similarity grouping). Best effort: an event that
 * cannot be written is logged and dropped.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting = new BoundedQueue<Waiting>(waitingMax);
  readonly #series = new Map<string, Series>();
  #droppedCount = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Queues an event; returns at once. */
  record(regarding: ObjectRef, draft: EventDraft): void {
    const atMs = this.#options.clock.nowMs();
    if (!this.#waiting.push({ regarding: draft.regarding ?? regarding, draft, atMs })) this.#droppedCount++;
  }

  /** Writes queued events until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waiting = await this.#waiting.take(signal);
      if (waiting === undefined) return;
      try {
        await this.#write(waiting, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn('event not written', { reason: waiting.draft.reason, error: errorText(error) });
      }
      if (this.#droppedCount > 0) {
        this.#options.log.warn('events dropped', { droppedCount: this.#droppedCount });
        this.#droppedCount = 0;
      }
    }
  }

  async #write({ regarding, draft, atMs }: Waiting, signal: AbortSignal): Promise<void> {
    const key = [
      regarding.kind,
      regarding.namespace,
      regarding.name,
      regarding.uid,
      draft.type,
      draft.reason,
      draft.message,
    ].join('\n');
    const series = this.#series.get(key);
    if (series !== undefined && (await this.#repeat(series, atMs, signal))) return;
    const namespace = regarding.namespace ?? 'default';
    const name = `${regarding.name}.${randomSuffix(this.#options.random, 16)}`.slice(-253);
    await this.#options.client.create(
      this.#options.kind,
      {
        metadata: { name, namespace },
        involvedObject: regarding,
        type: draft.type,
        reason: draft.reason,
        message: draft.message.slice(0, 1024),
        count: 1,
        firstTimestamp: formatTime(atMs),
        lastTimestamp: formatTime(atMs),
        source: { component: this.#options.component },
        reportingComponent: this.#options.component,
      },
      {},
      signal,
    );
    this.#remember(key, { name, namespace, count: 1 });
  }

  /** Counts a repetition on the event that is there; false if it has gone meanwhile. */
  async #repeat(series: Series, atMs: number, signal: AbortSignal): Promise<boolean> {
    const body = { count: series.count + 1, lastTimestamp: formatTime(atMs) };
    try {
      await this.#options.client.patch(this.#options.kind, series, { type: 'merge', body }, {}, signal);
    } catch (error) {
      if (isApiError(error, 'NotFound')) return false;
      throw error;
    }
    series.count++;
    return true;
  }

  #remember(key: string, series: Series): void {
    this.#series.set(key, series);
    if (this.#series.size <= seriesMax) return;
    const [oldest] = this.#series.keys();
    if (oldest !== undefined) this.#series.delete(oldest);
  }
}
