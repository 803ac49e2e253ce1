import type { Clock } from '../base/clock.ts';
import { apiserverFamily, Histogram, LabelledSeries, type MetricFamily } from '../base/metrics.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';

/** Seconds (Kubernetes `admission/metrics`, `policy/validating/metrics`). */
const webhookBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
const expressionBuckets = [0.000_000_5, 0.001, 0.01, 0.1, 1];
/** Codes beyond are told as this one. */
const codeMax = 600;

/** How an expression of a policy ended, from what is said of it (Kubernetes `validating.ErrorType`: a denial is an invalid_error). */
function errorTypeOf(message: string | undefined): string {
  if (message === undefined) return 'no_error';
  if (message.startsWith('compilation')) return 'compile_error';
  return message.startsWith('validation failed due to running out of cost budget') ? 'out_of_budget' : 'invalid_error';
}

/** What became of what a policy found. */
type PolicyAction = 'allow' | 'deny' | 'audit' | 'warn';

/** Why a webhook kept a write from happening (Kubernetes `WebhookRejectionErrorType`). */
type WebhookErrorType = 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';

/** A question to a webhook. */
export interface AskedWebhook {
  readonly name: string;
  readonly type: 'admit' | 'validating';
  readonly operation: AdmissionAttributes['operation'];
  /** When it began, as `now` said. */
  readonly startedMs: number;
}

/** How a webhook decided. */
interface WebhookOutcome {
  /** HTTP status it answered with or stands for; 0 where there is none. */
  readonly code: number;
  /** Why the write was refused; absent: it was not. */
  readonly rejectedBy?: WebhookErrorType;
}

interface Timed {
  count: number;
  readonly seconds: Histogram;
}

function timedExpression(): Timed {
  return { count: 0, seconds: new Histogram(expressionBuckets) };
}

/** Counts what policies and webhooks decide, under the names and labels of kube-apiserver 1.36. */
export class DecisionMetrics {
  readonly #clock: Clock;
  readonly #validating = new LabelledSeries(
    ['policy', 'policy_binding', 'error_type', 'enforcement_action'],
    timedExpression,
  );
  readonly #mutating = new LabelledSeries(['policy', 'policy_binding', 'error_type'], timedExpression);
  readonly #calls = new LabelledSeries(['name', 'type', 'operation', 'rejected'], () => new Histogram(webhookBuckets));
  readonly #requests = new LabelledSeries(['name', 'type', 'operation', 'code', 'rejected'], newCount);
  readonly #rejections = new LabelledSeries(['name', 'type', 'operation', 'error_type', 'rejection_code'], newCount);
  readonly #failedOpen = new LabelledSeries(['name', 'type'], newCount);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds of the clock: when something begins. */
  now(): number {
    return this.#clock.monotonicMs();
  }

  /** A validation that did not hold or failed, as `message` says. As upstream, those that hold are not counted. */
  validated(policy: string, binding: string, message: string, action: PolicyAction, seconds: number): void {
    noteExpression(this.#validating.of(policy, binding, errorTypeOf(message), action), seconds);
  }

  /** A mutation that was made, or failed for `problem`. @param startedMs as `now` said. */
  mutated(policy: string, binding: string, problem: string | undefined, startedMs: number): void {
    noteExpression(this.#mutating.of(policy, binding, errorTypeOf(problem)), (this.now() - startedMs) / 1_000);
  }

  /** A webhook answered, or failed to. */
  asked({ name, type, operation, startedMs }: AskedWebhook, { code, rejectedBy }: WebhookOutcome): void {
    const verb = operation.toUpperCase();
    const rejected = String(rejectedBy !== undefined);
    const shown = String(Math.min(code, codeMax));
    if (rejectedBy !== undefined) this.#rejections.of(name, type, verb, rejectedBy, shown).count++;
    this.#requests.of(name, type, verb, shown, rejected).count++;
    this.#calls.of(name, type, verb, rejected).observe((this.now() - startedMs) / 1_000);
  }

  /** A webhook failed and was allowed to. */
  failedOpen({ name, type }: AskedWebhook): void {
    this.#failedOpen.of(name, type).count++;
  }

  /** What was counted. */
  families(): readonly MetricFamily[] {
    const rejections = 'Writes refused because of a webhook, by why and its status code.';
    return [
      ...expressionFamilies('validating', 'Validations of policies that did not hold or failed', this.#validating),
      ...expressionFamilies('mutating', 'Mutations of policies', this.#mutating),
      apiserverFamily(
        'admission_webhook_admission_duration_seconds',
        'histogram',
        'Time webhooks took.',
        this.#calls.all,
      ),
      counter('admission_webhook_request_total', 'Questions to webhooks, by status code.', this.#requests),
      counter('admission_webhook_rejection_count', rejections, this.#rejections),
      counter('admission_webhook_fail_open_count', 'Failures of webhooks that may fail.', this.#failedOpen),
    ];
  }
}

function newCount(): { count: number } {
  return { count: 0 };
}

function noteExpression(timed: Timed, seconds: number): void {
  timed.count++;
  timed.seconds.observe(seconds);
}

function expressionFamilies(kind: string, what: string, series: LabelledSeries<Timed>): readonly MetricFamily[] {
  const name = `${kind}_admission_policy_check`;
  const samples = series.all.map(({ labels, value: { seconds: value } }) => ({ labels, value }));
  return [
    counter(`${name}_total`, `${what}, by policy and binding.`, series),
    apiserverFamily(`${name}_duration_seconds`, 'histogram', `${what}: time one took.`, samples),
  ];
}

function counter(name: string, help: string, series: LabelledSeries<{ readonly count: number }>): MetricFamily {
  return apiserverFamily(
    name,
    'counter',
    help,
    series.all.map(({ labels, value: { count: value } }) => ({ labels, value })),
  );
}
