import { type CachedObject, parseObject } from '../cache/cached-object.ts';
import { encodeObject } from '../cache/encoding.ts';
import { ApiError, InvalidError, NotFoundError } from '../meta/errors.ts';
import { notNegative } from '../meta/field-rules.ts';
import { cloneJson, deepFreeze, isPlainObject } from '../meta/json.ts';
import type { Json, JsonObject, KubeObject } from '../meta/object.ts';
import { formatLabelSelector, labelSelectorFromObject } from '../meta/selectors.ts';
import type { Patch } from '../ports/client.ts';
import type { StoredObject } from '../ports/endpoint.ts';
import type { DecodedBody, WriteResult } from '../ports/resources.ts';
import { type ScaleMapping, scaleMapping } from '../schema/kind.ts';
import { applyMergePatch } from '../schema/patch/merge-patch.ts';
import { commitWrite } from './commit-loop.ts';
import type { CompiledKind, MutableObject } from './compiled-kind.ts';
import { goNameOf, normalizeMetadata } from './metadata-form.ts';
import { metadataOf } from './metadata.ts';
import { applyOperations } from './patch.ts';
import { checkName, checkPreconditions, decideUpdate } from './update.ts';
import { invalidPatch, takeNamespace, type WriteRequest } from './write-request.ts';

const scaleApiVersion = 'autoscaling/v1';

/** The `autoscaling/v1` Scale of an object: how many copies it wants and has. @throws {ApiError} `NotFound`. */
export function scaleOf(kind: CompiledKind, version: string, object: CachedObject): StoredObject {
  const scale = makeScale(mappingOf(kind, version), object.parsed());
  const bytes = encodeObject(scale);
  const parsed = () => deepFreeze(parseObject(bytes));
  return { bytes, revision: object.revision, parsed, header: parsed };
}

/** Writes `spec.replicas` of a Scale through to the object. @throws {ApiError} as updates do. */
export async function updateScale(request: WriteRequest, body: DecodedBody): Promise<WriteResult> {
  const { apiVersion = scaleApiVersion, kind = 'Scale' } = body.value;
  if (apiVersion !== scaleApiVersion || kind !== 'Scale') {
    throw unreadable(`kind must be "Scale" of ${scaleApiVersion}`);
  }
  return writeScale(request, () => body.value, unreadable);
}

/** The same for a patch of the Scale. Strategic patches merge like any other: a Scale holds no lists. */
export async function patchScale(request: WriteRequest, patch: Patch): Promise<WriteResult> {
  const change = (scale: JsonObject) => {
    if (patch.type === 'json') return applyOperations(scale, patch.body as Json);
    return applyMergePatch(scale, cloneJson(patch.body) as Json);
  };
  return writeScale(request, change, (why, scale) => invalidPatch(scale, why));
}

/** The refusal of a body that is no Scale. */
export function unreadable(why: string): ApiError {
  return new ApiError('BadRequest', `Scale in version "v1" cannot be handled as a Scale: ${why}`);
}

/** Makes the error for a Scale that cannot be read. */
type Refusal = (why: string, scale: JsonObject) => ApiError;

async function writeScale(
  request: WriteRequest,
  change: (scale: JsonObject) => Json,
  refuse: Refusal,
): Promise<WriteResult> {
  const { kind, target } = request;
  const mapping = mappingOf(kind, target.version);
  const key = kind.key(target.namespace, target.name);
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(key);
    const old = current.parsed();
    const wanted = change(makeScale(mapping, old) as KubeObject & JsonObject);
    const { replicas, metadata } = readScale(request, isPlainObject(wanted) ? wanted : {}, refuse);
    takeNamespace(request, metadata);
    checkName(request, metadata);
    checkPreconditions(request, metadata, old);
    const draft: MutableObject = { ...cloneJson(old as KubeObject & JsonObject) };
    setPath(draft, mapping.specReplicasPath, replicas);
    return decideUpdate(request, draft, current, false);
  };
  const result = await commitWrite({ request, name: target.name, decide });
  return { ...result, object: scaleOf(kind, target.version, result.object as CachedObject) };
}

/** Where a kind has its counts. @throws {ApiError} `NotFound` for one without scale. */
export function mappingOf({ definition }: CompiledKind, version: string): ScaleMapping {
  const mapping = scaleMapping(definition, version);
  if (mapping !== undefined) return mapping;
  throw new ApiError('NotFound', 'the server could not find the requested resource');
}

/** The Scale of an object. */
export function makeScale(mapping: ScaleMapping, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(getPath(object, mapping.labelSelectorPath));
  const wanted = getPath(object, mapping.specReplicasPath) ?? 0;
  const replicas = getPath(object, mapping.statusReplicasPath) ?? 0;
  const scale = {
    kind: 'Scale',
    apiVersion: scaleApiVersion,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    // Go leaves a count of none out of the spec, but not of the status.
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas, ...(selector === '' ? {} : { selector }) },
  };
  return scale;
}

const replicasMax = 2 ** 31 - 1;

/**
 * What a written Scale asks for. @throws {ApiError} what `refuse` makes for a count that cannot be read, `Invalid` for one
 * below 0 of a built-in kind; custom ones are held to their schema.
 */
export function readScale({ kind, target }: WriteRequest, scale: JsonObject, refuse: Refusal) {
  const draft: MutableObject = { metadata: scale['metadata'] };
  normalizeMetadata(draft, 'Scale');
  const { spec } = scale;
  const replicas = (isPlainObject(spec) ? spec['replicas'] : undefined) ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || Math.abs(replicas) > replicasMax) {
    const found = typeof replicas === 'number' ? `number ${replicas}` : goNameOf(replicas);
    throw refuse(`json: cannot unmarshal ${found} into Go struct field ScaleSpec.spec.replicas of type int32`, scale);
  }
  if (replicas < 0 && kind.definition.custom === undefined) {
    const errors = notNegative('spec.replicas', replicas);
    throw new InvalidError({ kind: 'Scale', group: 'autoscaling', name: target.name }, errors);
  }
  return { replicas, metadata: metadataOf(draft) };
}

/** A selector is a text, a LabelSelector, or (ReplicationController) the labels themselves, which are all texts. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (!isPlainObject(selector)) return '';
  const isLabels = Object.values(selector).every((value) => typeof value === 'string');
  return formatLabelSelector(labelSelectorFromObject(isLabels ? { matchLabels: selector } : selector));
}

function getPath(object: object, path: string): unknown {
  let value: unknown = object;
  for (const field of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[field];
  return value;
}

/** Sets the field at a path such as `spec.replicas`. */
export function setPath(object: MutableObject, path: string, value: unknown): void {
  const fields = path.split('.');
  const last = fields.pop() ?? '';
  let parent = object;
  for (const field of fields) parent = (parent[field] ??= {}) as MutableObject;
  parent[last] = value;
}
