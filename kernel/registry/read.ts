import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import type { CachedPage, ResourceCache } from '../cache/resource-cache.ts';
import type { Selection } from '../cache/selection.ts';
import type { Feed } from '../base/feed.ts';
import { ApiError, NotFoundError } from '../meta/errors.ts';
import type {
  ListQuery,
  ObjectPage,
  ResourceContext,
  ResourceTarget,
  WatchNotice,
  WatchQuery,
} from '../ports/resources.ts';
import type { CompiledKind } from './compiled-kind.ts';
import { type ContinueToken, formatContinueToken, parseContinueToken } from './continue-token.ts';
import { ConvertedFeed } from './convert-feed.ts';
import type { RegistryCore } from './core.ts';
import { readPast } from './past.ts';
import { type LateSelection, LateNotices, lateSelection, selectLate } from './late-selection.ts';
import { makeSelection } from './selection.ts';

/** How long a read waits for a revision that is not there yet (kube-apiserver storage/cacher `blockTimeout`). */
const futureRevisionTimeoutMs = 3_000;

/** One object. @throws {ApiError} `NotFound`, or `Timeout` when `resourceVersion` lies in the future. */
export async function getObject(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  resourceVersion: string,
): Promise<CachedObject> {
  const kind = core.catalog.compiled(target.definition);
  if (resourceVersion !== '') await waitForRevision(core, parseRevision(resourceVersion) ?? 0, context);
  const found = core.cache.resource(kind.resource).get(cacheKey(target.namespace, target.name));
  if (found === undefined) throw new NotFoundError(kind.key(target.namespace, target.name));
  return kind.isStoredIn(target.version) ? found : core.conversions.inVersion(kind, found, target.version);
}

/**
 * One page, exactly as of one revision: the newest, or the one of the continue token or of an `Exact` match. A revision inside
 * a commit stands for the whole commit: no list shows a part of one.
 * @throws {ApiError} `Expired` when that revision is no longer known; the message of a continued list carries a token
 *   for going on inconsistently.
 */
export async function listObjects(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  query: ListQuery,
): Promise<ObjectPage> {
  const kind = core.catalog.compiled(target.definition);
  const cache = core.cache.resource(kind.resource);
  const isWanted = lateSelection(kind, target.version, query);
  const selection = makeSelection({ ...target, definition: kind.definition }, query, isWanted !== undefined);
  const limit = query.limit === undefined || query.limit === 0 ? Infinity : query.limit;
  const token = query.continueToken === undefined ? undefined : parseContinueToken(query.continueToken);
  const revision = await listedRevision(core, context, query, token);
  const start = token?.start ?? '';
  const most = isWanted === undefined ? limit : Infinity;
  const asked = { selection, start, limit: most, revision, resource: kind.resource };
  const page = await readPage(core, cache, asked, context);
  if (page === undefined) throw expiredList(token?.start);
  const forms = query.anyVersion
    ? page.items
    : await inVersion(core, kind, page, { version: target.version, revision });
  const { items, next, remaining } = isWanted ? selectLate(forms, isWanted, limit) : { ...page, items: forms };
  if (next === undefined) return { items, revision };
  const isCounted = remaining !== undefined && selection.matches === undefined;
  return {
    items,
    revision,
    continueToken: formatContinueToken({ revision, start: next }),
    ...(isCounted ? { remainingItemCount: remaining } : {}),
  };
}

/** The revision a list is of; waits until it is there. */
async function listedRevision(
  core: RegistryCore,
  context: ResourceContext,
  query: ListQuery,
  token: ContinueToken | undefined,
): Promise<number> {
  const asked = parseRevision(query.resourceVersion ?? '', 'invalid resource version: ') ?? 0;
  if (token !== undefined && asked > 0) {
    throw new ApiError('BadRequest', 'specifying resource version is not allowed when using continue');
  }
  const isContinued = token !== undefined && token.revision > 0;
  const isExact = query.resourceVersionMatch === 'Exact' && asked > 0;
  await waitForRevision(core, isContinued ? token.revision : asked, context, isExact);
  if (isContinued) return token.revision;
  if (query.asOfMs !== undefined) return revisionAt(core, query.asOfMs, context);
  return isExact ? core.store.readCommitEnd(asked, context.signal) : core.cache.head;
}

/** How far the clock of a client may go ahead of ours. */
const clockSkewMsMax = 60_000;

/**
 * The revision whose state was the current one at a time.
 * @throws {ApiError} `Expired` for a time before all that is known, `BadRequest` for one that is still to come.
 */
