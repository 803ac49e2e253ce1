import { type Clock, formatMicroTime } from '../base/clock.ts';
import { ApiError, errorText, isApiError } from '../meta/errors.ts';
import { encodeJson } from '../meta/json.ts';
import type { ApiResponse } from '../ports/endpoint.ts';
import type { HistoryEntry, ObjectHistory } from '../ports/resources.ts';
import { type ResourceCall, type VerbPorts, viewOf } from './call.ts';
import { readListQuery, readWatchQuery } from './query-options.ts';
import { contentTypeOf, listBody, objectBody } from './view.ts';
import { errorEvent, WatchBody } from './watch-body.ts';

/** Entries of a history without `limit`. */
const historyLimitDefault = 100;
/** Most entries of a history. */
const historyLimitMax = 500;

/** `GET` of one object: its stored bytes as they are, unless another form was asked for. */
export async function getObject(call: ResourceCall, { resources, clock }: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const resourceVersion = call.request.query.get('resourceVersion') ?? '';
  const object = await resources.get(call.context, call.target, resourceVersion === '' ? {} : { resourceVersion });
  const body = objectBody(object, view);
  const headers = { 'content-type': contentTypeOf(view) };
  return { status: 200, headers, body: body instanceof Uint8Array ? body : await body };
}

/** `GET` of a collection: stored bytes between commas, streamed when there are many. */
export async function listObjects(call: ResourceCall, { resources, clock }: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const page = await resources.list(call.context, call.target, readListQuery(call.request.query));
  return { status: 200, headers: { 'content-type': contentTypeOf(view) }, body: await listBody(page, view) };
}

/**
 * `GET ?watch=true`: one JSON event per line. Refusals known before the answer begins are answered as such, except
 * `Expired`, which clients expect as an `ERROR` event of a successful answer.
 */
export async function watchObjects(call: ResourceCall, ports: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, ports.clock);
  if (view.representation.encoding !== 'json') {
    throw new ApiError(
      'NotAcceptable',
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    );
  }
  const query = readWatchQuery(call.request.query, ports.random);
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, isLongRunning: true };
  const onFailure = (error: unknown) => {
    ports.logger.error('Watch failed', { error: errorText(error), requestId: call.request.requestId });
    return new ApiError('InternalError', 'The watch failed; see the server log', {}, { cause: error });
  };
  const counted = ports.watches.open(call.context.user);
  try {
    const notices = await ports.resources.watch(call.context, call.target, query);
    const guard = nowAndThen(call.requireStill, ports.clock);
    return { ...answer, body: new WatchBody(notices, { view, encodings: ports.encodings, onFailure, guard, counted }) };
  } catch (error) {
    counted[Symbol.dispose]();
    if (isApiError(error, 'Expired')) return { ...answer, body: errorEvent(error) };
    throw error;
  }
}

/** How long a watch goes on without asking whether its user may still watch. */
const guardEveryMs = 5_000;

/**
 * Calls `check` when it was not called for a while: events may come by the thousand. Where the answer takes time (a token
 * has to be verified anew), events go on until it is there.
 */
function nowAndThen(check: ResourceCall['requireStill'], clock: Clock): () => void {
  let checkedMs = clock.monotonicMs();
  let refusal: Error | undefined;
  return () => {
    if (refusal !== undefined) throw refusal;
    const nowMs = clock.monotonicMs();
    if (nowMs - checkedMs < guardEveryMs) return;
    checkedMs = nowMs;
    check()?.catch((cause: unknown) => {
      refusal = cause instanceof Error ? cause : new Error('Cannot ask again who watches', { cause });
    });
  };
}

/** `GET …/history`: past states of one object, newest first, with who wrote them and why; `before` a revision for the next page. */
export async function objectHistory(
  call: Omit<ResourceCall, 'requireStill'>,
  { resources }: VerbPorts,
): Promise<ApiResponse> {
  const { query } = call.request;
  const limit = readCount(query, 'limit', historyLimitMax) ?? historyLimitDefault;
  const before = readCount(query, 'before', Number.MAX_SAFE_INTEGER);
  const { namespace, name } = call.target;
  const history = await resources.history(call.context, call.target, limit, before);
  const gap = historyGap(history);
  const body = {
    kind: 'ObjectHistory',
    apiVersion: 'kernel.planform.dev/v1alpha1',
    metadata: { name, ...(namespace === '' ? {} : { namespace }), resourceVersion: String(history.revision) },
    entries: history.entries.map(historyEntry),
    ...(gap === undefined ? {} : { gap }),
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: encodeJson(body) };
}

/** A whole number from 1; `undefined` when absent. @throws {ApiError} `BadRequest` for anything else. */
function readCount(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= max) return count;
  throw new ApiError('BadRequest', `Cannot read query parameter "${name}": "${text}", allowed is 1 to ${max}`);
}

/** What a reader of a history must know before concluding that nothing happened. */
function historyGap({ evictedThrough, keptFrom }: ObjectHistory) {
  if (evictedThrough !== undefined) {
    const message = `Changes up to revision ${evictedThrough} may be missing: the store was larger than its budget`;
    return { through: String(evictedThrough), reason: 'StoreBudget', message };
  }
  if (keptFrom === undefined) return undefined;
  const message = `Changes before revision ${keptFrom} are no longer kept: they were too old or too many`;
  return { through: String(keptFrom - 1), reason: 'Retention', message };
}

function historyEntry({ atMs, ...entry }: HistoryEntry) {
  const { revision, operation, actor, reason, object } = entry;
  return { revision, operation, actor, reason, time: formatMicroTime(atMs), object };
}
