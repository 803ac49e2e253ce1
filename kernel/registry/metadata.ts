import { validateAnnotations } from '../meta/annotations.ts';
import type { FieldError } from '../meta/errors.ts';
import { checkOwnFinalizer, foregroundFinalizer, orphanFinalizer } from '../meta/finalizers.ts';
import { checkDnsSubdomain, checkQualifiedName } from '../meta/names.ts';
import type { JsonObject, ObjectMeta, OwnerReference } from '../meta/object.ts';
import { validateLabels } from '../meta/selectors.ts';
import type { CompiledKind, MutableObject } from './compiled-kind.ts';

/** Groups of standard kinds that Kubernetes checks without its own rule for finalizers (apimachinery `ValidateObjectMeta`). */
const groupsOfFreeFinalizers: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'coordination.k8s.io',
]);

/** Metadata of an object that went through `normalizeMetadata`. */
export function metadataOf(object: JsonObject | MutableObject): MutableObject {
  return object['metadata'] as MutableObject;
}

/** The same, read-only and typed. */
export function readMetadata(object: JsonObject | MutableObject): ObjectMeta {
  return object['metadata'] as ObjectMeta;
}

/** Every rule `metadata` breaks (apimachinery `ValidateObjectMeta` and `ValidateObjectMetaUpdate`). */
export function validateMetadata(kind: CompiledKind, metadata: ObjectMeta, old?: ObjectMeta): readonly FieldError[] {
  const { checkName = checkDnsSubdomain } = kind.definition;
  const errors = old === undefined ? validateNames(metadata, checkName, 'metadata') : [];
  errors.push(...validateCommonMetadata(metadata, 'metadata', old));
  if (kind.definition.strategicMerge !== true || groupsOfFreeFinalizers.has(kind.definition.group)) return errors;
  const { finalizers = [] } = metadata;
  return [
    ...errors,
    ...finalizers.flatMap((finalizer, index) => checkOwnFinalizer(`metadata.finalizers[${index}]`, finalizer)),
  ];
}

/** A name, given or to be made up. What follows the dash at the end of `generateName` is still to come. */
export function validateNames(
  { name = '', generateName }: Partial<ObjectMeta>,
  checkName: (name: string) => readonly string[],
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const detail of generateName === undefined ? [] : checkName(generateName.replace(/.-$/s, 'a'))) {
    errors.push({ type: 'Invalid', path: `${path}.generateName`, value: generateName, detail });
  }
  if (name === '') errors.push({ type: 'Required', path: `${path}.name`, detail: 'name or generateName is required' });
  else
    for (const detail of checkName(name)) errors.push({ type: 'Invalid', path: `${path}.name`, value: name, detail });
  return errors;
}

/** What holds for the metadata of every object, new or not. */
export function validateCommonMetadata(metadata: ObjectMeta, path: string, old?: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.labels !== undefined && metadata.labels !== old?.labels) {
    errors.push(...validateLabels(metadata.labels, `${path}.labels`));
  }
  errors.push(...validateAnnotations(metadata.annotations, `${path}.annotations`));
  errors.push(...validateOwners(metadata.ownerReferences ?? [], `${path}.ownerReferences`));
  errors.push(...validateFinalizers(metadata, `${path}.finalizers`, old));
  return errors;
}

/** The version in `group/version`; none where the text has no such form. */
function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : (parts.at(-1) ?? '');
}

/** Upstream names the field of an owner, but not which owner it is. */
function validateOwner(owner: Partial<OwnerReference>, path: string): readonly FieldError[] {
  const { apiVersion = '', kind = '', name = '', uid = '' } = owner;
  const errors: FieldError[] = [];
  const refuse = (field: string, value: string, detail = 'must not be empty') =>
    errors.push({ type: 'Invalid', path: `${path}.${field}`, value, detail });
  if (versionOf(apiVersion) === '') refuse('apiVersion', apiVersion, 'version must not be empty');
  if (kind === '') refuse('kind', kind);
  if (name === '') refuse('name', name);
  if (uid === '') refuse('uid', uid);
  if (apiVersion === 'v1' && kind === 'Event') {
    errors.push({ type: 'Invalid', path, value: owner, detail: '/v1, Kind=Event is disallowed from being an owner' });
  }
  return errors;
}

function validateOwners(owners: readonly OwnerReference[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  for (const owner of owners) {
    errors.push(...validateOwner(owner, path));
    if (owner.controller !== true) continue;
    if (controller === undefined) controller = owner;
    else {
      const names = `${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`;
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
      errors.push({ type: 'Invalid', path, value: owners, detail });
    }
  }
  return errors;
}

function validateFinalizers(metadata: ObjectMeta, path: string, old: ObjectMeta | undefined): readonly FieldError[] {
  const finalizers = metadata.finalizers ?? [];
  const errors: FieldError[] = [];
  for (const finalizer of finalizers) {
    for (const detail of checkQualifiedName(finalizer)) {
      errors.push({ type: 'Invalid', path, value: finalizer, detail });
    }
  }
  if (finalizers.includes(orphanFinalizer) && finalizers.includes(foregroundFinalizer)) {
    const detail = `finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`;
    errors.push({ type: 'Invalid', path, value: finalizers, detail });
  }
  if (old?.deletionTimestamp === undefined) return errors;
  const added = finalizers.filter((finalizer) => old.finalizers?.includes(finalizer) !== true);
  if (added.length > 0) {
    const found = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${found}}`;
    errors.push({ type: 'Forbidden', path, detail });
  }
  return errors;
}
