import type { JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { emptySet, type FieldSet, isEmptySet } from './field-set.ts';
import type { ManagedFields } from './managed-fields.ts';
import { fieldSchema, itemSchema } from './shape.ts';
import type { VersionSteps } from './versions.ts';

/** An object whose schema may have changed since its entries were written. */
export interface ReconciledObject {
  readonly object: JsonObject;
  /** In which `object` is, and its schema: of the whole object, metadata included. */
  readonly apiVersion: string;
  readonly schema: ObjectSchema;
}

/**
 * Entries as they are under the schemas of today (structured-merge-diff `ReconcileFieldSetWithSchema`): who owned parts of
 * what has become one whole owns the whole. Who owned a whole that has parts now goes on owning it and none of its parts.
 * Returns the very list it was given when nothing changes; entries of versions that are gone stay for others to drop.
 */
export function* reconcileEntries(
  entries: ManagedFields,
  { object, apiVersion, schema }: ReconciledObject,
): VersionSteps<ManagedFields> {
  const schemas = new Map<string, ObjectSchema | undefined>([[apiVersion, schema]]);
  let isSame = true;
  const reconciled: ManagedFieldsEntry[] = [];
  for (const entry of entries) {
    if (!schemas.has(entry.apiVersion)) {
      schemas.set(entry.apiVersion, (yield { object, apiVersion: entry.apiVersion })?.schema);
    }
    const set = entry.fieldsV1 as FieldSet;
    const next = reconcileNode(set, schemas.get(entry.apiVersion));
    isSame &&= next === set;
    reconciled.push(next === set ? entry : { ...entry, fieldsV1: next });
  }
  return isSame ? entries : reconciled;
}

/** A node and all below it; the node itself when nothing changes. */
function reconcileNode(node: FieldSet, schema: Schema | undefined): FieldSet {
  if (schema === undefined || isEmptySet(node)) return node;
  if (isWhole(schema)) return emptySet;
  let changed: Record<string, FieldSet> | undefined;
  for (const element in node) {
    const child = node[element] as FieldSet;
    const next = element === '.' ? child : reconcileNode(child, schemaBelow(schema, element));
    if (next === child) continue;
    changed ??= { ...node };
    changed[element] = next;
  }
  return changed ?? node;
}

/** True for what has one owner: lists are whole unless their items have keys, maps and objects where they say so. */
function isWhole(schema: Schema): boolean {
  switch (schema.type) {
    case 'array':
      return schema.listType !== 'set' && schema.listType !== 'map';
    case 'object':
    case 'map':
      return schema.mapType === 'atomic';
    default:
      return false;
  }
}

/** `undefined` below what the schema does not know: such values are deduced, and never whole. */
function schemaBelow(schema: Schema, element: string): Schema | undefined {
  return element.startsWith('f:') ? fieldSchema(schema, element.slice(2)) : itemSchema(schema);
}