async function revisionAt({ store, cache, clock }: RegistryCore, atMs: number, { signal }: ResourceContext) {
  if (atMs > clock.nowMs() + clockSkewMsMax) {
    throw new ApiError('BadRequest', `Nothing is known of ${new Date(atMs).toISOString()}: it is still to come`);
  }
  const revision = await store.readRevisionAt(atMs, signal);
  if (revision > 0) return Math.min(await store.readCommitEnd(revision, signal), cache.head);
  throw new ApiError(
    'Expired',
    `Nothing is known of ${new Date(atMs).toISOString()}: every revision that is kept is later`,
  );
}

/** Events in order from a revision on, or the present state and then events. See `ResourceApi.watch`. */
export async function watchObjects(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  query: WatchQuery,
): Promise<Feed<WatchNotice>> {
  const kind = core.catalog.compiled(target.definition);
  const cache = core.cache.resource(kind.resource);
  const isWanted = lateSelection(kind, target.version, query);
  const selection = makeSelection({ ...target, definition: kind.definition }, query, isWanted !== undefined);
  const asked = parseRevision(query.resourceVersion ?? '') ?? 0;
  // A client may have heard elsewhere of a revision that is still on its way here.
  await waitForRevision(core, asked, context);
  const startsWithState = query.sendInitialEvents ?? asked === 0;
  if (!startsWithState && asked > 0 && asked < cache.eventFloor) {
    throw new ApiError('Expired', `too old resource version: ${asked} (${cache.eventFloor})`);
  }
  const after = asked === 0 ? core.cache.head : asked;
  const watcher = cache.watch({
    selection,
    ...(startsWithState ? {} : { after }),
    allowBookmarks: query.allowBookmarks,
    marksInitialEnd: query.sendInitialEvents === true && query.allowBookmarks,
    timeoutMs: query.timeoutMs,
    signal: context.signal,
  });
  if (!kind.hasForms || query.anyVersion === true) return watcher;
  const start = { kind, selection, version: target.version, revision: startsWithState ? 0 : after };
  const late = isWanted && (await lateNotices(core, isWanted, start));
  return new ConvertedFeed(core, kind, watcher, { version: target.version, late });
}

/** Remembers which objects a watcher knows that are selected in another form than the stored one. */
async function lateNotices(
  core: RegistryCore,
  isWanted: LateSelection,
  start: {
    readonly kind: CompiledKind;
    readonly selection: Selection;
    readonly version: string;
    /** 0: the watcher is told of everything there is. */
    readonly revision: number;
  },
): Promise<LateNotices> {
  const { kind, selection, version, revision } = start;
  if (revision === 0) return new LateNotices(isWanted, []);
  const page = core.cache.resource(kind.resource).page({ selection, start: '', limit: Infinity, revision });
  const forms = await core.conversions.allInVersion(kind, page.items, version);
  return new LateNotices(
    isWanted,
    forms.filter(isWanted).map(({ key }) => key),
  );
}

/** The objects of a page in the version that was asked for. */
async function inVersion(
  { cache, conversions }: RegistryCore,
  kind: CompiledKind,
  { items }: CachedPage,
  { version, revision }: { readonly version: string; readonly revision: number },
): Promise<readonly CachedObject[]> {
  // Only lists of the present are known to be in one form.
  const isDone = kind.isStoredIn(version) && (revision === cache.head || !kind.hasForms);
  return isDone ? items : conversions.allInVersion(kind, items, version);
}

interface PageQuery {
  readonly resource: string;
  readonly selection: Selection;
  readonly start: string;
  readonly limit: number;
  readonly revision: number;
}

/** From memory where the recent events reach back far enough, else from the store; undefined when both forgot. */
async function readPage(
  core: RegistryCore,
  cache: ResourceCache,
  query: PageQuery,
  context: ResourceContext,
): Promise<CachedPage | undefined> {
  if (query.revision >= cache.eventFloor) return cache.page(query);
  return readPast(core, query, context);
}

/** @param isFinal upstream tells nobody to come back for an exact revision. */
async function waitForRevision(
  core: RegistryCore,
  revision: number,
  context: ResourceContext,
  isFinal = false,
): Promise<void> {
  if (revision <= core.cache.head) return;
  if (await core.cache.waitFor(revision, futureRevisionTimeoutMs, context.signal)) return;
  throw new ApiError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${core.cache.head}`, {
    ...(isFinal ? {} : { retryAfterSeconds: 1 }),
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  });
}

/**
 * A revision from its text; `undefined` when empty.
 * @param subject what a refusal begins with. @throws {ApiError} `BadRequest` when it is none.
 */
function parseRevision(text: string, subject = ''): number | undefined {
  if (text === '') return undefined;
  const revision = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision;
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  const quoted = JSON.stringify(text);
  throw new ApiError(
    'BadRequest',
    `${subject}resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`,
  );
}

function expiredList(start: string | undefined): ApiError {
  if (start === undefined) {
    return new ApiError('Expired', 'The resourceVersion for the provided list is too old.');
  }
  return new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
    { continueToken: formatContinueToken({ revision: -1, start }) },
  );
}
