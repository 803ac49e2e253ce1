import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject, ObjectRef } from '../meta/object.ts';
import type { PolicyRule } from '../ports/auth.ts';
import type { Client, ObjectName } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { Outcome } from './outcome.ts';

/** `T` without `readonly`, at every depth. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

/** The status type of a kind; an empty object for kinds without one. */
export type StatusOf<T> = T extends { readonly status?: infer Status } ? NonNullable<Status> : Record<string, never>;

/**
 * Cached reads of the kinds a controller declared: synchronous, frozen objects, never older than what this controller
 * wrote itself before the pass began (the loop waits for that).
 */
export interface View {
  get<T extends KubeObject>(kind: KindDefinition<T>, at: ObjectName): T | undefined;
  /** All objects, or those of one namespace. */
  list<T extends KubeObject>(kind: KindDefinition<T>, namespace?: string): readonly T[];
  /** Objects whose controller owner has that uid. */
  listOwned<T extends KubeObject>(kind: KindDefinition<T>, ownerUid: string): readonly T[];
}

/** An event about an object, for `kubectl events`. Repetitions are counted, not repeated. */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** What it is about; default the object of the pass. */
  readonly regarding?: ObjectRef;
}

/** One run over one object: observe → plan → act, filling the status draft. */
export interface Pass<T extends KubeObject> {
  /** The object as of the start of the pass; frozen. It may be terminating: look at `metadata.deletionTimestamp`. */
  readonly object: T;
  /**
   * A draft of the status, starting as a copy of what is stored. The loop writes it once at the end, after success
   * and after a throw alike, and only if it differs.
   */
  readonly status: Mutable<Partial<StatusOf<T>>>;
  readonly view: View;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Aborts when the program stops or the pass runs too long. */
  readonly signal: AbortSignal;
  /** Records an event about the object; bounded and best effort, never fails the pass. */
  event(draft: EventDraft): void;
}

/** Maps a change of another kind to the objects to look at. */
export interface WatchMapping {
  readonly kind: KindDefinition;
  /** Keys of the controller's own kind; called with the new state (or the last one on deletion) and the view. */
  readonly map: (object: never, view: View) => readonly ObjectName[];
  /** Watches only the objects it selects; the view holds no others then. Default: all, shared with other controllers. */
  readonly fieldSelector?: string;
}

/** A controller: what it watches, what it may do, and its one decision function. */
export interface ControllerDefinition<T extends KubeObject> {
  /** Lower-case, unique in a program; it acts as user `system:planform:controller:<name>`. */
  readonly name: string;
  readonly kind: KindDefinition<T>;
  /** Everything it does through the client; reads of watched kinds and status writes of `kind` are added by themselves. */
  readonly rules: readonly PolicyRule[];
  readonly watches?: readonly WatchMapping[];
  /**
   * What is kept in memory of each object of `kind`, for kinds with large ones: passes and views see only that. It must keep
   * the status, and of metadata all but managedFields. All controllers of a kind keep the same. Default: everything.
   */
  project?(object: T): T;
  /** Passes running side by side, on different objects. Default 4. */
  readonly concurrency?: number;
  /**
   * Called once, when the controller is added: hands over a function that makes it look at one object, for changes
   * that no object shows (a session that ended, a process that died).
   */
  attach?(trigger: (at: ObjectName) => void): void;
  /** Also called when the object is gone (no pass then): drop what was kept for it in memory. */
  forget?(at: ObjectName): void;
  /**
   * Runs beside the passes until `signal` aborts, for what is not told by watches (a runtime's processes, timers of its
   * own). `trigger` makes the controller look at an object; `client` acts as the controller. Failing ends the host.
   */
  run?(
    ports: { readonly trigger: (at: ObjectName) => void; readonly client: Client },
    signal: AbortSignal,
  ): Promise<void>;
  /** One pass over one object. Throws what it cannot handle; the loop retries with back-off. */
  reconcile(pass: Pass<T>): Promise<Outcome>;
}

/** Declares a watch of another kind with the static type of its objects. */
export function watching<W extends KubeObject>(
  kind: KindDefinition<W>,
  map: (object: W, view: View) => readonly ObjectName[],
  selection: Pick<WatchMapping, 'fieldSelector'> = {},
): WatchMapping {
  return { kind, map, ...selection };
}

/** Maps an object to its controller owner if that is of `ownerKind`: the usual mapping for children. */
export function ownerOf(ownerKind: KindDefinition): (object: KubeObject) => readonly ObjectName[] {
  return (object) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner === undefined || owner.kind !== ownerKind.kind) return [];
    const group = owner.apiVersion.includes('/') ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/')) : '';
    if (group !== ownerKind.group) return [];
    return [
      ownerKind.scope === 'Namespaced' && object.metadata.namespace !== undefined
        ? { namespace: object.metadata.namespace, name: owner.name }
        : { name: owner.name },
    ];
  };
}
