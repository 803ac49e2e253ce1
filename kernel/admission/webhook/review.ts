import { errorText } from '../../meta/errors.ts';
import { isPlainObject } from '../../meta/json.ts';
import type { Json, JsonObject, KubeObject } from '../../meta/object.ts';
import type { WebhookCaller } from '../../ports/webhook.ts';
import { parseJson } from '../../meta/json.ts';
import { inVersion, type MatchedWrite } from '../matching.ts';
import { requestValue } from '../policy/request.ts';
import type { ReadyWebhook } from './ready-webhook.ts';

/** What a webhook answered. */
export interface ReviewAnswer {
  readonly allowed: boolean;
  /** A Status; of refusals only. */
  readonly status: JsonObject | undefined;
  /** Operations of a JSON Patch. */
  readonly patch: Json | undefined;
  readonly warnings: readonly string[];
}

/** One question to one webhook. */
export interface Review {
  readonly write: MatchedWrite;
  /** The version the objects are shown in. */
  readonly version: string;
  readonly uid: string;
  readonly caller: WebhookCaller;
  readonly signal: AbortSignal;
}

/** A webhook could not be asked or did not answer properly: its `failurePolicy` counts. */
export class WebhookFailure extends Error {
  override readonly name = 'WebhookFailure';
  /** HTTP status that stands for it in metrics: 500 for no answer, 503 for one that is wrong (Kubernetes). */
  readonly code: 500 | 503;

  constructor(code: 500 | 503, message: string, options: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const group = 'admission.k8s.io';

/**
 * Asks a webhook (`admission.k8s.io` AdmissionReview). @throws {WebhookFailure} with the texts of Kubernetes
 * `webhook/request/admissionreview.go`; the abort reason.
 */
export async function askWebhook(webhook: ReadyWebhook, review: Review): Promise<ReviewAnswer> {
  const apiVersion = `${group}/${webhook.reviewVersion}`;
  const body = { kind: 'AdmissionReview', apiVersion, request: requestOf(review) };
  const { address, timeoutMs } = webhook;
  let answer: unknown;
  try {
    answer = await review.caller.post({ address, body, timeoutMs, signal: review.signal });
  } catch (cause) {
    if (review.signal.aborted) throw review.signal.reason;
    throw failure(webhook, 500, `failed to call webhook: ${errorText(cause)}`, cause);
  }
  try {
    return readAnswer(answer, apiVersion, review.uid);
  } catch (cause) {
    throw failure(webhook, 503, `received invalid webhook response: ${errorText(cause)}`, cause);
  }
}

function failure({ name }: ReadyWebhook, code: 500 | 503, why: string, cause: unknown): WebhookFailure {
  return new WebhookFailure(code, `failed calling webhook ${JSON.stringify(name)}: ${why}`, { cause });
}

function requestOf({ write, version, uid }: Review): object {
  const { attributes, object } = write;
  const { definition, old } = attributes;
  const shown = (one: KubeObject | undefined) => (one === undefined ? null : inVersion(one, definition, version));
  return {
    uid,
    ...requestValue(write, version),
    object: shown(object),
    oldObject: shown(old),
  };
}

function readAnswer(answer: unknown, apiVersion: string, uid: string): ReviewAnswer {
  const { kind, apiVersion: given, response } = isPlainObject(answer) ? answer : {};
  if (kind !== 'AdmissionReview' || given !== apiVersion) {
    const shown = `${JSON.stringify(given ?? '')}, Kind=${JSON.stringify(kind ?? '')}`;
    throw new Error(`expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${shown}`);
  }
  if (!isPlainObject(response)) throw new Error('webhook response was absent');
  // v1beta1 answers need not repeat it.
  if (response['uid'] !== uid && !apiVersion.endsWith('beta1')) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  }
  const { status, warnings } = response;
  return {
    allowed: response['allowed'] === true,
    status: isPlainObject(status) ? status : undefined,
    patch: readPatch(response),
    warnings: Array.isArray(warnings) ? warnings.filter((one) => typeof one === 'string') : [],
  };
}

function readPatch({ patch, patchType }: JsonObject): Json | undefined {
  const hasPatch = typeof patch === 'string' && patch !== '';
  if (!hasPatch) {
    if (typeof patchType === 'string') throw new Error('webhook returned response.patchType but not response.patch');
    return undefined;
  }
  if (patchType === undefined) throw new Error('webhook returned response.patch but not response.patchType');
  if (patchType !== 'JSONPatch') {
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  }
  return parseJson(Uint8Array.fromBase64(patch)).value;
}
