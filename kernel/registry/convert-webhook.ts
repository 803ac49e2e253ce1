import { validateAnnotations } from '../meta/annotations.ts';
import type { Random } from '../base/random.ts';
import { ApiError, errorText, type FieldError, formatFieldError } from '../meta/errors.ts';
import { isPlainObject } from '../meta/json.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import { validateLabels } from '../meta/selectors.ts';
import type { WebhookCaller } from '../ports/webhook.ts';
import type { WebhookConversion } from '../schema/kind.ts';

/** Time a webhook has for one review, milliseconds (documented for CustomResourceDefinitions). */
const reviewTimeoutMs = 30_000;
/** Most objects of one review, and bytes after which one is long enough. */
const reviewObjectsMax = 500;
const reviewBytesMin = 2 * 1024 * 1024;

/** What converting by a webhook needs. */
export interface WebhookTurn {
  readonly conversion: WebhookConversion;
  /** In which the objects are wanted. */
  readonly apiVersion: string;
  readonly caller: WebhookCaller;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** An object to convert and how long it is. */
export interface SizedObject {
  readonly object: KubeObject;
  readonly byteCount: number;
}

/** For registries that call nobody. */
export const noWebhooks: WebhookCaller = {
  post: async () => {
    throw new Error('this server calls no webhooks');
  },
};

/**
 * Objects in another version, as the kind's webhook makes it (`apiextensions.k8s.io ConversionReview`). Nothing of the
 * metadata but labels and annotations may change. Texts are those of apiextensions-apiserver `webhook_converter.go`.
 * @throws {ApiError} `Unknown`, as Kubernetes answers, when the webhook cannot be reached, refuses, or answers with something else.
 */
export async function convertByWebhook(
  turn: WebhookTurn,
  objects: readonly SizedObject[],
): Promise<readonly KubeObject[]> {
  const converted: KubeObject[] = [];
  let batch: KubeObject[] = [];
  let batchBytes = 0;
  for (const [index, { object, byteCount }] of objects.entries()) {
    batch.push(object);
    batchBytes += byteCount;
    const isFull = batch.length === reviewObjectsMax || batchBytes >= reviewBytesMin;
    if (!isFull && index < objects.length - 1) continue;
    converted.push(...(await review(turn, batch)));
    batch = [];
    batchBytes = 0;
  }
  return converted;
}

/** Versions of ConversionReview this server speaks; both have the same fields. */
const knownReviewVersions = ['v1', 'v1beta1'];

async function review(turn: WebhookTurn, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const { conversion, apiVersion: desiredAPIVersion, caller, random, signal } = turn;
  const version = conversion.reviewVersions.find((name) => knownReviewVersions.includes(name));
  if (version === undefined) throw new ApiError('Unknown', 'no supported conversion review versions');
  const apiVersion = `apiextensions.k8s.io/${version}`;
  const uid = random.uuid();
  const body = { kind: 'ConversionReview', apiVersion, request: { uid, desiredAPIVersion, objects } };
  const subject = `conversion webhook for ${gvkText(objects[0])}`;
  let answers: readonly unknown[];
  try {
    const answer = await caller.post({ address: conversion.webhook, body, timeoutMs: reviewTimeoutMs, signal });
    answers = readAnswer(answer, version === 'v1' ? { apiVersion, uid } : undefined);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError('Unknown', `${subject} failed: ${errorText(cause)}`, {}, { cause });
  }
  if (answers.length !== objects.length) {
    const counts = `${answers.length} objects, expected ${objects.length}`;
    throw new ApiError('Unknown', `${subject} returned ${counts}`);
  }
  return objects.map((object, index) => takeConverted(subject, object, answers[index], { desiredAPIVersion, index }));
}

/** `stable.example.com/v1, Kind=CronTab`, as Go prints a GroupVersionKind. */
function gvkText(object: KubeObject | undefined): string {
  return `${object?.apiVersion}, Kind=${object?.kind}`;
}

/** @param expected absent for `v1beta1`, whose answers never had to say what they belong to. */
function readAnswer(
  answer: unknown,
  expected: { readonly apiVersion: string; readonly uid: string } | undefined,
): readonly unknown[] {
  const { apiVersion = '', kind = '', response } = isPlainObject(answer) ? answer : {};
  if (expected !== undefined && (apiVersion !== expected.apiVersion || kind !== 'ConversionReview')) {
    const wanted = `${expected.apiVersion}, Kind=ConversionReview`;
    throw new Error(`expected webhook response of ${wanted}, got ${shown(apiVersion)}, Kind=${shown(kind)}`);
  }
  if (!isPlainObject(response)) throw new Error('no response provided');
  const { uid = '', result, convertedObjects } = response;
  if (expected !== undefined && uid !== expected.uid) {
    throw new Error(`expected response.uid=${JSON.stringify(expected.uid)}, got ${JSON.stringify(uid)}`);
  }
  const { status = '', message } = isPlainObject(result) ? result : {};
  if (status !== 'Success') {
    if (typeof message === 'string' && message !== '') throw new Error(message);
    throw new Error(`response.result.status was '${shown(status)}', not 'Success'`);
  }
  return Array.isArray(convertedObjects) ? convertedObjects : [];
}

function takeConverted(
  subject: string,
  original: KubeObject,
  answer: unknown,
  { desiredAPIVersion, index }: { readonly desiredAPIVersion: string; readonly index: number },
): KubeObject {
  const { apiVersion = '', kind = '' } = isPlainObject(answer) ? answer : {};
  const fail = (what: string, why: string) => new ApiError('Unknown', `${subject} returned ${what}: ${why}`);
  const at = `invalid converted object at index ${index}`;
  if (apiVersion !== desiredAPIVersion) {
    const versions = `(expected ${desiredAPIVersion}, received ${shown(apiVersion)})`;
    throw fail(at, `invalid groupVersion ${versions}`);
  }
  if (kind !== original.kind) throw fail(at, `invalid kind (expected ${original.kind}, received ${shown(kind)})`);
  const object = answer as KubeObject;
  const problem = identityProblem(original, object);
  if (problem !== undefined) throw fail(at, problem);
  const metadata = restoreMetadata(original, object);
  if (typeof metadata === 'string') throw fail(`invalid metadata in object at index ${index}`, metadata);
  return { ...object, metadata };
}

function identityProblem(original: KubeObject, { metadata }: KubeObject): string | undefined {
  for (const [field, title] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const before = original.metadata[field] ?? '';
    const after = (metadata as KubeObject['metadata'] | undefined)?.[field] ?? '';
    if (before !== after) return `must have the same ${title}: ${before} != ${after}`;
  }
  return undefined;
}

/** What stands where a text is expected. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The metadata of the original with the labels and annotations of the answer; a text when those are no good. */
function restoreMetadata(original: KubeObject, converted: KubeObject): KubeObject['metadata'] | string {
  const answered: unknown = converted.metadata;
  if (answered === undefined) return 'missing metadata in converted object';
  if (!isPlainObject(answered)) return 'invalid metadata in converted object: must be an object';
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const texts: Record<string, JsonObject> = {};
  for (const field of ['labels', 'annotations'] as const) {
    const value = answered[field];
    if (value === undefined || value === null) continue;
    if (!isPlainObject(value)) return `invalid metadata.${field} in converted object: must be a map of strings`;
    const odd = Object.entries(value).find(([, text]) => typeof text !== 'string');
    if (odd !== undefined) return `metadata.${field}[${odd[0]}] must be a string, but is ${typeof odd[1]}`;
    const errors = checkTexts(field, value as Readonly<Record<string, string>>);
    if (errors.length > 0) return errors.map(formatFieldError).join(', ');
    texts[field] = value;
  }
  return { ...kept, ...texts };
}

function checkTexts(field: 'labels' | 'annotations', texts: Readonly<Record<string, string>>): readonly FieldError[] {
  return field === 'labels' ? validateLabels(texts, 'metadata.labels') : validateAnnotations(texts);
}
