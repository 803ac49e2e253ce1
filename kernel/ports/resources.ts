import type { Feed } from '../base/feed.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { KindDefinition, ObjectSubresource } from '../schema/kind.ts';
import type { RequestAudit } from './audit.ts';
import type { UserInfo } from './auth.ts';
import type { Patch } from './client.ts';
import type { DeleteOptions, StoredObject, WriteOptions } from './endpoint.ts';

/** Who asks, and for which request. */
export interface ResourceContext {
  readonly user: UserInfo;
  readonly requestId: string;
  readonly receivedAtMs: number;
  /** The part of the User-Agent before the first `/` is the default field manager. */
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Why the change is made, if the request says so; at most `changeReasonCharactersMax` on one line. */
  readonly changeReason?: string | undefined;
  /** Collects texts for the Warning header. */
  readonly warn: (text: string) => void;
  /** The record of the request; absent when the audit policy wants none. */
  readonly audit?: RequestAudit | undefined;
}

/** A resource or one object of it. */
export interface ResourceTarget {
  readonly definition: KindDefinition;
  /** Version in the request path; answers are in this version. */
  readonly version: string;
  /** Empty: all namespaces (reads), or a cluster-scoped kind. */
  readonly namespace: string;
  /** Empty for collections and for create. */
  readonly name: string;
  readonly subresource: '' | 'status' | 'scale' | 'approval' | ObjectSubresource;
}

/** A decoded body. */
export interface DecodedBody {
  readonly value: JsonObject;
  /** Paths of fields that stood twice in the source (`spec.size`); JSON.parse keeps the last. */
  readonly duplicateFields: readonly string[];
  /** The same where the source is YAML, in the words of go-yaml: `line 4: key "size" already set in map`. */
  readonly duplicateLines?: readonly string[];
}

/** `metav1.ListOptions` of a list, already checked for shape. */
export interface ListQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Most items; absent or 0: all. */
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  /** As things were at this time instead of at a resourceVersion, which must then be absent. */
  readonly asOfMs?: number;
  /** Objects may come in any version of their kind: nothing but metadata will be looked at, so no webhook is asked. Default false. */
  readonly anyVersion?: boolean;
}

