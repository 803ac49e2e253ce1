import { type Clock, sleepUnlessAborted } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { errorText, isApiError } from '../meta/errors.ts';
import { localKey } from '../meta/key.ts';
import { type KubeObject, controllerOf } from '../meta/object.ts';
import type { Client, ListOptions, ObjectName } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';

/** A change an informer saw. `before` is absent for new objects, `after` for deleted ones. */
export interface InformerChange {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** What an informer needs. */
export interface InformerOptions {
  readonly kind: KindDefinition;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  /** Limits the informer to one namespace. */
  readonly namespace?: string;
  /** Limits the informer to the objects it selects: `metadata.name=default`. */
  readonly fieldSelector?: string;
  /** Keeps only what this returns of each object, to save memory; it must keep name, namespace, uid and resourceVersion. */
  readonly project?: (object: KubeObject) => KubeObject;
  /** See `ListOptions.metadataOnly`. */
  readonly metadataOnly?: boolean;
  /** `run` ends when the server no longer serves the kind. Default: it tries again for ever. */
  readonly endsWithKind?: boolean;
}

/** Delay before listing or watching again after a failure; doubles up to `retryMaxMs`. */
const retryFirstMs = 200;
const retryMaxMs = 15_000;

/**
 * Keeps an in-memory copy of all objects of a kind by list and watch, and tells listeners about every change. A
 * restarted watch goes on from the last revision; when that is too old everything is listed again and the difference
 * is reported, so listeners never miss the final state.
 */
export class Informer {
  readonly kind: KindDefinition;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, KubeObject>();
  readonly #byNamespace = new Map<string, Set<string>>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #listeners = new Set<(change: InformerChange) => void>();
  readonly #waiters = new Set<{ readonly revision: number; readonly resolve: () => void }>();
  #resourceVersion = '';
  #synced = false;

  constructor(options: InformerOptions) {
    this.kind = options.kind;
    this.#options = options;
  }

  /** True once the first list is complete. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The object, or `undefined`. */
  get(at: ObjectName): KubeObject | undefined {
    return this.#objects.get(localKey(at.namespace ?? '', at.name));
  }

  /** All objects, or those of one namespace, in no particular order. */
  list(namespace?: string): readonly KubeObject[] {
    if (namespace === undefined) return [...this.#objects.values()];
    return this.#collect(this.#byNamespace.get(namespace));
  }

  /** Objects whose controller owner has that uid. */
  listOwned(ownerUid: string): readonly KubeObject[] {
    return this.#collect(this.#byOwner.get(ownerUid));
  }

  /** Calls `listener` for every change from now on. Dispose to stop. */
  onChange(listener: (change: InformerChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Resolves once the copy includes the given revision. @throws the abort reason. */
  waitFor(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#synced && this.#reached(revision)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const waiter = {
        revision,
        resolve: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lists and watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let retryMs = retryFirstMs;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === '') await this.#relist(signal);
        await this.#watch(signal);
        retryMs = retryFirstMs;
      } catch (error) {
        if (signal.aborted) return;
        if (isApiError(error, 'Expired', 'Gone')) {
          this.#resourceVersion = '';
          continue;
        }
        if (this.#options.endsWithKind === true && isApiError(error, 'NotFound')) return;
        this.#options.log.warn('watch failed, trying again', {
          resource: this.kind.plural,
          error: errorText(error),
          retryMs,
        });
        await sleepUnlessAborted(this.#options.clock, retryMs, signal);
        retryMs = Math.min(retryMaxMs, retryMs * 2);
      }
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { client, project } = this.#options;
    const listed = await client.list(
      this.kind,
      { ...this.#selection(), ...(project === undefined ? {} : { project }) },
      signal,
    );
    const found = new Set<string>();
    for (const object of listed.items) {
      found.add(keyOf(object));
      this.#put(object);
    }
    for (const key of this.#objects.keys()) if (!found.has(key)) this.#remove(key);
    this.#synced = true;
    this.#advance(listed.resourceVersion);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const options = { resourceVersion: this.#resourceVersion, ...this.#selection() };
    for await (const event of client.watch(this.kind, options, signal)) {
      if (event.type === 'BOOKMARK') {
        this.#advance(event.resourceVersion);
        continue;
      }
      if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object);
      else this.#put(this.#options.project?.(event.object) ?? event.object);
      this.#advance(event.object.metadata.resourceVersion);
    }
  }

  #selection(): ListOptions {
    const { namespace, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
    };
  }

  #put(object: KubeObject): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (before !== undefined) this.#unindex(key, before);
    this.#objects.set(key, object);
    addTo(this.#byNamespace, object.metadata.namespace ?? '', key);
    const owner = controllerOf(object);
    if (owner !== undefined) addTo(this.#byOwner, owner.uid, key);
    this.#notify({ before, after: object });
  }

  /** Forgets an object; the last state a DELETED event carried is newer than ours. */
  #remove(key: string, last?: KubeObject): void {
    const before = this.#objects.get(key);
    if (before === undefined) return;
    this.#unindex(key, before);
    this.#objects.delete(key);
    this.#notify({ before: last ?? before, after: undefined });
  }

  #unindex(key: string, object: KubeObject): void {
    removeFrom(this.#byNamespace, object.metadata.namespace ?? '', key);
    const owner = controllerOf(object);
    if (owner !== undefined) removeFrom(this.#byOwner, owner.uid, key);
  }

  #notify(change: InformerChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #advance(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    for (const waiter of this.#waiters) {
      if (!this.#reached(waiter.revision)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #reached(revision: number): boolean {
    return Number(this.#resourceVersion) >= revision;
  }

  #collect(keys: ReadonlySet<string> | undefined): readonly KubeObject[] {
    const objects: KubeObject[] = [];
    for (const key of keys ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }
}

function keyOf(object: KubeObject): string {
  return localKey(object.metadata.namespace ?? '', object.metadata.name);
}

function addTo(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys === undefined) index.set(value, new Set([key]));
  else keys.add(key);
}

function removeFrom(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(value);
}
