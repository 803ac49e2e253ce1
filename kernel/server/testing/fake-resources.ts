import { type Feed, iterateFeed } from '../../base/feed.ts';
import { ApiError, AlreadyExistsError, NotFoundError } from '../../meta/errors.ts';
import { encodeJson } from '../../meta/json.ts';
import { formatResource, localKey } from '../../meta/key.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../../meta/object.ts';
import type { StoredObject } from '../../ports/endpoint.ts';
import type {
  KindCatalog,
  ResourceApi,
  ResourceTarget,
  TransactionResult,
  WatchNotice,
  WriteResult,
} from '../../ports/resources.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { object, string } from '../../schema/schema.ts';

/** A namespaced kind with a status, a scale subresource and one column; for tests. */
export const widget: KindDefinition = {
  group: 'test.planform.dev',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  shortNames: ['wd'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: object({ spec: object({ size: string({ description: 'How large.' }) }), status: object({}) }),
      columns: [{ name: 'Size', type: 'string', description: 'How large.', value: '.spec.size' }],
    },
    { name: 'v1beta1', served: true, deprecationWarning: 'widgets v1beta1 is old', schema: object({}), columns: [] },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  scale: { specReplicasPath: 'spec.replicas', statusReplicasPath: 'status.replicas', labelSelectorPath: '' },
  history: 'spec',
};

/** A cluster-scoped core kind; for tests. */
export const gadget: KindDefinition = {
  group: '',
  kind: 'Gadget',
  plural: 'gadgets',
  singular: 'gadget',
  scope: 'Cluster',
  versions: [{ name: 'v1', served: true, schema: object({}), columns: [] }],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  strategicMerge: true,
};

/** A catalog of fixed kinds. */
export function fakeCatalog(definitions: readonly KindDefinition[] = [widget, gadget]): KindCatalog {
  return {
    version: 1,
    list: () => definitions,
    find: (group, plural) => definitions.find((one) => one.group === group && one.plural === plural),
    findKind: (group, kind) => definitions.find((one) => one.group === group && one.kind === kind),
  };
}

/** Objects in a map, with revisions and a watch, and no rules at all: a stand-in for the registry in tests. */
export class FakeResources implements ResourceApi {
  readonly #objects = new Map<string, StoredObject>();
  readonly #notices: WatchNotice[] = [];
  #revision = 0;
  readonly #watches: FakeWatch[] = [];
  /** Every call, as `verb resource/namespace/name`. */
  readonly calls: string[] = [];
  /** Options the last write got. */
  lastOptions: unknown;

  /** Stores an object as if somebody had created it. */
  seed(definition: KindDefinition, namespace: string, name: string, fields: JsonObject = {}): StoredObject {
    const target: ResourceTarget = { definition, version: definition.storageVersion, namespace, name, subresource: '' };
    return this.#store(target, { metadata: { name }, ...fields }, 'ADDED');
  }

  async get(...[, target]: Parameters<ResourceApi['get']>): Promise<StoredObject> {
    this.#note('get', target);
    const object = this.#read(target);
    const { group } = target.definition;
    const apiVersion = group === '' ? target.version : `${group}/${target.version}`;
    return storedObject({ ...object.parsed(), apiVersion }, object.revision);
  }

  async list(...[, target, query]: Parameters<ResourceApi['list']>) {
    this.#note('list', target);
    const all = this.#select(target);
    const start = Number(query.continueToken ?? 0);
    const limit = query.limit === undefined || query.limit === 0 ? all.length : query.limit;
    const end = start + limit;
    const rest = all.length - end;
    return {
      items: all.slice(start, end),
      revision: this.#revision,
      ...(rest > 0 ? { continueToken: String(end), remainingItemCount: rest } : {}),
    };
  }

  /** Every watch ends with this failure. */
  breakWatches(failure: Error): void {
    for (const watch of this.#watches) {
      watch.failure = failure;
      watch.wake();
    }
  }

