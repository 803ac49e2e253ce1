import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { TaskGroup } from '../base/task-group.ts';
import { errorText, isApiError } from '../meta/errors.ts';
import { formatResource, localKey, parseLocalKey } from '../meta/key.ts';
import type { JsonObject, KubeObject, ObjectRef } from '../meta/object.ts';
import type { Client, ObjectName } from '../ports/client.ts';
import { formatApiVersion } from '../meta/object.ts';
import { diffMerge } from '../schema/patch/merge-patch.ts';
import type { ControllerDefinition, Pass, View } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informer } from './informer.ts';
import type { Outcome } from './outcome.ts';
import type { OutcomeBook } from './outcome-book.ts';
import { type WrittenRevisions, trackingClient } from './tracking-client.ts';
import { WorkQueue } from './work-queue.ts';

/** What one controller's loop needs. */
export interface LoopOptions {
  readonly client: Client;
  /** Informers of the kinds the controller declared, its own first among them; by resource. */
  readonly informers: ReadonlyMap<string, Informer>;
  readonly events: EventRecorder;
  readonly outcomes: OutcomeBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Longest pass; then its signal aborts and it counts as failed. */
const passMsMax = 60_000;
/** Longest wait for caches to include what the previous pass wrote. */
const catchUpMsMax = 15_000;

/**
 * Runs one controller: turns changes into keys, keys into passes, and what a pass returns into the next look. The
 * status draft is written once per pass, after success and after a failure alike, and only if it differs.
 */
export class ControllerLoop<T extends KubeObject> {
  readonly #definition: ControllerDefinition<T>;
  readonly #options: LoopOptions;
  readonly #queue: WorkQueue;
  readonly #view: View;
  readonly #resource: string;
  readonly #written = new Map<string, WrittenRevisions>();

