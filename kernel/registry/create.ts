import { randomSuffix } from '../base/random.ts';
import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { AlreadyExistsError, ApiError, isApiError } from '../meta/errors.ts';
import { cloneJson } from '../meta/json.ts';
import type { ObjectKey } from '../meta/key.ts';
import type { KubeObject } from '../meta/object.ts';
import type { DecodedBody, WriteResult } from '../ports/resources.ts';
import { hasStatus } from '../schema/kind.ts';
import { admitObject } from './admit.ts';
import { commitWrite, type Decision, type ObjectWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import { metadataOf, readMetadata } from './metadata.ts';
import { attributesOf, nowText, takeNamespace, takeObject, type WriteRequest } from './write-request.ts';

/** Characters of `generateName` that are kept, and of the suffix (apiserver storage/names). */
const generatedBaseMax = 58;
const generatedSuffixLength = 5;
/** Names tried for `generateName` (KEP-4420). */
const generateAttemptsMax = 8;

/** Creates an object. @throws {ApiError} `AlreadyExists`, `Invalid`, `BadRequest` and what `commitWrite` throws. */
export async function createObject(request: WriteRequest, body: DecodedBody): Promise<WriteResult> {
  const draft = takeCreated(request, body);
  const { name, generateName } = metadataOf(draft);
  if (typeof name === 'string') return commitWrite(namedCreation(request, draft, name));
  for (let attempt = 1; ; attempt++) {
    try {
      return await commitWrite(namedCreation(request, draft, generatedName(request, String(generateName))));
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists') || attempt === generateAttemptsMax) throw error;
    }
  }
}

/** The same as a part of a commit: a name that is generated is one that is free now. @throws {ApiError} as `createObject`. */
export function creationOf(request: WriteRequest, body: DecodedBody): ObjectWrite {
  const { core, kind, target } = request;
  const draft = takeCreated(request, body);
  const { name, generateName } = metadataOf(draft);
  if (typeof name === 'string') return namedCreation(request, draft, name);
  for (let attempt = 1; ; attempt++) {
    const generated = generatedName(request, String(generateName));
    const isTaken = core.commits.current(kind.resource, cacheKey(target.namespace, generated)) !== undefined;
    if (!isTaken) return namedCreation(request, draft, generated);
    if (attempt === generateAttemptsMax) throw allTaken(new AlreadyExistsError(kind.key(target.namespace, generated)));
  }
}

/** One without a name and without `generateName` gets the empty name, which is refused with everything else. */
function takeCreated(request: WriteRequest, body: DecodedBody): MutableObject {
  const draft = takeObject(request, body);
  const metadata = metadataOf(draft);
  if (metadata['resourceVersion'] !== undefined) {
    throw new ApiError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  takeNamespace(request, metadata);
  const { name, generateName } = metadata;
  if (typeof name !== 'string' && typeof generateName !== 'string') metadata['name'] = '';
  return draft;
}

function generatedName({ core }: WriteRequest, generateName: string): string {
  return `${generateName.slice(0, generatedBaseMax)}${randomSuffix(core.random, generatedSuffixLength)}`;
}

/** A name beside `generateName` is taken for one that was generated, and who is about to go is named so, as upstream does. */
function nameTaken(draft: MutableObject, key: ObjectKey, { metadata }: KubeObject): ApiError {
  const error = new AlreadyExistsError(key);
  const { generateName = '' } = metadataOf(draft);
  if (generateName !== '') return allTaken(error);
  if (metadata.deletionTimestamp === undefined) return error;
  return new ApiError(error.reason, `object is being deleted: ${error.message}`, error.details);
}

/** Kubernetes `NewGenerateNameConflict`: chance was against the client, who may try again. */
function allTaken(error: ApiError): ApiError {
  const why = 'the server was not able to generate a unique name for the object';
  return new ApiError(error.reason, `${error.message}, ${why}`, { ...error.details, retryAfterSeconds: 1 });
}

/** The creation of `draft`, which was taken already, under a name. */
export function namedCreation(request: WriteRequest, draft: MutableObject, name: string): ObjectWrite {
  const { kind, target } = request;
  startLife(request, draft, name);
  const decide = async (current: CachedObject | undefined) => {
    // Kubernetes: what is wrong or not allowed is refused as such before the name is looked at.
    const decision = await decideCreate(request, cloneJson(draft), false);
    if (current !== undefined) throw nameTaken(draft, kind.key(target.namespace, name), current.parsed());
    return decision;
  };
  return { request, name, decide };
}

/** Sets what every new object starts with; whatever the client said about it does not count. */
export function startLife({ core, kind, target }: WriteRequest, draft: MutableObject, name: string): void {
  const { createTakesStatus = false } = kind.definition;
  if (hasStatus(kind.definition, target.version) && !createTakesStatus) delete draft['status'];
  const metadata = metadataOf(draft);
  metadata['name'] = name;
  metadata['uid'] = core.random.uuid();
  metadata['creationTimestamp'] = nowText(core);
  delete metadata['deletionTimestamp'];
  delete metadata['deletionGracePeriodSeconds'];
}

/**
 * Admits a new object. `draft` is private to this attempt.
 * @param merged true when a server-side apply has settled the managed fields.
 */
export async function decideCreate(request: WriteRequest, draft: MutableObject, merged: boolean): Promise<Decision> {
  const { name } = readMetadata(draft);
  const attributes = attributesOf(request, 'create', name, undefined);
  const object = await admitObject(request, draft, attributes, merged);
  return { operation: 'create', object, attributes };
}
