import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { TaskGroup } from '../base/task-group.ts';
import { errorText, isApiError } from '../meta/errors.ts';
import { foregroundFinalizer, orphanFinalizer } from '../meta/finalizers.ts';
import { jsonEquals } from '../meta/json.ts';
import { formatResource } from '../meta/key.ts';
import { type KubeObject, type OwnerReference, parseApiVersion } from '../meta/object.ts';
import type { PolicyRule } from '../ports/auth.ts';
import type { Client, KindLookup, ObjectName } from '../ports/client.ts';
import type { DeleteOptions } from '../ports/endpoint.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import { WorkQueue } from './work-queue.ts';

/** What the garbage collector needs. */
export interface GarbageCollectorOptions {
  readonly client: Client;
  readonly kinds: KindLookup;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Where it says what is wrong with owner references. Default nowhere. */
  readonly events?: Pick<EventRecorder, 'record'>;
}

/** Name under which the collector acts (`system:planform:controller:garbage-collector`). */
export const garbageCollectorName = 'garbage-collector';

/** What the collector may do: it must be able to look at, relink and delete anything. */
export const garbageCollectorRules: readonly PolicyRule[] = [
  { verbs: ['get', 'list', 'watch', 'patch', 'delete'], groups: ['*'], resources: ['*'] },
  { verbs: ['create', 'patch'], groups: [''], resources: ['events'] },
];

const workerCount = 4;
/** Deleted objects that are remembered; the oldest are forgotten first. */
const goneMax = 10_000;

/** The little the collector remembers of an object. */
interface Node {
  readonly kind: KindDefinition;
  readonly at: ObjectName;
  readonly uid: string;
  readonly object: KubeObject;
}

/** What an owner reference leads to: an owner that stays, one that waits for its dependents, or nothing. */
type OwnerState = 'solid' | 'waiting' | 'absent';

/**
 * Deletes objects whose owners are all gone, and carries out foreground and orphan deletion, as the Kubernetes garbage
 * collector does (pkg/controller/garbagecollector). An owner counts as gone only when the API says so (absent, or another
 * uid under its name) or when its deletion was seen: never because a cache has not seen it. Owners in other namespaces are
 * invalid: they count as gone, and an event says so. A cluster-scoped object never loses an owner that is namespaced, since
 * nobody can say where that owner was.
 */
export class GarbageCollector {
  readonly #options: GarbageCollectorOptions;
  readonly #queue: WorkQueue;
  readonly #nodes = new Map<string, Node>();
  readonly #dependents = new Map<string, Set<string>>();
  /** The watched kinds, by resource. */
  readonly #watched = new Map<string, { readonly storageVersion: string; readonly stop: AbortController }>();
  /** Uids of deleted objects, oldest first: nobody need be asked about them, or can be once their kind is gone. */
  readonly #gone = new Set<string>();

