import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { sleepUnlessAborted } from '../../kernel/base/clock.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import type { AttributeValue, EndedSpan, Tracer } from './tracer.ts';

/** Where spans go. */
export interface ExportOptions {
  /** Base URL of an OTLP/HTTP collector: `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  /** `service.name`. */
  readonly service: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const exportEveryMs = 1_000;
const batchMax = 512;
/** A collector that takes longer gets no answer to wait for: its spans are dropped. */
const exportTimeoutMs = 5_000;

/** Sends what a tracer has to tell until `stop` aborts, and what is left then. What a collector does not take is dropped. */
export async function exportSpans(tracer: Tracer, options: ExportOptions, stop: AbortSignal): Promise<void> {
  let failureCount = 0;
  let goesOn = true;
  while (goesOn) {
    goesOn = await sleepUnlessAborted(options.clock, exportEveryMs, stop);
    for (let spans = tracer.take(batchMax); spans.length > 0; spans = tracer.take(batchMax)) {
      const problem = await post(spans, options);
      if (problem === undefined) failureCount = 0;
      // One line when it begins to fail, not one for every batch.
      else if (failureCount++ === 0)
        options.log.warn('cannot export traces', { url: options.endpoint, error: problem });
      if (problem !== undefined) break;
    }
  }
}

/** @returns what went wrong. */
async function post(
  spans: readonly EndedSpan[],
  { endpoint, service, version, clock }: ExportOptions,
): Promise<string | undefined> {
  try {
    const answer = await fetch(new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(traceRequest(spans, service, version)),
      signal: clock.timeoutSignal(exportTimeoutMs),
      redirect: 'error',
    });
    await answer.arrayBuffer();
    return answer.ok ? undefined : `the collector answered ${answer.status}`;
  } catch (error) {
    return errorText(error);
  }
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4 } as const;

/** `ExportTraceServiceRequest` in the JSON form of OTLP 1.x. */
export function traceRequest(spans: readonly EndedSpan[], service: string, version: string) {
  const resource = { attributes: attributesOf({ 'service.name': service, 'service.version': version }) };
  const scope = { name: 'planform', version };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.map(spanOf) }] }] };
}

function spanOf({ traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, links, error }: EndedSpan) {
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    ...(links.length === 0 ? {} : { links }),
    status: error === undefined ? {} : { code: 2, message: error },
  };
}

/** 64-bit numbers are texts in JSON. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributesOf(attributes: Readonly<Record<string, AttributeValue>>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: AttributeValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
