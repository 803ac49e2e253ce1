import type { CachedObject } from '../cache/cached-object.ts';
import { type ApiError, ConflictError, NotFoundError } from '../meta/errors.ts';
import { foregroundFinalizer, orphanFinalizer } from '../meta/finalizers.ts';
import { cloneJson } from '../meta/json.ts';
import { formatResource } from '../meta/key.ts';
import { type JsonObject, type KubeObject, type OwnerReference, parseApiVersion } from '../meta/object.ts';
import { sha256Digest } from '../ports/digest.ts';
import type { RestoredState } from '../ports/resources.ts';
import type { ObjectWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import { decideCreate, startLife } from './create.ts';
import { metadataOf } from './metadata.ts';
import { readPastState } from './past.ts';
import { decideUpdate } from './update.ts';
import type { WriteRequest } from './write-request.ts';

/** Uids of then → uids of now, of the objects that are restored together. */
export type Lives = Map<string, string>;

/** What a delete with propagation adds: it belongs to the end of an object, not to its content. */
const deletionFinalizers: ReadonlySet<string> = new Set([orphanFinalizer, foregroundFinalizer]);

/**
 * Brings an object back to its state at a revision. One that is there gets the desired state, labels and annotations of then;
 * its status, owners and finalizers stay as they are. One that is gone comes back whole with a new uid and without status;
 * owners that come back with it are named by their new uids.
 * @param lives gets the uid; filled for all objects of a commit before the first of them is decided.
 * @throws {ApiError} `NotFound` for an object nothing is known of, `Expired` when that state is no longer kept; when it is
 *   decided also `Conflict` when it came or went meanwhile, or an owner is gone.
 */
export async function restorationOf(
  request: WriteRequest,
  { revision, uidSeed }: RestoredState,
  lives: Lives,
): Promise<ObjectWrite> {
  const { core, kind, target, options } = request;
  const key = kind.key(target.namespace, target.name);
  const past = await readPastState(core, request, revision);
  const { uid: oldUid } = past.metadata;
  const now = core.commits.view.get(kind.resource, target.namespace, target.name);
  const uid = now?.metadata.uid ?? (uidSeed === undefined ? core.random.uuid() : seededUid(uidSeed, oldUid));
  lives.set(oldUid, uid);
  const decide = async (current: CachedObject | undefined) => {
    if (current?.parsed().metadata.uid !== now?.metadata.uid) {
      throw new ConflictError(key, 'it was created or deleted meanwhile; please try again');
    }
    if (current !== undefined) return decideUpdate(request, draftOver(request, past, current), current, false);
    if (options.noCreate === true) throw new NotFoundError(key);
    const draft = draftOf(request, past);
    startLife(request, draft, target.name);
    metadataOf(draft)['uid'] = uid;
    restoreOwners(request, metadataOf(draft), { lives, uidSeed });
    // Who owns which field is part of what comes back.
    return decideCreate(request, draft, true);
  };
  return { request, name: target.name, decide };
}

/** A uid that follows from the operation and the object it stands for (RFC 9562 version 8). */
function seededUid(seed: string, oldUid: string): string {
  const hex = sha256Digest(`${seed}\n${oldUid}`).slice('sha256:'.length);
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8';
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

function draftOf({ schema }: WriteRequest, past: KubeObject): MutableObject {
  const draft: MutableObject = { ...cloneJson(past as KubeObject & JsonObject) };
  schema.prune(draft);
  const metadata = metadataOf(draft);
  delete metadata['resourceVersion'];
  delete metadata['generation'];
  const finalizers = (past.metadata.finalizers ?? []).filter((finalizer) => !deletionFinalizers.has(finalizer));
  if (finalizers.length === 0) delete metadata['finalizers'];
  else metadata['finalizers'] = finalizers;
  return draft;
}

function draftOver(request: WriteRequest, past: KubeObject, current: CachedObject): MutableObject {
  const draft = draftOf(request, past);
  const { labels, annotations } = past.metadata;
  const { labels: _, annotations: __, resourceVersion: ___, managedFields: ____, ...own } = current.parsed().metadata;
  draft['metadata'] = {
    ...cloneJson(own as object as JsonObject),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
  };
  return draft;
}

/**
 * Names the owners by the uids they have now. An object whose owner is gone would be garbage at once.
 * @throws {ApiError} `Conflict` for an owner that neither is there nor comes back.
 */
function restoreOwners(
  request: WriteRequest,
  metadata: MutableObject,
  { lives, uidSeed }: { readonly lives: Lives; readonly uidSeed: string | undefined },
): void {
  const owners = (metadata['ownerReferences'] ?? []) as readonly OwnerReference[];
  if (owners.length === 0) return;
  metadata['ownerReferences'] = owners.map((owner) => {
    const live = uidOf(request, owner);
    if (live === owner.uid) return owner;
    const together = lives.get(owner.uid);
    if (together !== undefined) return { ...owner, uid: together };
    // It may have come back in an earlier part of the same operation.
    if (uidSeed !== undefined && live === seededUid(uidSeed, owner.uid)) return { ...owner, uid: live };
    throw ownerGone(request, owner, live);
  });
}

/** The uid of whoever has the name of an owner now. */
function uidOf({ core, target }: WriteRequest, { apiVersion, kind, name }: OwnerReference): string | undefined {
  const definition = core.catalog.findKind(parseApiVersion(apiVersion).group, kind);
  if (definition === undefined) return undefined;
  const { plural, group } = definition.storedAs ?? definition;
  const namespace = definition.scope === 'Namespaced' ? target.namespace : '';
  return core.commits.view.get(formatResource(plural, group), namespace, name)?.metadata.uid;
}

function ownerGone({ kind, target }: WriteRequest, owner: OwnerReference, live: string | undefined): ApiError {
  const what = live === undefined ? 'no longer exists' : 'is another one now';
  const why = `its owner ${owner.kind} "${owner.name}" (uid ${owner.uid}) ${what}: it would be removed as garbage at once`;
  return new ConflictError(kind.key(target.namespace, target.name), `${why}; restore the owner with its dependents`);
}
