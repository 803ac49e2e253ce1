import type { Clock } from '../base/clock.ts';
import { apiserverFamily, Histogram, type MetricFamily, type MetricSample } from '../base/metrics.ts';
import { Summary } from '../base/summary.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';

/** Seconds, and how far back the summary looks (Kubernetes `admission/metrics`). */
const bucketSeconds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const summaryWindowMs = 5 * 3_600_000;

const operations = ['create', 'update', 'delete'] as const;

/** `admit` changes a draft, `validate` only looks at it. */
type AdmissionStage = 'admit' | 'validate';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly seconds: Histogram;
  readonly summary: Summary | undefined;
}

/** How long one plugin, or a whole stage, took. Series are found by number: no write makes a text for them. */
export class AdmissionTimes {
  readonly #name: string | undefined;
  readonly #series: (Series | undefined)[] = [];

  /** @param name of the plugin; absent: of all of them together. */
  constructor(name?: string) {
    this.#name = name;
  }

  /** Counts one. */
  observe(stage: StageTiming, isRejected: boolean, seconds: number, nowMs: number): void {
    const index = stage.index * 2 + (isRejected ? 1 : 0);
    const series = (this.#series[index] ??= this.#open(stage, isRejected));
    series.seconds.observe(seconds);
    series.summary?.observe(seconds, nowMs);
  }

  /** Everything that was counted. */
  get series(): readonly Series[] {
    return this.#series.filter((one) => one !== undefined);
  }

  #open({ stage, operation }: StageTiming, isRejected: boolean): Series {
    const common = { operation: operation.toUpperCase(), rejected: String(isRejected), type: stage };
    const isOfAll = this.#name === undefined;
    const labels = isOfAll ? common : { name: this.#name, ...common };
    const summary = isOfAll ? new Summary(summaryWindowMs) : undefined;
    return { labels, seconds: new Histogram(bucketSeconds), summary };
  }
}

/** One stage of one write: what began last is over when something else begins, or the stage ends. */
export class StageTiming {
  readonly stage: AdmissionStage;
  readonly operation: AdmissionAttributes['operation'];
  /** Which of the stages and operations it is. */
  readonly index: number;
  readonly #metrics: AdmissionMetrics;
  readonly #startedMs: number;
  #lastMs: number;
  #running: AdmissionTimes | undefined;

  constructor(metrics: AdmissionMetrics, stage: AdmissionStage, operation: AdmissionAttributes['operation']) {
    this.#metrics = metrics;
    this.stage = stage;
    this.operation = operation;
    this.index = operations.indexOf(operation) + (stage === 'admit' ? 0 : operations.length);
    this.#startedMs = metrics.clock.monotonicMs();
    this.#lastMs = this.#startedMs;
  }

  /** The plugin with these times begins. */
  begins(times: AdmissionTimes): void {
    this.#pass(false);
    this.#running = times;
  }

  /** Everything is over. @param isRejected by the plugin that began last. @param isStep false: the stage as a whole is not counted. */
  end(isRejected: boolean, isStep = true): void {
    const nowMs = this.#pass(isRejected);
    if (isStep) this.#metrics.steps.observe(this, isRejected, (nowMs - this.#startedMs) / 1_000, nowMs);
  }

  #pass(isRejected: boolean): number {
    if (this.#running === undefined) return this.#lastMs;
    const nowMs = this.#metrics.clock.monotonicMs();
    this.#running.observe(this, isRejected, (nowMs - this.#lastMs) / 1_000, nowMs);
    this.#lastMs = nowMs;
    this.#running = undefined;
    return nowMs;
  }
}

/** How long admission takes, under the names of kube-apiserver 1.36. */
export class AdmissionMetrics {
  readonly clock: Clock;
  /** Of all plugins together. */
  readonly steps = new AdmissionTimes();
  readonly #plugins: AdmissionTimes[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Opens the times of a plugin. */
  timesOf(name: string): AdmissionTimes {
    const times = new AdmissionTimes(name);
    this.#plugins.push(times);
    return times;
  }

  /** A stage of a write begins. */
  begin(stage: AdmissionStage, { operation }: AdmissionAttributes): StageTiming {
    return new StageTiming(this, stage, operation);
  }

  /** What was counted. */
  families(): readonly MetricFamily[] {
    const { series: steps } = this.steps;
    const inAll = 'Time all plugins together took to admit (change) or to validate a write.';
    const one = 'Time one plugin took to admit (change) or to validate a write it looks at.';
    const summaries = steps.flatMap(({ labels, summary }): readonly MetricSample[] =>
      summary === undefined ? [] : [{ labels, value: summary }],
    );
    return [
      apiserverFamily('admission_step_admission_duration_seconds', 'histogram', inAll, steps.map(sampleOf)),
      apiserverFamily('admission_step_admission_duration_seconds_summary', 'summary', inAll, summaries),
      apiserverFamily(
        'admission_controller_admission_duration_seconds',
        'histogram',
        one,
        this.#plugins.flatMap(({ series }) => series.map(sampleOf)),
      ),
    ];
  }
}

function sampleOf({ labels, seconds: value }: Series): MetricSample {
  return { labels, value };
}
