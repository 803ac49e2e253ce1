import { type CachedObject, parseObject } from '../cache/cached-object.ts';
import { encodeObject } from '../cache/encoding.ts';
import { ApiError, ConflictError, InvalidError, NotFoundError } from '../meta/errors.ts';
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
import { applyOperations } from './patch.ts';
import { decideUpdate } from './update.ts';
import type { WriteRequest } from './write-request.ts';

/** The `autoscaling/v1` Scale of an object: how many copies it wants and has. @throws {ApiError} `NotFound`. */
export function scaleOf(kind: CompiledKind, version: string, object: CachedObject): StoredObject {
  const scale = makeScale(mappingOf(kind, version), object.parsed());
  const bytes = encodeObject(scale);
  const parsed = () => deepFreeze(parseObject(bytes));
  return { bytes, revision: object.revision, parsed, header: parsed };
}

/** Writes `spec.replicas` of a Scale through to the object. @throws {ApiError} as updates do. */
export async function updateScale(request: WriteRequest, body: DecodedBody): Promise<WriteResult> {
  return writeScale(request, () => body.value);
}

/** The same for a patch of the Scale. Strategic patches merge like any other: a Scale holds no lists. */
export async function patchScale(request: WriteRequest, patch: Patch): Promise<WriteResult> {
  return writeScale(request, (scale) => {
    if (patch.type === 'json') return applyOperations(scale, patch.body as Json);
    return applyMergePatch(scale, cloneJson(patch.body) as Json);
  });
}

async function writeScale(request: WriteRequest, change: (scale: JsonObject) => Json): Promise<WriteResult> {
  const { kind, target } = request;
  const mapping = mappingOf(kind, target.version);
  const key = kind.key(target.namespace, target.name);
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(key);
    const old = current.parsed();
    const wanted = change(makeScale(mapping, old) as KubeObject & JsonObject);
    const { replicas, resourceVersion } = readScale(request, wanted);
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      throw new ConflictError(
        key,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const draft: MutableObject = { ...cloneJson(old as KubeObject & JsonObject) };
    setPath(draft, mapping.specReplicasPath, replicas);
    return decideUpdate(request, draft, current, false);
  };
  const result = await commitWrite({ request, name: target.name, decide });
  return { ...result, object: scaleOf(kind, target.version, result.object as CachedObject) };
}

function mappingOf({ definition }: CompiledKind, version: string): ScaleMapping {
  const mapping = scaleMapping(definition, version);
  if (mapping !== undefined) return mapping;
  throw new ApiError('NotFound', 'the server could not find the requested resource');
}

function makeScale(mapping: ScaleMapping, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(getPath(object, mapping.labelSelectorPath));
  const replicas = getPath(object, mapping.statusReplicasPath) ?? 0;
  const scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: getPath(object, mapping.specReplicasPath) ?? 0 },
    status: { replicas, ...(selector === '' ? {} : { selector }) },
  };
  return scale;
}

/** @throws {ApiError} `Invalid` when the count is no whole number ≥ 0. */
function readScale(
  { target }: WriteRequest,
  scale: Json,
): { readonly replicas: number; readonly resourceVersion?: string } {
  const { spec, metadata } = isPlainObject(scale) ? scale : {};
  const { replicas = 0 } = isPlainObject(spec) ? spec : {};
  const { resourceVersion } = isPlainObject(metadata) ? metadata : {};
  if (typeof replicas !== 'number' || !Number.isSafeInteger(replicas) || replicas < 0) {
    const detail = 'must be greater than or equal to 0';
    throw new InvalidError({ kind: 'Scale', group: 'autoscaling', name: target.name }, [
      { type: 'Invalid', path: 'spec.replicas', value: replicas, detail },
    ]);
  }
  return typeof resourceVersion === 'string' && resourceVersion !== '' ? { replicas, resourceVersion } : { replicas };
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

function setPath(object: MutableObject, path: string, value: unknown): void {
  const fields = path.split('.');
  const last = fields.pop() ?? '';
  let parent = object;
  for (const field of fields) parent = (parent[field] ??= {}) as MutableObject;
  parent[last] = value;
}
