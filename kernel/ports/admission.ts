import type { KubeObject } from '../meta/object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { RequestAudit } from './audit.ts';
import type { UserInfo } from './auth.ts';
import type { StoredObject } from './endpoint.ts';

/** A write on its way through admission. */
export interface AdmissionAttributes {
  readonly operation: 'create' | 'update' | 'delete';
  readonly definition: KindDefinition;
  readonly namespace: string;
  /** Empty while generateName has not been turned into a name. */
  readonly name: string;
  readonly subresource: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The stored object; absent on create. */
  readonly old: KubeObject | undefined;
  /** The Namespace of the object where the same transaction creates it: no view shows it before the commit step. */
  readonly newNamespace?: KubeObject;
  /** Why, if the request says so; see `changeReason`. */
  readonly changeReason?: string;
  /** Adds a text to the Warning header of the response. */
  readonly warn: (text: string) => void;
  /** Takes annotations for the record of the request; absent when there is none. */
  readonly audit?: Pick<RequestAudit, 'annotate'> | undefined;
}

/** Read access to objects as they will be once every commit on its way is durable. */
export interface PendingView {
  /** Absent when there is none or it is on its way out. */
  get(resource: string, namespace: string, name: string): KubeObject | undefined;
  /** Objects of a resource, optionally of one namespace. Do not call it per write for resources with many objects. */
  list(resource: string, namespace?: string): Iterable<KubeObject>;
}

/** Where the signal of a request comes from: making one costs, so only plugins that wait look at it. */
export interface SignalSource {
  readonly signal: AbortSignal;
}

/** What is left to do for a plugin whose changes, or those of others, may matter to what it decided. */
export interface SecondRound {
  /** True if the plugin changed the draft: all plugins look at it once more, in their order. */
  readonly isWanted: boolean;
  /** The second look, if any plugin wants one. There is no third. */
  run(draft: Record<string, unknown>, source: SignalSource): Promise<void>;
}

/**
 * One admission plugin. `mutate` and `validate` may wait and may run again if the object changed meanwhile;
 * `commit` runs once inside the commit step, synchronously, where uniqueness and quota can be decided exactly.
 */
export interface AdmissionPlugin {
  readonly name: string;
  handles(attributes: AdmissionAttributes): boolean;
  /** May change `draft` (a private copy). */
  mutate?(draft: Record<string, unknown>, attributes: AdmissionAttributes, source: SignalSource): Promise<void>;
  /** Instead of `mutate`, for what runs code of others: decides whether, and in what way, there is a second round. */
  mutateInRounds?(
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
  ): Promise<SecondRound>;
  /** @throws {ApiError} to refuse. */
  validate?(object: KubeObject | undefined, attributes: AdmissionAttributes, source: SignalSource): Promise<void>;
  /** @throws {ApiError} to refuse. No await, no I/O. */
  commit?(object: KubeObject | undefined, attributes: AdmissionAttributes, view: PendingView): void;
}

/** A change of the pending view. */
export interface PendingChange {
  /** The kind in whose form the object is stored. */
  readonly definition: KindDefinition;
  readonly revision: number;
  readonly namespace: string;
  readonly name: string;
  /** Absent: the object is new. */
  readonly before: StoredObject | undefined;
  /** Absent: the object goes. */
  readonly after: StoredObject | undefined;
}

/**
 * Keeps something in memory that is always true of the pending view: exact counters, decided on in `commit` and moved in
 * the same step. No method may wait or throw.
 */
export interface PendingFollower {
  /** True if changes there matter: the others are not told, and cost nothing but this question. */
  follows(definition: KindDefinition, namespace: string): boolean;
  /** A change has become part of the view. */
  posted(change: PendingChange, view: PendingView): void;
  /** Everything up to a revision can no longer be taken back. */
  durable(revision: number): void;
  /** Every change after this revision is taken back: the view is as it was before them. Their revisions may come again. */
  takenBack(revision: number): void;
}
