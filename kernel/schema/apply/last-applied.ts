import { validateAnnotations } from '../../meta/annotations.ts';
import { canonicalJson } from '../../meta/canonical-json.ts';
import { isApiError } from '../../meta/errors.ts';
import { htmlSafe } from '../../meta/html-safe.ts';
import { isPlainObject, ownField, parseJson } from '../../meta/json.ts';
import { isJsonObject, type Json, type JsonObject } from '../../meta/object.ts';
import type { ObjectSchema } from '../schema.ts';
import { compareObjects } from './compare.ts';
import { emptySet, type FieldSet, subtractSets, unionSets } from './field-set.ts';
import { toFieldSet } from './to-field-set.ts';

/** The manager kubectl uses for server-side apply unless told otherwise. */
export const kubectlManager = 'kubectl';
/** Where `kubectl apply` on the client side keeps what it applied last. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Fields that client-side apply set and nobody changed since: kubectl takes them over without conflict when a user goes
 * on to server-side apply (apimachinery `managedfields/internal/lastappliedmanager.go`).
 */
export function lastAppliedFields(live: JsonObject, schema: ObjectSchema): FieldSet {
  const lastApplied = readLastApplied(live);
  if (lastApplied === undefined || lastApplied['apiVersion'] !== live['apiVersion']) return emptySet;
  const changes = compareObjects(lastApplied, live, schema);
  const fields = toFieldSet(lastApplied, schema);
  if (changes === undefined) return fields;
  return subtractSets(fields, unionSets(changes.added, unionSets(changes.modified, changes.removed)));
}

/** A client can write anything into an annotation; what is no object claims nothing. */
function readLastApplied(live: JsonObject): JsonObject | undefined {
  const text = ownField(ownField(live['metadata'], 'annotations'), lastAppliedAnnotation);
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const { value } = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (isApiError(error, 'BadRequest') || isApiError(error, 'RequestEntityTooLarge')) return undefined;
    throw error;
  }
}

/**
 * Keeps what client-side apply will compare with in step where kubectl goes on to server-side apply, so that users can go
 * back (apimachinery `managedfields/internal/lastappliedupdater.go`). Other managers leave it, and it is not begun here.
 * @returns `object` itself when it stays.
 */
export function withLastApplied(
  object: JsonObject,
  { applied, manager }: { readonly applied: JsonObject; readonly manager: string },
): JsonObject {
  const { metadata } = object;
  const annotations = ownField(metadata, 'annotations');
  if (manager !== kubectlManager || !isPlainObject(annotations)) return object;
  const before = ownField(annotations, lastAppliedAnnotation) ?? '';
  const text = `${htmlSafe(canonicalJson(withoutLastApplied(applied)))}\n`;
  if (before === '' || before === text) return object;
  const next: Record<string, Json> = { ...annotations, [lastAppliedAnnotation]: text };
  const isTooLong = validateAnnotations(next as Record<string, string>).some(({ type }) => type === 'TooLong');
  if (isTooLong) delete next[lastAppliedAnnotation];
  return { ...object, metadata: { ...(metadata as JsonObject), annotations: next } };
}

function withoutLastApplied(applied: JsonObject): JsonObject {
  const { metadata } = applied;
  const annotations = ownField(metadata, 'annotations');
  if (!isPlainObject(annotations) || !Object.hasOwn(annotations, lastAppliedAnnotation)) return applied;
  const { [lastAppliedAnnotation]: _last, ...others } = annotations;
  return { ...applied, metadata: { ...(metadata as JsonObject), annotations: others } };
}