  constructor(options: GarbageCollectorOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock, random: options.random });
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    const informers = this.#watchKinds(group);
    using _following = this.#options.kinds.onChange?.(() => this.#watchKinds(group));
    await Promise.all(informers.map((informer) => informer.waitFor(0, group.signal)));
    for (let worker = 0; worker < workerCount; worker++) group.start((groupSignal) => this.#work(groupSignal));
    const close = () => this.#queue.close();
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close(); // while the caches filled
    try {
      await group.join();
    } finally {
      signal.removeEventListener('abort', close);
      this.#queue.close();
    }
  }

  /** Starts watching the kinds that came, or that are stored in another version. @returns their informers. */
  #watchKinds(group: TaskGroup): readonly Informer[] {
    const { client, clock, log, kinds } = this.#options;
    const informers: Informer[] = [];
    if (group.signal.aborted) return informers;
    for (const kind of kinds.listKinds()) {
      if (kind.storedAs !== undefined) continue; // its objects are those of the other kind
      const resource = formatResource(kind.plural, kind.group);
      const known = this.#watched.get(resource);
      if (known?.storageVersion === kind.storageVersion) continue;
      known?.stop.abort();
      const watched = { storageVersion: kind.storageVersion, stop: new AbortController() };
      this.#watched.set(resource, watched);
      const informer = new Informer({
        kind,
        client,
        clock,
        log,
        project: keepOwnership,
        metadataOnly: true,
        endsWithKind: true,
      });
      informer.onChange(({ before, after }) => this.#observe(kind, before, after));
      group.start(async (groupSignal) => {
        await informer.run(AbortSignal.any([groupSignal, watched.stop.signal]));
        if (this.#watched.get(resource) !== watched) return;
        // The kind went, after everything about its objects was seen. It may be back already.
        this.#watched.delete(resource);
        this.#watchKinds(group);
      });
      informers.push(informer);
    }
    return informers;
  }

  #observe(kind: KindDefinition, before: KubeObject | undefined, after: KubeObject | undefined): void {
    const { uid } = (after ?? before)?.metadata ?? {};
    if (uid === undefined) return;
    const [lost, owners] = [before?.metadata.ownerReferences ?? [], after?.metadata.ownerReferences ?? []];
    for (const owner of lost) {
      this.#dependents.get(owner.uid)?.delete(uid);
      // An owner that waits for its dependents need not wait for one that let it go or blocks it no more.
      if (!owners.some((kept) => jsonEquals(kept, owner))) this.#enqueue(owner.uid);
    }
    for (const owner of owners) this.#dependents.getOrInsertComputed(owner.uid, () => new Set()).add(uid);
    if (after !== undefined && (owners.length > 0 || isWaitingOwner(after))) {
      this.#nodes.set(uid, { kind, at: nameOf(after), uid, object: after });
      this.#enqueue(uid);
    } else {
      this.#nodes.delete(uid);
    }
    if (after === undefined) this.#observeEnd(uid);
  }

  #observeEnd(uid: string): void {
    this.#rememberGone(uid);
    const dependents = this.#dependents.get(uid);
    for (const dependent of dependents ?? []) this.#enqueue(dependent);
    if (dependents?.size === 0) this.#dependents.delete(uid);
  }

  #rememberGone(uid: string): void {
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > goneMax && oldest !== undefined) this.#gone.delete(oldest);
  }

  #enqueue(uid: string): void {
    const node = this.#nodes.get(uid);
    if (node !== undefined) this.#queue.add(`${node.at.namespace ?? ''}/${uid}`);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined || signal.aborted) return;
      const node = this.#nodes.get(key.slice(key.indexOf('/') + 1));
      try {
        if (node !== undefined) await this.#collect(node, signal);
        this.#queue.forgetFailures(key);
      } catch (error) {
        if (signal.aborted) return;
        const retryInMs = this.#queue.addAfterFailure(key);
        const expected = isApiError(error, 'Conflict', 'NotFound');
        this.#options.log[expected ? 'debug' : 'warn']('collection failed', {
          object: node?.at.name,
          error: errorText(error),
          retryInMs,
        });
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #collect(node: Node, signal: AbortSignal): Promise<void> {
    const { deletionTimestamp, ownerReferences: owners = [] } = node.object.metadata;
    if (isWaitingOwner(node.object)) return this.#releaseOwner(node, signal);
    if (deletionTimestamp !== undefined || owners.length === 0) return;
    const states = await Promise.all(owners.map((owner) => this.#stateOf(owner, node, signal)));
    const hasSolid = states.includes('solid');
    const notSolid = owners.filter((_, index) => states[index] !== 'solid');
    if (hasSolid) {
      if (notSolid.length > 0) await this.#dropOwners(node, new Set(notSolid.map((owner) => owner.uid)), signal);
      return;
    }
    const isWaitedFor = states.includes('waiting') && (this.#dependents.get(node.uid)?.size ?? 0) > 0;
    if (isWaitedFor && this.#isInCircle(node)) await this.#unblock(node, signal);
    await this.#delete(node, isWaitedFor ? 'Foreground' : policyOf(node.object), signal);
  }

  /**
   * Deletes an object as it was when its owners were looked at: one that changed since may have found another owner. A
   * Conflict makes the queue look again.
   */
  async #delete(node: Node, propagationPolicy: PropagationPolicy, signal: AbortSignal): Promise<void> {
    const current = this.#nodes.get(node.uid)?.object ?? node.object;
    const { resourceVersion } = current.metadata;
    const preconditions = { uid: node.uid, resourceVersion };
    await this.#options.client.delete(node.kind, node.at, { propagationPolicy, preconditions }, signal);
    this.#options.log.debug('collected', { kind: node.kind.kind, ...node.at });
  }

  /** True if something that this object owns is itself waiting for what it owns: the two may wait for each other. */
  #isInCircle(node: Node): boolean {
    const dependents = this.#dependents.get(node.uid) ?? [];
    return [...dependents].some((uid) => {
      const dependent = this.#nodes.get(uid)?.object;
      return dependent !== undefined && isTerminatingWith(dependent, foregroundFinalizer);
    });
  }

  /** Makes an object block the deletion of none of its owners. */
  async #unblock(node: Node, signal: AbortSignal): Promise<void> {
    const current = await this.#options.client.get(node.kind, node.at, signal);
    if (current.metadata.uid !== node.uid) return;
    const owners = current.metadata.ownerReferences ?? [];
    const ownerReferences = owners.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    await this.#patchMetadata(node, current, { ownerReferences }, signal);
    // The deletion that follows is of the object as it is now.
    const changed = await this.#options.client.get(node.kind, node.at, signal);
    if (changed.metadata.uid === node.uid) this.#nodes.set(node.uid, { ...node, object: keepOwnership(changed) });
  }

  async #stateOf(owner: OwnerReference, node: Node, signal: AbortSignal): Promise<OwnerState> {
    const { group } = parseApiVersion(owner.apiVersion);
    const kind = this.#options.kinds
      .listKinds()
      .find((candidate) => candidate.kind === owner.kind && candidate.group === group);
    const { namespace } = node.at;
    if (kind?.scope === 'Namespaced' && namespace === undefined) return 'solid';
    if (this.#gone.has(owner.uid)) return 'absent';
    if (kind === undefined) return 'solid'; // its kind is not served now: nobody can say that it is gone
    try {
      const at =
        kind.scope === 'Namespaced' && namespace !== undefined ? { namespace, name: owner.name } : { name: owner.name };
      const found = await this.#options.client.get(kind, at, signal);
      if (found.metadata.uid !== owner.uid) return 'absent';
      return isTerminatingWith(found, foregroundFinalizer) ? 'waiting' : 'solid';
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
      await this.#reportForeign(owner, { kind, node }, signal);
      return 'absent';
    }
  }

  /** Says so when the owner lives in another namespace than what refers to it (upstream reason and text). */
  async #reportForeign(
    owner: OwnerReference,
    { kind, node }: { readonly kind: KindDefinition; readonly node: Node },
    signal: AbortSignal,
  ): Promise<void> {
    const { events, client } = this.#options;
    const { namespace } = node.at;
    if (events === undefined || kind.scope !== 'Namespaced' || namespace === undefined) return;
    const { items } = await client.list(kind, { fieldSelector: `metadata.name=${owner.name}` }, signal);
    if (!items.some(({ metadata }) => metadata.uid === owner.uid)) return;
    const { apiVersion, kind: ownerKind, name, uid } = owner;
    const shown = `[${apiVersion}/${ownerKind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${shown} does not exist in namespace "${namespace}"`;
    const { object } = node;
    const regarding = { apiVersion: object.apiVersion, kind: object.kind, ...node.at, uid: node.uid };
    events.record(regarding, { type: 'Warning', reason: 'OwnerRefInvalidNamespace', message });
  }

  /** Lets an owner go once its dependents are gone (foreground) or set free (orphan). */
  async #releaseOwner(node: Node, signal: AbortSignal): Promise<void> {
    const dependents = [...(this.#dependents.get(node.uid) ?? [])].flatMap((uid) => this.#nodes.get(uid) ?? []);
    if (node.object.metadata.finalizers?.includes(orphanFinalizer) === true) {
      for (const dependent of dependents) await this.#dropOwners(dependent, new Set([node.uid]), signal);
      return this.#dropFinalizer(node, orphanFinalizer, signal);
    }
    const blocking = dependents.filter((dependent) =>
      dependent.object.metadata.ownerReferences?.some(
        (owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true,
      ),
    );
    if (blocking.length === 0) return this.#dropFinalizer(node, foregroundFinalizer, signal);
    for (const { uid, object } of dependents) if (!isTerminatingWith(object, foregroundFinalizer)) this.#enqueue(uid);
  }

  async #dropOwners(node: Node, uids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const current = await this.#options.client.get(node.kind, node.at, signal);
    if (current.metadata.uid !== node.uid) return;
    const ownerReferences = (current.metadata.ownerReferences ?? []).filter((owner) => !uids.has(owner.uid));
    await this.#patchMetadata(node, current, { ownerReferences }, signal);
  }

  async #dropFinalizer(node: Node, finalizer: string, signal: AbortSignal): Promise<void> {
    const current = await this.#options.client.get(node.kind, node.at, signal);
    if (current.metadata.uid !== node.uid || current.metadata.finalizers?.includes(finalizer) !== true) return;
    const finalizers = current.metadata.finalizers.filter((candidate) => candidate !== finalizer);
    await this.#patchMetadata(node, current, { finalizers }, signal);
  }

  /** Patches only the state that was read; a Conflict makes the queue try again. */
  async #patchMetadata(node: Node, current: KubeObject, change: object, signal: AbortSignal): Promise<void> {
    const { resourceVersion } = current.metadata;
    const body = { metadata: { resourceVersion, ...change } };
    await this.#options.client.patch(
      node.kind,
      node.at,
      { type: 'merge', body },
      { fieldManager: garbageCollectorName },
      signal,
    );
  }
}

type PropagationPolicy = NonNullable<DeleteOptions['propagationPolicy']>;

/** What the finalizers of an object ask for, should it be deleted. */
function policyOf({ metadata: { finalizers = [] } }: KubeObject): PropagationPolicy {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}

function isTerminatingWith({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}

function isWaitingOwner(object: KubeObject): boolean {
  return isTerminatingWith(object, foregroundFinalizer) || isTerminatingWith(object, orphanFinalizer);
}

function keepOwnership(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, finalizers, ownerReferences } =
    object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(namespace === undefined ? {} : { namespace }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  };
}

function nameOf(object: KubeObject): ObjectName {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
