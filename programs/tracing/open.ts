import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { MetricSource } from '../../kernel/base/metrics.ts';
import type { Random } from '../../kernel/base/random.ts';
import { planformVersion } from '../version.ts';
import type { TracingConfig } from './config.ts';
import { type Instruments, instruments } from './instruments.ts';
import { exportSpans } from './otlp.ts';
import { Tracer } from './tracer.ts';

/** Tracing that is on. */
export interface Tracing {
  readonly instruments: Instruments;
  readonly metrics: MetricSource;
  /** Exports until `stop` aborts. */
  run(stop: AbortSignal): Promise<void>;
}

/** What tracing needs besides its configuration. */
interface TracingPorts {
  /** Name of the service in traces. */
  readonly component: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Begins to trace. */
export function openTracing({ endpoint, samplesPerMillion }: TracingConfig, ports: TracingPorts): Tracing {
  const { component: service, clock, random, log } = ports;
  const tracer = new Tracer({ samplesPerMillion, clock, random });
  const exporting = { endpoint, service, version: planformVersion, clock, log };
  return {
    instruments: instruments(tracer),
    metrics: () => [
      {
        name: 'planform_tracing_dropped_spans_total',
        help: 'Spans there was no room for.',
        type: 'counter',
        samples: [{ labels: {}, value: tracer.droppedCount }],
      },
    ],
    run: (stop) => exportSpans(tracer, exporting, stop),
  };
}
