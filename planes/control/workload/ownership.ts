import { type KubeObject, type OwnerReference, controllerOf } from '../../../kernel/meta/object.ts';
import type { LabelSelector } from '../../../kernel/schema/standard/types.ts';
import { compileSelector } from './selector.ts';

/** What a controller does about objects that are, or could be, its own. */
export interface OwnershipPlan<T> {
  /** Controlled by the owner and matching its selector. */
  readonly owned: readonly T[];
  /** Matching and without a controller: take them. */
  readonly adopt: readonly T[];
  /** Controlled by the owner but no longer matching: let them go. */
  readonly release: readonly T[];
}

/**
 * Sorts candidates of one namespace by what they are to `owner` (Kubernetes `ControllerRefManager`). Nothing is
 * adopted or released while the owner is being deleted, and objects that are being deleted are never adopted.
 */
export function planOwnership<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: readonly T[],
): OwnershipPlan<T> {
  const [owned, adopt, release]: [T[], T[], T[]] = [[], [], []];
  const matchesOwner = compileSelector(selector);
  const ownerGoes = owner.metadata.deletionTimestamp !== undefined;
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const matches = matchesOwner(candidate.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (matches || ownerGoes) owned.push(candidate);
      else release.push(candidate);
    } else if (
      controller === undefined &&
      matches &&
      !ownerGoes &&
      candidate.metadata.deletionTimestamp === undefined
    ) {
      adopt.push(candidate);
    }
  }
  return { owned, adopt, release };
}

/** The reference an object made or adopted by `owner` carries. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** Merge patch that makes `owner` the controller of `object`; refused by the API if `object` was replaced meanwhile. */
export function adoptionPatch(owner: KubeObject, object: KubeObject): unknown {
  const others = object.metadata.ownerReferences ?? [];
  return { metadata: { uid: object.metadata.uid, ownerReferences: [...others, controllerReference(owner)] } };
}

/** Merge patch that takes `owner` from the owners of `object`. */
export function releasePatch(owner: KubeObject, object: KubeObject): unknown {
  const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  return { metadata: { uid: object.metadata.uid, ownerReferences: others } };
}
