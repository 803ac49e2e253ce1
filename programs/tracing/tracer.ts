import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Random } from '../../kernel/base/random.ts';
import { errorText } from '../../kernel/meta/errors.ts';

/** What names a span beyond its process (W3C Trace Context). */
export interface SpanContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** A value of an attribute. */
export type AttributeValue = string | number | boolean;

/** A span that has ended, as it is exported. */
export interface EndedSpan extends SpanContext {
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly links: readonly SpanContext[];
  /** What went wrong; absent when nothing did. */
  readonly error: string | undefined;
}

/** Who waits for whom (OpenTelemetry `SpanKind`). */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer';

/** Part of a trace that is still going on. */
export class Span implements SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly #tracer: Tracer;
  readonly #start: Pick<EndedSpan, 'parentSpanId' | 'name' | 'kind' | 'startMs'>;
  readonly #attributes: Record<string, AttributeValue> = {};
  readonly #links: SpanContext[] = [];
  #isOver = false;

  constructor(
    tracer: Tracer,
    context: SpanContext,
    start: Pick<EndedSpan, 'parentSpanId' | 'name' | 'kind' | 'startMs'>,
  ) {
    this.traceId = context.traceId;
    this.spanId = context.spanId;
    this.#tracer = tracer;
    this.#start = start;
  }

  /** Says something of it. */
  set(name: string, value: AttributeValue): void {
    this.#attributes[name] = value;
  }

  /** It has to do with another span that is not its parent. */
  link({ traceId, spanId }: SpanContext): void {
    this.#links.push({ traceId, spanId });
  }

  /** It is over; later calls change nothing. */
  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const text = error === undefined ? undefined : errorText(error);
    const { traceId, spanId } = this;
    const [attributes, links] = [this.#attributes, this.#links];
    this.#tracer.ended({ ...this.#start, traceId, spanId, attributes, links, error: text });
  }
}

/** What a `Tracer` is made of. */
export interface TracerOptions {
  /** Requests traced of a million that say nothing of it themselves. */
  readonly samplesPerMillion: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Ended spans that wait to be exported; what comes beyond that is dropped and counted. */
const queueMax = 4_096;
/** Revisions whose commits are remembered for the watches that deliver them. */
const revisionsMax = 1_000;
/** Deliveries told of one revision: ten thousand watchers would be ten thousand spans. */
const deliveriesMax = 8;

/** Makes spans, decides which requests are traced, and keeps what has ended until somebody takes it. */
export class Tracer {
  readonly #options: TracerOptions;
  readonly #current = new AsyncLocalStorage<Span>();
  readonly #revisions = new Map<number, { readonly context: SpanContext; deliveries: number }>();
  #queue: EndedSpan[] = [];
  /** Spans there was no room for. */
  droppedCount = 0;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  /** The span that the code running now belongs to. */
  get current(): Span | undefined {
    return this.#current.getStore();
  }

  /**
   * Begins the span of a request: in the trace its sender began if the header says that it is recorded, else of its own for
   * some of them. @param header `traceparent`. @returns `undefined` when the request is not traced.
   */
  beginRequest(name: string, header: string | undefined): Span | undefined {
    const parent = parseTraceparent(header);
    const { samplesPerMillion, random } = this.#options;
    const isSampled = parent === undefined ? random.nextFloat() * 1e6 < samplesPerMillion : parent.isSampled;
    if (!isSampled) return undefined;
    return this.#begin(name, 'server', parent);
  }

  /** Begins a span inside another one. */
  begin(name: string, kind: SpanKind, parent: SpanContext): Span {
    return this.#begin(name, kind, parent);
  }

  /** Runs code that belongs to a span. */
  run<T>(span: Span, code: () => T): T {
    return this.#current.run(span, code);
  }

  /** Runs code in a span of its own, if what runs now is traced. */
  within<T>(name: string, kind: SpanKind, code: (span: Span | undefined) => T): T {
    const parent = this.current;
    if (parent === undefined) return code(undefined);
    const span = this.#begin(name, kind, parent);
    try {
      const result = this.run(span, () => code(span));
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      return result.then(
        (value: unknown) => {
          span.end();
          return value;
        },
        (error: unknown) => {
          span.end(error);
          throw error;
        },
      ) as T;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  /** A commit made a revision: watches that deliver it are linked to it. */
  committed(revision: number, { traceId, spanId }: SpanContext): void {
    this.#revisions.set(revision, { context: { traceId, spanId }, deliveries: 0 });
    const [oldest] = this.#revisions.keys();
    if (this.#revisions.size > revisionsMax && oldest !== undefined) this.#revisions.delete(oldest);
  }

  /** A watch hands an event out. */
  delivered(revision: number, resource: string): void {
    const known = this.#revisions.get(revision);
    if (known === undefined || known.deliveries >= deliveriesMax) return;
    known.deliveries++;
    const span = this.#begin('watch delivery', 'producer', known.context);
    span.link(known.context);
    span.set('planform.revision', revision);
    span.set('k8s.resource', resource);
    span.end();
  }

  /** Keeps a span for export. For `Span` only. */
  ended(span: Omit<EndedSpan, 'endMs'>): void {
    if (this.#queue.length >= queueMax) this.droppedCount++;
    else this.#queue.push({ ...span, endMs: this.#nowMs() });
  }

  /** Takes what waits for export, at most `max` spans. */
  take(max: number): readonly EndedSpan[] {
    return this.#queue.splice(0, max);
  }

  #begin(name: string, kind: SpanKind, parent: SpanContext | undefined): Span {
    const { random } = this.#options;
    const traceId = parent?.traceId ?? hex(random.bytes(16));
    const start = { parentSpanId: parent?.spanId, name, kind, startMs: this.#nowMs() };
    return new Span(this, { traceId, spanId: hex(random.bytes(8)) }, start);
  }

  /** Wall-clock time with the resolution of the monotonic clock. */
  #nowMs(): number {
    const { clock } = this.#options;
    this.#epochMs ??= clock.nowMs() - clock.monotonicMs();
    return this.#epochMs + clock.monotonicMs();
  }

  #epochMs: number | undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Reads `traceparent` (W3C Trace Context, version 00 and what later ones have in common). */
function parseTraceparent(header: string | undefined): (SpanContext & { readonly isSampled: boolean }) | undefined {
  const match = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:$|-)/.exec(
    header ?? '',
  );
  if (match === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = match;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** What is sent along to whom we ask, so that what they do becomes part of the trace. */
export function formatTraceparent({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}