  async watch(...[context, target, query]: Parameters<ResourceApi['watch']>): Promise<Feed<WatchNotice>> {
    this.#note('watch', target);
    if (query.fieldSelector?.startsWith('bad') === true) throw new ApiError('BadRequest', 'field label not supported');
    if (query.resourceVersion === '1') throw new ApiError('Expired', 'too old resource version: 1 (2)');
    const asked = Number(query.resourceVersion ?? 0);
    const first = this.#notices.findIndex((notice) => notice.revision > asked);
    const watch = new FakeWatch(this.#notices, first < 0 ? this.#notices.length : first, context.signal);
    this.#watches.push(watch);
    return watch;
  }

  async create(...[, target, body, options]: Parameters<ResourceApi['create']>): Promise<WriteResult> {
    this.#note('create', target);
    this.lastOptions = options;
    const named = { ...target, name: nameOf(body.value) };
    if (this.#objects.has(keyOf(named))) throw new AlreadyExistsError(objectKey(named));
    return { object: this.#store(named, body.value, 'ADDED'), created: true };
  }

  async update(...[, target, body, options]: Parameters<ResourceApi['update']>): Promise<WriteResult> {
    this.#note('update', target);
    this.lastOptions = options;
    this.#read(target);
    return { object: this.#store(target, body.value, 'MODIFIED'), created: false };
  }

  async patch(...[, target, patch, options]: Parameters<ResourceApi['patch']>): Promise<WriteResult> {
    this.#note(`patch-${patch.type}`, target);
    this.lastOptions = options;
    const before = this.#read(target).parsed();
    const change = isJsonObject(patch.body) ? patch.body : {};
    return { object: this.#store(target, { ...before, ...change }, 'MODIFIED'), created: false };
  }

  async apply(...[, target, body, options]: Parameters<ResourceApi['apply']>): Promise<WriteResult> {
    this.#note('apply', target);
    this.lastOptions = options;
    const created = !this.#objects.has(keyOf(target));
    if (created && options.noCreate === true) throw new NotFoundError(objectKey(target));
    return { object: this.#store(target, body.value, created ? 'ADDED' : 'MODIFIED'), created };
  }

  async delete(...[, target, options]: Parameters<ResourceApi['delete']>): Promise<WriteResult> {
    this.#note('delete', target);
    this.lastOptions = options;
    const last = this.#store(target, this.#read(target).parsed(), 'DELETED');
    return { object: last, created: false, deleted: options.propagationPolicy !== 'Foreground' };
  }

  async deleteCollection(...[, target]: Parameters<ResourceApi['deleteCollection']>): Promise<readonly WriteResult[]> {
    this.#note('deletecollection', target);
    const gone = this.#select(target);
    for (const stored of gone) this.#objects.delete(keyOf({ ...target, name: stored.parsed().metadata.name }));
    return gone.map((object) => ({ object, created: false, deleted: true }));
  }

  async transact(...[, items]: Parameters<ResourceApi['transact']>): Promise<TransactionResult> {
    for (const { verb, target } of items) this.#note(`transact-${verb}`, target);
    const results = items.map(({ target }) => ({ object: this.#read(target), created: false }));
    return { results, revisions: { first: 1, last: items.length } };
  }

  async history(...[, target, limit]: Parameters<ResourceApi['history']>) {
    this.#note(`history-${limit}`, target);
    const stored = this.#read(target);
    const entry = { revision: stored.revision, operation: 'create', actor: 'admin', reason: 'why', atMs: 0 } as const;
    return { entries: [{ ...entry, object: stored.parsed() }], revision: 7, evictedThrough: 7 };
  }

  #note(verb: string, target: ResourceTarget): void {
    const { namespace, name, subresource } = target;
    this.calls.push(`${verb} ${objectKey(target).resource}/${namespace}/${name}${subresource && `/${subresource}`}`);
  }

  #read(target: ResourceTarget): StoredObject {
    const stored = this.#objects.get(keyOf(target));
    if (stored === undefined) throw new NotFoundError(objectKey(target));
    return stored;
  }

  #select({ definition, namespace }: ResourceTarget): readonly StoredObject[] {
    const prefix = `${formatResource(definition.plural, definition.group)}|${namespace === '' ? '' : `${namespace}/`}`;
    return [...this.#objects].filter(([key]) => key.startsWith(prefix)).map(([, stored]) => stored);
  }

  #store(target: ResourceTarget, value: object, type: 'ADDED' | 'MODIFIED' | 'DELETED'): StoredObject {
    const revision = ++this.#revision;
    const { definition, namespace } = target;
    const given = (value as { readonly metadata?: JsonObject }).metadata ?? {};
    const metadata = {
      ...given,
      ...(namespace === '' ? {} : { namespace }),
      uid: `uid-${nameOf(value)}`,
      resourceVersion: String(revision),
      creationTimestamp: '1970-01-01T00:00:00Z',
    };
    const apiVersion = definition.group === '' ? 'v1' : `${definition.group}/${definition.storageVersion}`;
    const stored = storedObject(
      { apiVersion, kind: definition.kind, ...value, metadata } as object as KubeObject,
      revision,
    );
    if (type === 'DELETED') this.#objects.delete(keyOf(target));
    else this.#objects.set(keyOf({ ...target, name: nameOf(value) }), stored);
    this.#notices.push({ type, object: stored, revision, encodings: new Map() });
    for (const watch of this.#watches) watch.wake();
    return stored;
  }
}

function storedObject(parsed: KubeObject, revision: number): StoredObject {
  return { bytes: encodeJson(parsed), revision, parsed: () => parsed, header: () => parsed };
}

function objectKey({ definition, namespace, name }: ResourceTarget) {
  return { resource: formatResource(definition.plural, definition.group), namespace, name };
}

function keyOf(target: ResourceTarget): string {
  return `${objectKey(target).resource}|${localKey(target.namespace, target.name)}`;
}

function nameOf(value: object): string {
  const { metadata } = value as { readonly metadata?: JsonObject };
  const name = metadata?.['name'];
  return typeof name === 'string' ? name : '';
}

/** A watch over a growing list of notices. */
class FakeWatch implements Feed<WatchNotice> {
  failure: Error | undefined;
  readonly #notices: readonly WatchNotice[];
  readonly #signal: AbortSignal;
  #next: number;
  #isClosed = false;
  #onWake: () => void = () => undefined;

  constructor(notices: readonly WatchNotice[], first: number, signal: AbortSignal) {
    this.#notices = notices;
    this.#next = first;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.wake(), { once: true });
  }

  take(): WatchNotice | undefined {
    if (this.isEnded || this.#next >= this.#notices.length) return undefined;
    return this.#notices[this.#next++];
  }

  get isEnded(): boolean {
    return this.#isClosed || this.#signal.aborted || this.failure !== undefined;
  }

  onWake(wake: () => void): void {
    this.#onWake = wake;
  }

  wake(): void {
    this.#onWake();
  }

  close(): void {
    this.#isClosed = true;
  }

  [Symbol.asyncIterator](): AsyncGenerator<WatchNotice, void> {
    return iterateFeed(this);
  }
}
