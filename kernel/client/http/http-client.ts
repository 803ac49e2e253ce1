import { ApiError } from '../../meta/errors.ts';
import { deepFreeze, encodeJson, parseJson } from '../../meta/json.ts';
import { formatApiVersion, isJsonObject, type JsonObject, type KubeObject } from '../../meta/object.ts';
import type { Client, ListOptions, ListResult, ObjectName, Patch, WatchEvent } from '../../ports/client.ts';
import { changeReasonHeader } from '../../ports/change-reason.ts';
import type { DeleteOptions, WriteOptions } from '../../ports/endpoint.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { revisionHeader } from '../../server/call.ts';
import { statusToError } from '../../server/status.ts';
import { splitLines } from './json-lines.ts';
import { readWhole, type Transport, transportError, type TransportResponse } from './transport.ts';

/** What the client is made of. */
export interface HttpClientOptions {
  readonly transport: Transport;
  /** Sent as User-Agent; the part before the first `/` is the default field manager. Default `planform`. */
  readonly userAgent?: string;
  /** Most bytes of one answer (a page of a list, an object). Default 64 MiB. */
  readonly answerBytesMax?: number;
}

/** Objects per page of a list. */
const pageItemsDefault = 500;
const answerBytesDefault = 64 * 1024 * 1024;
/** Longest event of a watch: an object at its largest and the envelope, with room for growth. */
const eventBytesMax = 8 * 1024 * 1024;

/** One request with a JSON answer. */
export interface JsonRequest {
  readonly method: string;
  /** With query, percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Form of the answer; one of JSON. Default `application/json`. */
  readonly accept?: string;
  /** Why a change is made; see `readChangeReason`. */
  readonly changeReason?: string;
}

/** A JSON answer with what its headers tell. */
export interface JsonAnswer {
  readonly value: unknown;
  /** Revision a write made. */
  readonly resourceVersion: string | undefined;
}

/** A client of one server over any transport. */
export function createHttpClient(options: HttpClientOptions): Client {
  const call = (request: JsonRequest, signal: AbortSignal) => requestJson(options, request, signal);
  const write = async <T extends KubeObject>(request: JsonRequest, signal: AbortSignal): Promise<T> =>
    deepFreeze((await call(request, signal)).value as T);
  return {
    async get(kind, at, signal) {
      return write({ method: 'GET', path: objectPath(kind, at) }, signal);
    },
    list: (kind, listOptions, signal) => listPages(options, kind, listOptions, signal),
    watch: (kind, watchOptions, signal) => watchEvents(options, kind, watchOptions, signal),
    async create(kind, object, writeOptions, signal) {
      const path = withQuery(collectionPath(kind, metadataText(object, 'namespace')), writeQuery(writeOptions));
      return write({ method: 'POST', path, body: typed(kind, object) }, signal);
    },
    async update(kind, object, writeOptions, signal) {
      const path = withQuery(objectPath(kind, nameOf(object), writeOptions.subresource), writeQuery(writeOptions));
      return write({ method: 'PUT', path, body: typed(kind, object) }, signal);
    },
    async patch(kind, at, patch, writeOptions, signal) {
      const path = withQuery(objectPath(kind, at, writeOptions.subresource), writeQuery(writeOptions));
      return write({ method: 'PATCH', path, body: patch.body, contentType: patchTypes[patch.type] }, signal);
    },
    async apply(kind, object, writeOptions, signal) {
      const path = withQuery(objectPath(kind, nameOf(object), writeOptions.subresource), writeQuery(writeOptions));
      const contentType = 'application/apply-patch+yaml';
      return write({ method: 'PATCH', path, body: typed(kind, object), contentType }, signal);
    },
    async delete(kind, at, deleteOptions, signal) {
      const body = deleteBody(deleteOptions);
      const answer = await call({ method: 'DELETE', path: objectPath(kind, at), body }, signal);
      return { resourceVersion: answer.resourceVersion ?? metadataText(answer.value, 'resourceVersion') ?? '' };
    },
  };
}

const patchTypes: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/**
 * Sends JSON and reads JSON: for endpoints that are not objects of a kind.
 * @returns `undefined` as value for an empty answer.
 * @throws {ApiError} for every answer that is not a success, and when the server cannot be reached.
 */
export async function requestJson(
  options: HttpClientOptions,
  request: JsonRequest,
  signal: AbortSignal,
): Promise<JsonAnswer> {
  const bytesMax = options.answerBytesMax ?? answerBytesDefault;
  try {
    const response = await send(options, request, signal);
    const bytes = await readWhole(response.body, bytesMax);
    if (response.status >= 400) throw statusToError(response.status, jsonOrText(bytes));
    const value = bytes.byteLength === 0 ? undefined : parseJson(bytes, { bytesMax }).value;
    return { value, resourceVersion: response.headers[revisionHeader] };
  } catch (error) {
    throw transportError(error, `${request.method} ${request.path}`, signal);
  }
}

function send(options: HttpClientOptions, request: JsonRequest, signal: AbortSignal): Promise<TransportResponse> {
  const body = request.body === undefined ? undefined : encodeJson(request.body);
  const contentType = body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' };
  return options.transport.request({
    method: request.method,
    path: request.path,
    headers: {
      accept: request.accept ?? 'application/json',
      'user-agent': options.userAgent ?? 'planform',
      ...contentType,
      // Header values go out byte by byte.
      ...(request.changeReason === undefined
        ? {}
        : { [changeReasonHeader]: Buffer.from(request.changeReason, 'utf8').toString('latin1') }),
    },
    body,
    signal,
  });
}

/** A body as JSON if it is JSON, else as text: what `statusToError` takes. */
export function jsonOrText(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text; // a proxy or an older server may answer in words; the HTTP code then decides
  }
}