/** One page, as of one revision. */
export interface ObjectPage {
  readonly items: readonly StoredObject[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

/** `metav1.ListOptions` of a watch. */
export interface WatchQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Empty or "0": start with synthetic ADDED events of what is there now. */
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly allowBookmarks: boolean;
  /** Begin with the present state, at least as new as `resourceVersion`. Absent: as `resourceVersion` says. */
  readonly sendInitialEvents?: boolean;
  /** See `ListQuery.anyVersion`. */
  readonly anyVersion?: boolean;
  /** The watch ends by itself after this long. */
  readonly timeoutMs: number;
}

/** One event of a watch; the same instance goes to all watchers it interests. */
export interface WatchNotice {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** For `DELETED` the last state with the revision of the deletion; for `BOOKMARK` nothing but the revision counts. */
  readonly object: StoredObject | undefined;
  readonly revision: number;
  /** Set on the bookmark that ends the initial events. */
  readonly endsInitialEvents?: boolean;
  /** Encodings made so far, by representation, shared between watchers; absent when no other watcher gets this notice. */
  readonly encodings: Map<string, Uint8Array> | undefined;
}

/** What a write left behind. */
export interface WriteResult {
  readonly object: StoredObject;
  /** False when the object existed before. */
  readonly created: boolean;
  /** Set where the write ended the life of the object. */
  readonly deleted?: boolean;
  /** The revision the write made, where the object does not show it. */
  readonly revision?: number;
  /** Set when there was nothing to change. */
  readonly unchanged?: boolean;
}

/** Uid and resourceVersion a write relies on; what is absent is not checked. */
export interface WritePreconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** One write of a transaction. Dry run is decided for all together: `dryRun` in the options of one does not count. */
export type TransactionItem = { readonly target: ResourceTarget } & (
  | { readonly verb: 'create'; readonly body: DecodedBody; readonly options: WriteOptions }
  | ({ readonly verb: 'update' | 'apply'; readonly body: DecodedBody } & ConditionalWrite)
  | ({ readonly verb: 'patch'; readonly patch: Patch } & ConditionalWrite)
  | { readonly verb: 'delete'; readonly options: DeleteOptions }
  | ({ readonly verb: 'restore' } & RestoredState & ConditionalWrite)
);

/** Options of a write that may rely on a state. */
interface ConditionalWrite {
  readonly options: WriteOptions;
  readonly preconditions?: WritePreconditions;
}

/**
 * Which past state an object gets back: an object that is there gets the desired state, labels and annotations of then, one
 * that is gone comes back with a new uid.
 */
export interface RestoredState {
  readonly revision: number;
  /** Makes the uids of what comes back the same in every attempt with the same seed, so that an operation can go on. */
  readonly uidSeed?: string;
}

/** Options of a whole transaction. */
export interface TransactionOptions {
  readonly dryRun?: boolean;
}

/** What a transaction left behind. */
export interface TransactionResult {
  /** In the order of the items. */
  readonly results: readonly WriteResult[];
  /** First and last revision of the commit; absent when nothing changed and in a dry run. */
  readonly revisions?: { readonly first: number; readonly last: number };
}

/**
 * The verbs on resources, below authorization: implemented by `kernel/registry`, wrapped by `kernel/server`. Objects come
 * and go in the version of the target.
 * Everything a request can get wrong is an `ApiError`.
 */
export interface ResourceApi {
  get(
    context: ResourceContext,
    target: ResourceTarget,
    options: { readonly resourceVersion?: string },
  ): Promise<StoredObject>;
  list(context: ResourceContext, target: ResourceTarget, query: ListQuery): Promise<ObjectPage>;
  /**
   * Events in order, without gaps. The feed ends at the timeout, when the signal aborts, or when this watcher is too slow
   * for its bounded buffer; the client resumes from the last revision it saw.
   * @throws {ApiError} `Expired` when the revision is older than the watch window, `Timeout` when it lies in the future.
   */
  watch(context: ResourceContext, target: ResourceTarget, query: WatchQuery): Promise<Feed<WatchNotice>>;
  create(
    context: ResourceContext,
    target: ResourceTarget,
    body: DecodedBody,
    options: WriteOptions,
  ): Promise<WriteResult>;
  update(
    context: ResourceContext,
    target: ResourceTarget,
    body: DecodedBody,
    options: WriteOptions,
  ): Promise<WriteResult>;
  patch(context: ResourceContext, target: ResourceTarget, patch: Patch, options: WriteOptions): Promise<WriteResult>;
  /** Server-side apply; `options.fieldManager` is required. */
  apply(
    context: ResourceContext,
    target: ResourceTarget,
    body: DecodedBody,
    options: WriteOptions,
  ): Promise<WriteResult>;
  delete(context: ResourceContext, target: ResourceTarget, options: DeleteOptions): Promise<WriteResult>;
  /** @returns what was deleted or marked. */
  deleteCollection(
    context: ResourceContext,
    target: ResourceTarget,
    query: ListQuery,
    options: DeleteOptions,
  ): Promise<readonly WriteResult[]>;
  /**
   * Writes several objects, each once, all or none of them: consecutive revisions, one commit, seen by watchers together.
   * Nothing else happens between the last look at the objects and the commit.
   * @throws {ApiError} the refusal of one item with its index in the causes; `RequestEntityTooLarge` for more than
   *   `commitObjectsMax` items or `commitBytesMax` bytes.
   */
  transact(
    context: ResourceContext,
    items: readonly TransactionItem[],
    options: TransactionOptions,
  ): Promise<TransactionResult>;
  /** Past states of one object, newest first, at most `limit` (1 … 500), with revision < `before` when given. */
  history(context: ResourceContext, target: ResourceTarget, limit: number, before?: number): Promise<ObjectHistory>;
}

/** What is known of the past of one object. */
export interface ObjectHistory {
  /** Newest first. */
  readonly entries: readonly HistoryEntry[];
  /** The newest revision of the server: what is newer than the newest entry changed something else. */
  readonly revision: number;
  /** Changes up to this revision may be missing at the old end: the store was larger than its budget. */
  readonly evictedThrough?: number;
  /** Changes before this revision are no longer kept: they were too many or too old. Absent when nothing lacks. */
  readonly keptFrom?: number;
}

/** One past write of an object. */
export interface HistoryEntry {
  readonly revision: number;
  readonly operation: 'create' | 'update' | 'delete';
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
  readonly object: KubeObject;
}

/** The kinds a server serves; kinds may come and go while it runs (CRDs). */
export interface KindCatalog {
  list(): readonly KindDefinition[];
  /** By group and plural as they stand in a path. */
  find(group: string, plural: string): KindDefinition | undefined;
  /** By group and kind as they stand in a body. */
  findKind(group: string, kind: string): KindDefinition | undefined;
  /** Grows by one with every change; discovery and OpenAPI are cached by it. */
  readonly version: number;
}
