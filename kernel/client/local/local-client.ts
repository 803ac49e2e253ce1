import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { isApiError } from '../../meta/errors.ts';
import type { Draft, JsonObject, KubeObject } from '../../meta/object.ts';
import type { UserInfo } from '../../ports/auth.ts';
import type { Client, ListOptions, ListResult, ObjectName, WatchEvent } from '../../ports/client.ts';
import type { StoredObject, WriteOptions } from '../../ports/endpoint.ts';
import type { DecodedBody, ObjectPage, ResourceApi, ResourceContext, ResourceTarget } from '../../ports/resources.ts';
import type { KindDefinition } from '../../schema/kind.ts';

/** What an in-process client needs. */
export interface LocalClientOptions {
  /** The verbs behind authorization, as the server offers them. */
  readonly resources: ResourceApi;
  /** Who the client acts as. */
  readonly user: UserInfo;
  readonly clock: Clock;
  readonly random: Random;
}

/** Page size of `list`; all pages are of one revision. */
const pageLimit = 500;
/** How long one watch runs before the caller's loop starts the next one. */
const watchTimeoutMs = 30 * 60_000;

/**
 * A client inside the server's own process. It skips TLS, HTTP and byte encoding, nothing else: the user is
 * authorized, admitted and audited like anyone.
 */
export function localClient(options: LocalClientOptions): Client {
  const { resources, user, clock, random } = options;
  const contextFor = (signal: AbortSignal): ResourceContext => ({
    user,
    requestId: random.uuid(),
    receivedAtMs: clock.nowMs(),
    userAgent: user.name,
    signal,
    warn: () => undefined,
  });
  const write = async <T extends KubeObject>(
    written: Promise<{ readonly object: { parsed(): KubeObject } }>,
  ): Promise<T> => (await written).object.parsed() as T;

  return {
    async get<T extends KubeObject>(kind: KindDefinition<T>, at: ObjectName, signal: AbortSignal): Promise<T> {
      const stored = await resources.get(contextFor(signal), targetOf(kind, at), {});
      return stored.parsed() as T;
    },
    list: (kind, query, signal) => listAll(options, contextFor(signal), kind, query),
    watch: (kind, query, signal) => watchEvents(resources, contextFor(signal), kind, query),
    create: (kind, object, writeOptions, signal) =>
      write(
        resources.create(
          contextFor(signal),
          targetOf(kind, { ...namespaceOf(object.metadata), name: '' }),
          bodyOf(kind, object),
          writeOptions,
        ),
      ),
    update: (kind, object, { subresource, ...writeOptions }, signal) =>
      write(
        resources.update(
          contextFor(signal),
          targetOf(kind, nameOf(object), subresource),
          bodyOf(kind, object),
          writeOptions,
        ),
      ),
    patch: (kind, at, patch, { subresource, ...writeOptions }, signal) =>
      write(resources.patch(contextFor(signal), targetOf(kind, at, subresource), patch, writeOptions)),
    apply: (kind, object, { subresource, ...writeOptions }, signal) =>
      write(
        resources.apply(
          contextFor(signal),
          targetOf(kind, nameOf(object), subresource),
          bodyOf(kind, object),
          writeOptions satisfies WriteOptions,
        ),
      ),
    async delete(kind, at, deleteOptions, signal) {
      const { object } = await resources.delete(contextFor(signal), targetOf(kind, at), deleteOptions);
      return { resourceVersion: String(object.revision) };
    },
  };
}

/**
 * Reads all pages; they are of one revision. Others run between pages; where that takes so long that the revision is
 * forgotten, everything is read again at once.
 */
async function listAll<T extends KubeObject>(
  { resources, clock }: LocalClientOptions,
  context: ResourceContext,
  kind: KindDefinition<T>,
  query: ListOptions,
): Promise<ListResult<T>> {
  const { project = (object) => object, limit = pageLimit, metadataOnly = false } = query;
  const target = targetOf(kind, { name: '', ...namespaceOf(query) });
  const readPage = (page: { readonly limit: number; readonly continueToken?: string }) =>
    resources.list(context, target, { ...selectorsOf(query), anyVersion: metadataOnly, ...page });
  const take = (page: ObjectPage) => page.items.map((stored) => project(objectOf(stored, metadataOnly)) as T);
  let page = await readPage({ limit });
  const items = take(page);
  try {
    while (page.continueToken !== undefined) {
      await clock.yieldToOthers();
      page = await readPage({ limit, continueToken: page.continueToken });
      items.push(...take(page));
    }
  } catch (error) {
    if (!isApiError(error, 'Expired')) throw error;
    page = await readPage({ limit: 0 });
    return { items: take(page), resourceVersion: String(page.revision) };
  }
  return { items, resourceVersion: String(page.revision) };
}

async function* watchEvents<T extends KubeObject>(
  resources: ResourceApi,
  context: ResourceContext,
  kind: KindDefinition<T>,
  query: ListOptions & { readonly resourceVersion: string },
): AsyncIterable<WatchEvent<T>> {
  const target = targetOf(kind, { name: '', ...namespaceOf(query) });
  const notices = await resources.watch(context, target, {
    ...selectorsOf(query),
    resourceVersion: query.resourceVersion,
    allowBookmarks: true,
    anyVersion: query.metadataOnly === true,
    timeoutMs: watchTimeoutMs,
  });
  for await (const notice of notices) {
    if (notice.type === 'BOOKMARK') yield { type: 'BOOKMARK', resourceVersion: String(notice.revision) };
    else if (notice.object !== undefined)
      yield { type: notice.type, object: objectOf(notice.object, query.metadataOnly === true) as T };
  }
}

function objectOf(stored: StoredObject, metadataOnly: boolean): KubeObject {
  return metadataOnly ? stored.header() : stored.parsed();
}

function targetOf(kind: KindDefinition, at: ObjectName, subresource: string = ''): ResourceTarget {
  return {
    definition: kind,
    version: kind.storageVersion,
    namespace: kind.scope === 'Namespaced' ? (at.namespace ?? '') : '',
    name: at.name,
    subresource: subresource as ResourceTarget['subresource'],
  };
}

/** The name inside a body. */
function nameOf(object: Draft<KubeObject>): ObjectName {
  return { ...namespaceOf(object.metadata), name: object.metadata?.name ?? '' };
}

function namespaceOf(at: { readonly namespace?: string | undefined } | undefined): { readonly namespace?: string } {
  return at?.namespace === undefined ? {} : { namespace: at.namespace };
}

function selectorsOf({ labelSelector, fieldSelector }: ListOptions) {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function bodyOf(kind: KindDefinition, object: Draft<KubeObject>): DecodedBody {
  const apiVersion = kind.group === '' ? kind.storageVersion : `${kind.group}/${kind.storageVersion}`;
  return { value: { apiVersion, kind: kind.kind, ...object } as JsonObject, duplicateFields: [] };
}
