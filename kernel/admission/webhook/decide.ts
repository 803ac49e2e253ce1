import type { Random } from '../../base/random.ts';
import { ApiError, errorText, isApiError } from '../../meta/errors.ts';
import { cloneJson, isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject, KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, PendingView, SecondRound } from '../../ports/admission.ts';
import type { Authorizer } from '../../ports/auth.ts';
import type { WebhookCaller } from '../../ports/webhook.ts';
import { applyJsonPatch } from '../../schema/patch/json-patch.ts';
import { takeOver } from '../draft.ts';
import type { AskedWebhook, DecisionMetrics } from '../decision-metrics.ts';
import { namespaceFinder } from '../find-namespace.ts';
import { forbidden } from '../../meta/forbidden.ts';
import { matchedWrite } from '../matching.ts';
import { evaluateConditions, variablesOf } from '../policy/evaluation.ts';
import type { ReadyWebhook } from './ready-webhook.ts';
import { askWebhook, type Review, type ReviewAnswer, WebhookFailure } from './review.ts';
import { refusalOf } from './refusal.ts';

/** What asking webhooks needs. */
export interface WebhookPorts {
  readonly view: Pick<PendingView, 'get'>;
  readonly authorizer: Authorizer;
  readonly caller: WebhookCaller;
  readonly random: Random;
  readonly metrics: DecisionMetrics;
}

/** A write on its way, as webhooks are asked about it. */
export interface AskedWrite {
  readonly attributes: AdmissionAttributes;
  /** Whether the webhooks may change it, as metrics name that. */
  readonly type: AskedWebhook['type'];
  readonly ports: WebhookPorts;
  readonly signal: AbortSignal;
}

/**
 * Asks all webhooks about an object, side by side.
 * @throws {ApiError} the first refusal in their order; `InternalError` for one that failed and must not.
 */
export async function askValidating(
  webhooks: readonly ReadyWebhook[],
  object: KubeObject | undefined,
  asked: AskedWrite,
): Promise<void> {
  const outcomes = await Promise.allSettled(webhooks.map(async (webhook) => ask(webhook, object, asked)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/**
 * Asks webhooks one after the other; each sees what those before it made of the draft. Those that want it are asked in the
 * second round if the draft changed after them (Kubernetes `webhook/mutating/dispatcher.go`). @throws as `askValidating`.
 */
export async function askMutating(
  webhooks: readonly ReadyWebhook[],
  draft: Record<string, unknown>,
  asked: AskedWrite,
): Promise<SecondRound> {
  const again = new Set<ReadyWebhook>();
  let asksAgain: ReadyWebhook[] = [];
  let isWanted = false;
  const changed = (): void => {
    for (const earlier of asksAgain) again.add(earlier);
    asksAgain = [];
  };
  for (const webhook of webhooks) {
    if (await mutateBy(webhook, draft, asked)) {
      isWanted = true;
      changed();
    }
    if (webhook.isReinvoked) asksAgain.push(webhook);
  }
  const made = asksAgain.length === 0 ? undefined : cloneJson(draft);
  return {
    isWanted,
    async run(later, { signal }) {
      if (made !== undefined && !jsonEquals(made, later)) changed();
      for (const webhook of again) await mutateBy(webhook, later, { ...asked, signal });
    },
  };
}

/** @returns true if the draft changed. */
async function mutateBy(webhook: ReadyWebhook, draft: Record<string, unknown>, asked: AskedWrite): Promise<boolean> {
  const object = draft as Record<string, unknown> & KubeObject;
  const answer = await ask(webhook, object, asked);
  if (answer?.patch === undefined) return false;
  // Patches do not change what they are applied to.
  const before = { ...draft };
  takeOver(draft, patched(object, answer.patch), asked.attributes);
  return !jsonEquals(before, draft);
}

function patched(object: KubeObject, patch: Json): JsonObject {
  try {
    const next = applyJsonPatch(object as KubeObject & JsonObject, patch);
    if (isPlainObject(next)) return next;
    throw new ApiError('BadRequest', 'the patched object is no object');
  } catch (cause) {
    if (!isApiError(cause)) throw cause;
    throw internal(errorText(cause), cause);
  }
}

/** @returns `undefined` when the webhook is not to be asked, or failed and may. */
async function ask(
  webhook: ReadyWebhook,
  object: KubeObject | undefined,
  asked: AskedWrite,
): Promise<ReviewAnswer | undefined> {
  const { attributes, type, ports } = asked;
  const review = reviewFor(webhook, object, asked);
  if (review === undefined) return undefined;
  const { metrics } = ports;
  const question = { name: webhook.name, type, operation: attributes.operation, startedMs: metrics.now() };
  try {
    const answer = await askWebhook(webhook, review);
    for (const warning of answer.warnings) attributes.warn(warning);
    if (!answer.allowed) {
      const refusal = refusalOf(webhook.name, answer.status);
      metrics.asked(question, { code: refusal.details.answered?.code ?? 400, rejectedBy: 'no_error' });
      throw refusal;
    }
    metrics.asked(question, { code: 200 });
    return answer;
  } catch (error) {
    if (!(error instanceof WebhookFailure)) throw error;
    const { code } = error;
    if (webhook.failurePolicy !== 'Ignore') {
      metrics.asked(question, { code, rejectedBy: 'calling_webhook_error' });
      throw internal(error.message, error);
    }
    metrics.asked(question, { code });
    metrics.failedOpen(question);
    return undefined;
  }
}

/** Kubernetes `NewInternalError`. */
function internal(message: string, cause: unknown): ApiError {
  return new ApiError(
    'InternalError',
    `Internal error occurred: ${message}`,
    { causes: [{ reason: '', message }] },
    { cause },
  );
}

function reviewFor(
  { matcher, conditions, failurePolicy }: ReadyWebhook,
  object: KubeObject | undefined,
  { attributes, ports, signal }: Omit<AskedWrite, 'type'>,
): Review | undefined {
  const { view, authorizer, caller, random } = ports;
  const write = matchedWrite(object, attributes, namespaceFinder(attributes, view));
  const version = matcher.match(write);
  if (version === undefined) return undefined;
  if (conditions.length > 0) {
    const variables = variablesOf({ write, version, namespace: undefined, authorizer });
    const verdict = evaluateConditions(conditions, variables);
    if (typeof verdict === 'object' && failurePolicy === 'Fail') throw forbidden(attributes, verdict.error);
    if (verdict !== 'matches') return undefined;
  }
  return { write, version, uid: random.uuid(), caller, signal };
}
