import type { CachedObject } from '../cache/cached-object.ts';
import { ApiError, isApiError, NotFoundError } from '../meta/errors.ts';
import { cloneJson, isPlainObject } from '../meta/json.ts';
import type { Json, JsonObject, KubeObject } from '../meta/object.ts';
import type { Patch } from '../ports/client.ts';
import { applyJsonPatch } from '../schema/patch/json-patch.ts';
import { applyMergePatch } from '../schema/patch/merge-patch.ts';
import { applyStrategicMerge } from '../schema/patch/strategic-merge.ts';
import type { ObjectWrite } from './commit-loop.ts';
import { metadataOf } from './metadata.ts';
import { checkName, checkPatchedUid, decideUpdate, requireRevision } from './update.ts';
import { takeNamespace, takePatched, type WriteRequest } from './write-request.ts';

/**
 * A patch of an object. One without a resourceVersion is worked out again if the object changes meanwhile. When it is
 * decided it throws `NotFound`, `Invalid`, `BadRequest` and `Conflict`.
 */
export function patchOf(request: WriteRequest, patch: Patch): ObjectWrite {
  const { kind, target } = request;
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(kind.key(target.namespace, target.name));
    const patched = applyPatchTo(request, current.parsed() as KubeObject & JsonObject, patch);
    const draft = takePatched(request, patched, patch.duplicateFields);
    takeNamespace(request, metadataOf(draft));
    checkName(request, metadataOf(draft));
    requireRevision(request, metadataOf(draft));
    checkPatchedUid(request, metadataOf(draft), current.parsed());
    return decideUpdate(request, draft, current, false);
  };
  return { request, name: target.name, decide };
}

/** The patched object; it may share parts with `object`. */
function applyPatchTo(request: WriteRequest, object: JsonObject, patch: Patch): JsonObject {
  const patched = patchedValue(request, object, patch);
  if (isPlainObject(patched)) return patched;
  throw new ApiError('BadRequest', 'Cannot apply the patch: the result is not an object');
}

function patchedValue({ kind, schema }: WriteRequest, object: JsonObject, patch: Patch): Json {
  switch (patch.type) {
    case 'json':
      return applyOperations(object, patch.body as Json);
    case 'merge':
      return applyMergePatch(object, cloneJson(patch.body) as Json);
    case 'strategic':
      if (kind.definition.strategicMerge !== true || !isPlainObject(patch.body)) {
        throw new ApiError('UnsupportedMediaType', `${kind.resource} does not take strategic merge patches`);
      }
      return applyStrategicMerge(object, patch.body, schema.schema);
  }
}

/**
 * Applies a JSON patch. What cannot be applied is refused in the words of upstream, which say nothing of what it was: the
 * cause of the error does. @throws {ApiError} as `applyJsonPatch`.
 */
export function applyOperations(object: JsonObject, operations: Json): Json {
  try {
    return applyJsonPatch(object, operations);
  } catch (cause) {
    if (!isApiError(cause, 'Invalid')) throw cause;
    throw new ApiError(
      'Invalid',
      'the server rejected our request due to an error in our request',
      { kind: '' },
      { cause },
    );
  }
}
