import type { Draft, KubeObject } from '../meta/object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { DeleteOptions, WriteOptions } from './endpoint.ts';

/** Where an object is. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** Which objects of a kind. */
export interface ListOptions {
  /** Absent: all namespaces (or a cluster-scoped kind). */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; default 500. `list` goes on by itself until everything is read. */
  readonly limit?: number;
  /** What `list` keeps of each object, so that a long list takes little memory. Default: all of it. */
  readonly project?: (object: KubeObject) => KubeObject;
  /**
   * Only `apiVersion`, `kind` and `metadata` without managedFields are looked at, which is cheaper to read; whether more is
   * there is left open. Default false.
   */
  readonly metadataOnly?: boolean;
}

/** Everything a list found, as of one revision. */
export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** What a watch reports. `DELETED` carries the last state with the revision of the deletion. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Everything up to this revision was delivered. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** One patch, in one of the forms the API takes. */
export type Patch = (
  | { readonly type: 'merge'; readonly body: unknown }
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'strategic'; readonly body: unknown }
) & {
  /** Paths of fields that stood twice in its source; the last one counts. Default none. */
  readonly duplicateFields?: readonly string[];
};

/**
 * Access to an API server: in-process (`kernel/client/local`) or over HTTP (`kernel/client/http`), with the same
 * semantics. Every call authenticates as the client's user and is authorized, admitted and audited. All methods throw
 * `ApiError`; returned objects are frozen.
 */
export interface Client {
  /** @throws {ApiError} `NotFound` when absent. */
  get<T extends KubeObject>(kind: KindDefinition<T>, at: ObjectName, signal: AbortSignal): Promise<T>;
  list<T extends KubeObject>(
    kind: KindDefinition<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<ListResult<T>>;
  /**
   * Events after `resourceVersion`, without gaps, in order. The iteration ends when the server closes the watch;
   * start again from the last resourceVersion seen. @throws {ApiError} `Expired` when that is too old: list again.
   */
  watch<T extends KubeObject>(
    kind: KindDefinition<T>,
    options: ListOptions & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: Draft<T>,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<T>;
  /** Replaces; with `metadata.resourceVersion` set only if that is current. */
  update<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: Draft<T>,
    options: WriteOptions & { readonly subresource?: string },
    signal: AbortSignal,
  ): Promise<T>;
  patch<T extends KubeObject>(
    kind: KindDefinition<T>,
    at: ObjectName,
    patch: Patch,
    options: WriteOptions & { readonly subresource?: string },
    signal: AbortSignal,
  ): Promise<T>;
  /** Server-side apply. @throws {ApiError} `Conflict` with a cause per field owned by others, unless `force`. */
  apply<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: Draft<T>,
    options: WriteOptions & { readonly fieldManager: string; readonly subresource?: string },
    signal: AbortSignal,
  ): Promise<T>;
  /**
   * Deletes, or marks for deletion while finalizers remain.
   * @returns the revision of the deletion or of the mark, as a resourceVersion.
   * @throws {ApiError} `NotFound` when absent.
   */
  delete<T extends KubeObject>(
    kind: KindDefinition<T>,
    at: ObjectName,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<{ readonly resourceVersion: string }>;
}

/** Finds kinds that are known only by name, for manifests whose kinds are data (delivery, garbage collection). */
export interface KindLookup {
  /** The definition serving that apiVersion and kind; `undefined` when the server does not know it. */
  findKind(apiVersion: string, kind: string): KindDefinition | undefined;
  /** All kinds served now. */
  listKinds(): readonly KindDefinition[];
  /** Calls `listener` after kinds came, changed or went. Dispose to stop. Absent where kinds never change. */
  onChange?(listener: () => void): Disposable;
}
