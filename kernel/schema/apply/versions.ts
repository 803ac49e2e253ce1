import type { JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import type { ObjectSchema } from '../schema.ts';
import { compareObjects, type Comparison } from './compare.ts';
import { emptySet } from './field-set.ts';

/** An object that is needed in another version, because somebody owns fields as that version names them. */
export interface VersionQuestion {
  readonly object: JsonObject;
  /** Never the one the object has. */
  readonly apiVersion: string;
}

/** An object in the version that was asked for. */
export interface VersionedObject {
  readonly object: JsonObject;
  /** Schema of the whole object, metadata included. */
  readonly schema: ObjectSchema;
}

/**
 * A computation that asks for objects in other versions on its way. It does no conversion itself, so that whoever drives it
 * may do it at once or wait for a webhook. The answer is `undefined` for a version that is gone.
 */
export type VersionSteps<T> = Generator<VersionQuestion, T, VersionedObject | undefined>;

/** Drives steps to their end at once. */
export function runSteps<T>(
  steps: VersionSteps<T>,
  answer: (question: VersionQuestion) => VersionedObject | undefined,
): T {
  for (let turn = steps.next(); ; turn = steps.next(answer(turn.value))) if (turn.done === true) return turn.value;
}

/** What a change of an object comes to in each version that owners speak; `gone` where a version is no more. */
export type VersionedChanges = ReadonlyMap<string, Comparison | 'gone'>;

/** A change of an object, in one version. */
export interface VersionedChange {
  readonly apiVersion: string;
  /** Absent when the object is new. */
  readonly before: JsonObject | undefined;
  readonly after: JsonObject;
  readonly changes: Comparison;
}

/** Compares the two states in the versions of all entries (structured-merge-diff `Updater.update`). */
export function* compareInVersions(
  { apiVersion: own, before, after, changes }: VersionedChange,
  entries: readonly ManagedFieldsEntry[],
): VersionSteps<VersionedChanges> {
  const found = new Map<string, Comparison | 'gone'>([[own, changes]]);
  for (const { apiVersion } of entries) {
    if (found.has(apiVersion)) continue;
    if (changes === noChanges) {
      found.set(apiVersion, noChanges);
      continue;
    }
    const now = yield { object: after, apiVersion };
    const then = before === undefined ? undefined : yield { object: before, apiVersion };
    const isGone = now === undefined || (before !== undefined && then === undefined);
    found.set(apiVersion, isGone ? 'gone' : (compareObjects(then?.object, now.object, now.schema) ?? noChanges));
  }
  return found;
}

/** When nothing differs. */
export const noChanges: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };
