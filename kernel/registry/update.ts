import type { CachedObject } from '../cache/cached-object.ts';
import { ApiError, ConflictError, InvalidError, NotFoundError } from '../meta/errors.ts';
import { cloneJson, jsonEquals } from '../meta/json.ts';
import type { ObjectKey } from '../meta/key.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../meta/object.ts';
import type { DecodedBody } from '../ports/resources.ts';
import { hasStatus, type KindDefinition } from '../schema/kind.ts';
import { admitObject } from './admit.ts';
import type { Decision, ObjectWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import { namedCreation } from './create.ts';
import { metadataOf } from './metadata.ts';
import { attributesOf, takeNamespace, takeObject, type WriteRequest, writesStatus } from './write-request.ts';

const staleMessage = 'the object has been modified; please apply your changes to the latest version and try again';

/**
 * The replacement of an object. @throws {ApiError} `BadRequest`; when it is decided `NotFound`, `Conflict` for a stale
 * resourceVersion or another uid, and `Invalid`.
 */
export function updateOf(request: WriteRequest, body: DecodedBody): ObjectWrite {
  const { kind, target, options } = request;
  const draft = takeObject(request, body);
  const metadata = metadataOf(draft);
  takeNamespace(request, metadata);
  checkName(request, metadata);
  const mayCreate = kind.definition.createsOnUpdate === true && target.subresource === '' && options.noCreate !== true;
  if (mayCreate && !exists(request)) {
    // Kubernetes: what is not there yet is not the object that is wanted.
    if (metadata['uid'] !== undefined) throw anotherUid(kind.key(target.namespace, target.name), metadata['uid'], '');
    return namedCreation(request, draft, target.name);
  }
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(kind.key(target.namespace, target.name));
    requireRevision(request, metadata);
    return decideUpdate(request, cloneJson(draft), current, false);
  };
  return { request, name: target.name, decide };
}

function anotherUid(key: ObjectKey, wanted: unknown, uid: string): ConflictError {
  return new ConflictError(
    key,
    `Precondition failed: UID in precondition: ${String(wanted)}, UID in object meta: ${uid}`,
  );
}

function exists({ core, kind, target }: WriteRequest): boolean {
  return core.commits.view.get(kind.resource, target.namespace, target.name) !== undefined;
}

/** What writing `draft` over `current` comes down to: an update, the end of a terminating object, or nothing. */
export async function decideUpdate(
  request: WriteRequest,
  draft: MutableObject,
  current: CachedObject,
  merged: boolean,
): Promise<Decision> {
  const { kind, target } = request;
  const old = current.parsed();
  checkPreconditions(request, metadataOf(draft), old);
  // What a write of the status says of metadata does not count.
  if (!writesStatus(target)) checkDeletion(request, metadataOf(draft), old);
  const next = writesStatus(target)
    ? withStatusOf(kind.definition, old, draft)
    : withoutStatusChange(request, old, draft);
  keepServerMetadata(metadataOf(next), old);
  const attributes = attributesOf(request, 'update', target.name, old);
  const object = await admitObject(request, next, attributes, merged);
  if (jsonEquals(object, old) || (merged && movesTimesOnly(object, old))) {
    return { operation: 'none', object: current, attributes };
  }
  const isOver = isLifeOver(object, kind.definition.holdsDeletion?.(object) === true);
  return { operation: isOver ? 'delete' : 'update', object, attributes };
}

/**
 * True if an apply came to nothing but later times of managed fields: null where there is nothing, a default in place of it
 * (Kubernetes: `IgnoreManagedFieldsTimestampsTransformer`).
 */
function movesTimesOnly(object: KubeObject, old: KubeObject): boolean {
  const [entries, before] = [object.metadata.managedFields ?? [], old.metadata.managedFields ?? []];
  const isSame =
    entries.length === before.length && entries.every((entry, index) => isOwnershipEqual(entry, before[index]));
  return isSame && jsonEquals(withoutManagedFields(object), withoutManagedFields(old));
}

function isOwnershipEqual(entry: ManagedFieldsEntry, other: ManagedFieldsEntry | undefined): boolean {
  return jsonEquals({ ...entry, time: undefined }, { ...other, time: undefined });
}

function withoutManagedFields(object: KubeObject): object {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}