  constructor(definition: ControllerDefinition<T>, options: LoopOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock, random: options.random });
    this.#resource = formatResource(definition.kind.plural, definition.kind.group);
    this.#view = viewOf(options.informers);
  }

  /** Its queue, for metrics. */
  get queue(): WorkQueue {
    return this.#queue;
  }

  /** Looks at one object soon, whatever happened to it. */
  trigger(at: ObjectName): void {
    this.#queue.add(localKey(at.namespace ?? '', at.name));
  }

  /** Works until `signal` aborts. Informers run elsewhere. */
  async run(signal: AbortSignal): Promise<void> {
    using subscriptions = new DisposableStack();
    this.#subscribe(subscriptions);
    await Promise.all([...this.#options.informers.values()].map((informer) => informer.waitFor(0, signal)));
    const group = new TaskGroup(signal);
    for (let worker = 0; worker < (this.#definition.concurrency ?? 4); worker++) {
      group.start((groupSignal) => this.#work(groupSignal));
    }
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

  #subscribe(subscriptions: DisposableStack): void {
    const own = this.#informer(this.#resource);
    const enqueueOwn = (object: KubeObject) =>
      this.#queue.add(localKey(object.metadata.namespace ?? '', object.metadata.name));
    for (const object of own.list()) enqueueOwn(object);
    subscriptions.use(
      own.onChange(({ before, after }) => {
        const object = after ?? before;
        if (object !== undefined) enqueueOwn(object);
      }),
    );
    for (const watch of this.#definition.watches ?? []) {
      const informer = this.#informer(formatResource(watch.kind.plural, watch.kind.group));
      const enqueueMapped = (object: KubeObject | undefined) => {
        if (object !== undefined) for (const at of watch.map(object as never, this.#view)) this.trigger(at);
      };
      subscriptions.use(
        informer.onChange(({ before, after }) => {
          enqueueMapped(after ?? before);
          if (before !== undefined && after !== undefined) enqueueMapped(before);
        }),
      );
    }
  }

  #informer(resource: string): Informer {
    const informer = this.#options.informers.get(resource);
    if (informer === undefined)
      throw new Error(`Controller "${this.#definition.name}" has no informer for ${resource}`);
    return informer;
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined || signal.aborted) return;
      try {
        await this.#pass(key, signal);
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #pass(key: string, stop: AbortSignal): Promise<void> {
    const { clock, outcomes } = this.#options;
    const name = this.#definition.name;
    try {
      const outcome = await this.#reconcile(key, AbortSignal.any([stop, clock.timeoutSignal(passMsMax)]));
      this.#queue.forgetFailures(key);
      if (outcome === undefined) return outcomes.forget(this.#resource, key, name);
      outcomes.write(this.#resource, key, {
        controller: name,
        atMs: clock.nowMs(),
        result: { kind: 'outcome', outcome },
      });
      if (outcome.kind === 'waiting') this.#queue.addAfter(key, outcome.afterMs);
      else if (outcome.kind === 'settled' && outcome.againAfterMs !== undefined)
        this.#queue.addAfter(key, outcome.againAfterMs);
    } catch (error) {
      if (stop.aborted) return;
      const retryInMs = this.#queue.addAfterFailure(key);
      const message = errorText(error);
      outcomes.write(this.#resource, key, {
        controller: name,
        atMs: clock.nowMs(),
        result: { kind: 'failure', message, retryInMs },
      });
      // A write that lost a race is normal; the next pass sees the newer state.
      const expected = isApiError(error, 'Conflict', 'NotFound', 'AlreadyExists');
      this.#options.log[expected ? 'debug' : 'warn']('pass failed', {
        controller: name,
        key,
        error: message,
        retryInMs,
      });
    }
  }

  /** One pass; `undefined` when the object is gone. */
  async #reconcile(key: string, signal: AbortSignal): Promise<Outcome | undefined> {
    await this.#catchUp(key, signal);
    const at = nameOf(key);
    const object = this.#informer(this.#resource).get(at) as T | undefined;
    if (object === undefined) {
      this.#written.delete(key);
      this.#definition.forget?.(at);
      return undefined;
    }
    const pass = this.#newPass(key, object, signal);
    try {
      return await this.#definition.reconcile(pass);
    } finally {
      if (!signal.aborted) await this.#writeStatus(at, object, pass, signal);
    }
  }

  async #catchUp(key: string, signal: AbortSignal): Promise<void> {
    const written = this.#written.get(key);
    if (written === undefined || written.size === 0) return;
    const limit = AbortSignal.any([signal, this.#options.clock.timeoutSignal(catchUpMsMax)]);
    for (const [resource, revision] of written) await this.#options.informers.get(resource)?.waitFor(revision, limit);
    written.clear();
  }

  #newPass(key: string, object: T, signal: AbortSignal): Pass<T> {
    let written = this.#written.get(key);
    if (written === undefined) this.#written.set(key, (written = new Map()));
    const { client, clock, random, log, events } = this.#options;
    const status = 'status' in object ? structuredClone(object.status) : {};
    return {
      object,
      status: (status ?? {}) as Pass<T>['status'],
      view: this.#view,
      client: trackingClient(client, written),
      clock,
      random,
      log: log.child({ key }),
      signal,
      event: (draft) => events.record(this.#refOf(object), draft),
    };
  }

  #refOf(object: T): ObjectRef {
    const { namespace, name, uid } = object.metadata;
    const { group, kind, storageVersion } = this.#definition.kind;
    return {
      apiVersion: formatApiVersion(group, storageVersion),
      kind,
      name,
      uid,
      ...(namespace === undefined ? {} : { namespace }),
    };
  }

  async #writeStatus(at: ObjectName, object: T, pass: Pass<T>, signal: AbortSignal): Promise<void> {
    const before = ('status' in object ? object.status : undefined) as JsonObject | undefined;
    const change = diffMerge(before ?? {}, pass.status);
    if (change === undefined) return;
    try {
      await pass.client.patch(
        this.#definition.kind,
        at,
        { type: 'merge', body: { status: change } },
        {
          fieldManager: this.#definition.name,
          ...(this.#definition.kind.statusSubresource ? { subresource: 'status' } : {}),
        },
        signal,
      );
    } catch (error) {
      // The object went away while the pass ran.
      if (!isApiError(error, 'NotFound')) throw error;
    }
  }
}

function nameOf(key: string): ObjectName {
  const { namespace, name } = parseLocalKey(key);
  return namespace === '' ? { name } : { namespace, name };
}

function viewOf(informers: ReadonlyMap<string, Informer>): View {
  const informerOf = (kind: { readonly plural: string; readonly group: string }) => {
    const informer = informers.get(formatResource(kind.plural, kind.group));
    if (informer === undefined)
      throw new Error(`Kind "${formatResource(kind.plural, kind.group)}" is not among the watches of this controller`);
    return informer;
  };
  return {
    get: <O extends KubeObject>(kind: Parameters<View['get']>[0], at: ObjectName) =>
      informerOf(kind).get(at) as O | undefined,
    list: <O extends KubeObject>(kind: Parameters<View['get']>[0], namespace?: string) =>
      informerOf(kind).list(namespace) as readonly O[],
    listOwned: <O extends KubeObject>(kind: Parameters<View['get']>[0], ownerUid: string) =>
      informerOf(kind).listOwned(ownerUid) as readonly O[],
  };
}