/** Reads all pages. A page token that expired on the way means one more attempt, without pages. */
async function listPages<T extends KubeObject>(
  options: HttpClientOptions,
  kind: KindDefinition<T>,
  listOptions: ListOptions,
  signal: AbortSignal,
): Promise<ListResult<T>> {
  const items: T[] = [];
  let continueToken = '';
  let limit = listOptions.limit ?? pageItemsDefault;
  for (;;) {
    const query = selectorQuery(listOptions);
    if (limit > 0) query.set('limit', String(limit));
    if (continueToken !== '') query.set('continue', continueToken);
    const path = withQuery(collectionPath(kind, listOptions.namespace), query);
    try {
      const { value } = await requestJson(options, { method: 'GET', path }, signal);
      const page = isJsonObject(value) ? value : {};
      for (const item of Array.isArray(page['items']) ? page['items'] : []) {
        const object = frozenItem(kind, item);
        items.push((listOptions.project?.(object) ?? object) as T);
      }
      continueToken = metadataText(page, 'continue') ?? '';
      if (continueToken === '') return { items, resourceVersion: metadataText(page, 'resourceVersion') ?? '' };
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'Expired' && continueToken !== '')) throw error;
      items.length = 0;
      continueToken = '';
      limit = 0;
    }
  }
}

/** Items of lists of standard kinds carry no type of their own when a Kubernetes server sends them. */
function frozenItem<T extends KubeObject>(kind: KindDefinition<T>, item: unknown): T {
  const object: unknown = typed(kind, item);
  return deepFreeze(object as T);
}

async function* watchEvents<T extends KubeObject>(
  options: HttpClientOptions,
  kind: KindDefinition<T>,
  watchOptions: ListOptions & { readonly resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>, void> {
  const query = selectorQuery(watchOptions);
  query.set('watch', 'true');
  query.set('allowWatchBookmarks', 'true');
  query.set('resourceVersion', watchOptions.resourceVersion);
  const path = withQuery(collectionPath(kind, watchOptions.namespace), query);
  try {
    const response = await send(options, { method: 'GET', path }, signal);
    if (response.status >= 400) {
      const bytes = await readWhole(response.body, options.answerBytesMax ?? answerBytesDefault);
      throw statusToError(response.status, jsonOrText(bytes));
    }
    for await (const line of splitLines(response.body, eventBytesMax)) yield readEvent(kind, line);
  } catch (error) {
    throw transportError(error, `watch ${path}`, signal);
  }
}

/** @throws {ApiError} the refusal an `ERROR` event carries. */
function readEvent<T extends KubeObject>(kind: KindDefinition<T>, line: Buffer): WatchEvent<T> {
  const { value } = parseJson(line, { bytesMax: eventBytesMax });
  const event = isJsonObject(value) ? value : {};
  const object = event['object'];
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event['type'], object: frozenItem(kind, object) };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: metadataText(object, 'resourceVersion') ?? '' };
    case 'ERROR': {
      const code = isJsonObject(object) ? object['code'] : undefined;
      throw statusToError(typeof code === 'number' ? code : 500, object);
    }
    default:
      throw new ApiError('InternalError', `Cannot read a watch event of type ${JSON.stringify(event['type'])}`);
  }
}

/** Path of a resource; with a namespace, of its objects in there. */
export function collectionPath(kind: KindDefinition, namespace: string | undefined): string {
  const version = kind.versions[0]?.name ?? kind.storageVersion;
  const root = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`;
  const isInNamespace = kind.scope === 'Namespaced' && namespace !== undefined && namespace !== '';
  return isInNamespace
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`
    : `${root}/${kind.plural}`;
}

/** Path of one object or of one of its subresources. */
export function objectPath(kind: KindDefinition, at: ObjectName, subresource?: string): string {
  const path = `${collectionPath(kind, at.namespace)}/${encodeURIComponent(at.name)}`;
  return subresource === undefined || subresource === '' ? path : `${path}/${subresource}`;
}

function withQuery(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function selectorQuery({ labelSelector, fieldSelector }: ListOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector !== undefined && labelSelector !== '') query.set('labelSelector', labelSelector);
  if (fieldSelector !== undefined && fieldSelector !== '') query.set('fieldSelector', fieldSelector);
  return query;
}

function writeQuery({ dryRun, fieldManager, fieldValidation, force }: WriteOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (dryRun === true) query.set('dryRun', 'All');
  if (fieldManager !== undefined) query.set('fieldManager', fieldManager);
  if (fieldValidation !== undefined) query.set('fieldValidation', fieldValidation);
  if (force === true) query.set('force', 'true');
  return query;
}

function deleteBody({ dryRun, ...options }: DeleteOptions): JsonObject {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...options,
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

/** The object with its type written in, in front. */
function typed(kind: KindDefinition, object: unknown): JsonObject {
  const version = kind.versions[0]?.name ?? kind.storageVersion;
  return {
    apiVersion: formatApiVersion(kind.group, version),
    kind: kind.kind,
    ...(isJsonObject(object) ? object : {}),
  };
}

function nameOf(object: unknown): ObjectName {
  const namespace = metadataText(object, 'namespace');
  const name = metadataText(object, 'name');
  if (name === undefined) throw new ApiError('BadRequest', 'Cannot write an object without metadata.name');
  return { ...(namespace === undefined ? {} : { namespace }), name };
}

function metadataText(object: unknown, field: string): string | undefined {
  if (!isJsonObject(object) || !isJsonObject(object['metadata'])) return undefined;
  const value = object['metadata'][field];
  return typeof value === 'string' ? value : undefined;
}