/** True if the object is terminating and nothing holds it any more. */
export function isLifeOver({ metadata }: KubeObject, isHeld: boolean): boolean {
  if (metadata.deletionTimestamp === undefined || isHeld) return false;
  return (metadata.finalizers ?? []).length === 0 && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Holds `metadata.name` to that of the path. @throws {ApiError} `BadRequest` when it is absent or another one. */
export function checkName({ target }: WriteRequest, metadata: MutableObject): void {
  const { name = '' } = metadata;
  if (name === '') {
    const why = `the name of the object (${target.name} based on URL) was undeterminable: name must be provided`;
    throw new ApiError('BadRequest', why);
  }
  if (name !== target.name) {
    const names = `the name of the object (${String(name)}) does not match the name on the URL (${target.name})`;
    throw new ApiError('BadRequest', names);
  }
}

/**
 * Checks the uid and resourceVersion a writer relies on; absent ones are not checked. A patch without them carries those
 * of the object it was applied to. @throws {ApiError} `Conflict`.
 */
export function checkPreconditions({ kind, target }: WriteRequest, metadata: MutableObject, old: KubeObject): void {
  const key = kind.key(target.namespace, target.name);
  const { uid = old.metadata.uid, resourceVersion = old.metadata.resourceVersion } = metadata;
  if (uid !== old.metadata.uid) throw anotherUid(key, uid, old.metadata.uid);
  if (resourceVersion !== old.metadata.resourceVersion) throw new ConflictError(key, staleMessage);
}

/**
 * The uid in a patch is no precondition: it is a change of the object, which is refused twice, by what all objects go through
 * and by their kind. @throws {InvalidError} for another one.
 */
export function checkPatchedUid({ kind, target }: WriteRequest, metadata: MutableObject, old: KubeObject): void {
  const { uid, resourceVersion = old.metadata.resourceVersion } = metadata;
  if (uid === undefined || uid === old.metadata.uid) return;
  // Kubernetes: of a custom resource's metadata a write of the status takes nothing.
  if (kind.definition.custom !== undefined && writesStatus(target)) return;
  if (resourceVersion !== old.metadata.resourceVersion)
    throw new ConflictError(kind.key(target.namespace, target.name), staleMessage);
  const { kind: name, group } = kind.definition;
  const error = { type: 'Invalid', path: 'metadata.uid', value: uid, detail: 'field is immutable' } as const;
  throw new InvalidError({ kind: name, group, name: target.name }, [error, error]);
}

/** Only a delete begins the end of an object. @throws {InvalidError} when an update would. */
function checkDeletion({ kind, target }: WriteRequest, { deletionTimestamp }: MutableObject, old: KubeObject): void {
  if (deletionTimestamp === undefined || deletionTimestamp === old.metadata.deletionTimestamp) return;
  const subject = { kind: kind.definition.kind, group: kind.definition.group, name: target.name };
  const path = 'metadata.deletionTimestamp';
  throw new InvalidError(subject, [{ type: 'Invalid', path, value: deletionTimestamp, detail: 'field is immutable' }]);
}

/**
 * Holds a write to the revision it was worked out from, where the kind asks for one.
 * @throws {ApiError} `Invalid` for none, `BadRequest` for what is no revision.
 */
export function requireRevision(request: WriteRequest, { resourceVersion = '0' }: MutableObject): void {
  const text = String(resourceVersion);
  if (text === '0' && request.kind.definition.allowsUnconditionalUpdate !== true) throw revisionRequired(request);
  if (/^\d+$/.test(text)) return;
  throw new ApiError('BadRequest', `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function revisionRequired({ kind, target }: WriteRequest): InvalidError {
  const detail = 'must be specified for an update';
  // Upstream names the resource here, not the kind.
  const subject = { kind: kind.definition.plural, group: kind.definition.group, name: target.name };
  return new InvalidError(subject, [{ type: 'Invalid', path: 'metadata.resourceVersion', value: 0, detail }]);
}

/** Such writes change the status, and what the kind takes of metadata. */
function withStatusOf({ statusTakes = [] }: KindDefinition, old: KubeObject, draft: MutableObject): MutableObject {
  const next: MutableObject = { ...cloneJson(old as KubeObject & JsonObject) };
  const [metadata, sent] = [metadataOf(next), metadataOf(draft)];
  if (sent['managedFields'] !== undefined) metadata['managedFields'] = sent['managedFields'];
  for (const field of statusTakes) takeField(metadata, sent, field);
  takeField(next, draft, 'status');
  return next;
}

function takeField(target: MutableObject, source: MutableObject, field: string): void {
  if (source[field] === undefined) delete target[field];
  else target[field] = source[field];
}

/** Where there is a status subresource, other writes leave the status as it is. */
function withoutStatusChange({ kind, target }: WriteRequest, old: KubeObject, draft: MutableObject): MutableObject {
  if (!hasStatus(kind.definition, target.version)) return draft;
  const { status } = old as KubeObject & { readonly status?: unknown };
  if (status === undefined) delete draft['status'];
  else draft['status'] = cloneJson(status);
  return draft;
}

/** What only the server decides; deletion can be neither started nor taken back by an update. */
const serverFields = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

function keepServerMetadata(metadata: MutableObject, old: KubeObject): void {
  for (const field of serverFields) {
    const value = old.metadata[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
}
