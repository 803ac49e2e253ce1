import type { CachedObject } from '../cache/cached-object.ts';
import { NotFoundError } from '../meta/errors.ts';
import { cloneJson } from '../meta/json.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../meta/object.ts';
import type { DecodedBody, WriteResult } from '../ports/resources.ts';
import { applyConflictError, applyPatch } from '../schema/apply/apply-patch.ts';
import { appliedProblems, undeclaredFields, untypedPatch } from '../schema/apply/check-applied.ts';
import { hasPath, isEmptySet, setOfPaths, subtractSets } from '../schema/apply/field-set.ts';
import { fieldsOf, type ManagedFields, managedFieldsOf, sortEntries } from '../schema/apply/managed-fields.ts';
import { runSteps } from '../schema/apply/versions.ts';
import { compileSchema } from '../schema/compile.ts';
import { messageSchema } from '../schema/standard/standard.ts';
import { commitWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import { writerOf } from './field-managers.ts';
import { normalizeMetadata } from './metadata-form.ts';
import { metadataOf } from './metadata.ts';
import { makeScale, mappingOf, readScale, scaleOf, setPath, unreadable } from './scale.ts';
import { checkName, checkPatchedUid, checkPreconditions, decideUpdate } from './update.ts';
import { requireType, takeNamespace, type WriteRequest } from './write-request.ts';

const scaleVersion = 'autoscaling/v1';
const scaleSchema = messageSchema(`${scaleVersion}.Scale`);
const replicasPath = ['f:spec', 'f:replicas'];

/**
 * Server-side apply of the Scale of an object: who owns its `spec.replicas` owns the field behind it (apimachinery
 * `managedfields/scalehandler.go`). @throws {ApiError} `Conflict` where others own it with another value, unless forced.
 */
export async function applyScale(request: WriteRequest, { value }: DecodedBody): Promise<WriteResult> {
  const { kind, target, options } = request;
  const mapping = mappingOf(kind, target.version);
  const applied = takeScale(request, value);
  const path = mapping.specReplicasPath.split('.').map((field) => `f:${field}`);
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(kind.key(target.namespace, target.name));
    const old = current.parsed();
    checkPatchedUid(request, metadataOf(applied), old);
    checkPreconditions(request, metadataOf(applied), old);
    const live = makeScale(mapping, old) as KubeObject & JsonObject;
    const shown = scaleEntries(managedFieldsOf(old as KubeObject & JsonObject), path);
    const steps = applyPatch({
      ...writerOf(request),
      apiVersion: scaleVersion,
      live,
      applied: applied as JsonObject,
      managedFields: [...shown.keys()],
      force: options.force === true,
      schema: scaleSchema,
    });
    const result = runSteps(steps, () => undefined);
    if (result.kind === 'conflicts') throw applyConflictError(result.conflicts);
    const draft: MutableObject = { ...cloneJson(old as KubeObject & JsonObject) };
    setPath(draft, mapping.specReplicasPath, readScale(request, result.object, unreadable).replicas);
    const { apiVersion } = writerOf(request);
    const entries = parentEntries(old, { path, apiVersion, shown, owners: result.managedFields });
    metadataOf(draft)['managedFields'] = cloneJson(entries as readonly unknown[] as JsonObject[]);
    return decideUpdate(request, draft, current, true);
  };
  const result = await commitWrite({ request, name: target.name, decide });
  return { ...result, object: scaleOf(kind, target.version, result.object as CachedObject) };
}

/** The Scale somebody applies. @throws {ApiError} `BadRequest` for anything else. */
function takeScale(request: WriteRequest, value: JsonObject): MutableObject {
  requireType(value, { apiVersion: scaleVersion, kind: 'Scale' });
  const draft: MutableObject = { ...cloneJson(value) };
  const unknown = [...normalizeMetadata(draft, 'Scale'), ...compileSchema(scaleSchema).prune(draft)];
  const problems = [...undeclaredFields(unknown, scaleSchema), ...appliedProblems(draft as JsonObject, scaleSchema)];
  if (problems.length > 0) throw untypedPatch(draft as JsonObject, problems);
  takeNamespace(request, metadataOf(draft));
  checkName(request, metadataOf(draft));
  delete draft['status'];
  return draft;
}

/** Entries of the Scale by those who own the count, and the entries of the object they stand for. */
function scaleEntries(
  entries: ManagedFields,
  path: readonly string[],
): ReadonlyMap<ManagedFieldsEntry, ManagedFieldsEntry> {
  const fieldsV1 = setOfPaths([replicasPath]);
  const owning = entries.filter((entry) => hasPath(fieldsOf(entry), path));
  return new Map(owning.map((entry) => [{ ...entry, apiVersion: scaleVersion, fieldsV1 }, entry]));
}

interface Settled {
  readonly path: readonly string[];
  /** Of the object, for entries that are new. */
  readonly apiVersion: string;
  readonly shown: ReadonlyMap<ManagedFieldsEntry, ManagedFieldsEntry>;
  /** Entries of the Scale after the apply. */
  readonly owners: ManagedFields;
}

/** The entries of the object: the count goes to whoever owns it now. */
function parentEntries(old: KubeObject, { path, apiVersion, shown, owners }: Settled): ManagedFields {
  const fields = setOfPaths([path]);
  const lost = new Set([...shown].filter(([entry]) => !owners.includes(entry)).map(([, parent]) => parent));
  const kept = managedFieldsOf(old as KubeObject & JsonObject).flatMap((entry) => {
    if (!lost.has(entry)) return [entry];
    const left = subtractSets(fieldsOf(entry), fields);
    return isEmptySet(left) ? [] : [{ ...entry, fieldsV1: left }];
  });
  const added = owners
    .filter((entry) => !shown.has(entry))
    .map((entry) => ({ ...entry, apiVersion, fieldsV1: fields }));
  return sortEntries([...kept, ...added]);
}
