import { ApiError, type FieldError, InvalidError } from '../../meta/errors.ts';
import { cloneJson } from '../../meta/json.ts';
import { isJsonObject, type JsonObject, parseApiVersion } from '../../meta/object.ts';
import type { KindLookup, Patch } from '../../ports/client.ts';
import type { DeleteOptions, WriteOptions } from '../../ports/endpoint.ts';
import type { ResourceTarget, TransactionItem } from '../../ports/resources.ts';
import { compileSchema } from '../../schema/compile.ts';
import { findVersion, type KindDefinition } from '../../schema/kind.ts';
import { type Transaction, transactionKind, type transactionOperations, transactionSchema } from './type.ts';

type Item = Transaction['spec']['items'][number];
type Operation = (typeof transactionOperations)[number];

/** Where items come from and how they are written. */
export interface ItemSource {
  readonly kinds: Pick<KindLookup, 'findKind'>;
  /** Options all items share. */
  readonly options: WriteOptions;
  /** Paths of fields that stood twice in the body. */
  readonly duplicateFields: readonly string[];
}

/** A posted Transaction that follows its schema. */
export interface PostedSpec {
  readonly spec: Transaction['spec'];
  /** Paths of fields that nothing knows. */
  readonly unknownFields: readonly string[];
}

/** @throws {ApiError} `Invalid` for what the schema does not allow. */
export function readSpec({ spec = {} }: JsonObject): PostedSpec {
  const draft: Record<string, unknown> = { spec: cloneJson(spec) };
  const compiled = compileSchema(transactionSchema);
  const unknownFields = compiled.prune(draft);
  refuse(compiled.validate(draft));
  return { spec: draft['spec'] as Transaction['spec'], unknownFields };
}

/** The writes a spec asks for. @throws {ApiError} `Invalid` for items that make no sense, `BadRequest` for unknown kinds. */
export function readItems(spec: Transaction['spec'], source: ItemSource): readonly TransactionItem[] {
  refuse(spec.items.flatMap((item, index) => missingFields(item, `spec.items[${index}]`)));
  return spec.items.map((item, index) => readItem(item, index, spec, source));
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  throw new InvalidError({ kind: transactionKind.kind, group: transactionKind.group, name: '' }, errors);
}

/** What each operation must be given, and what it may be given besides. */
const fields: Readonly<
  Record<Operation, { readonly needed: readonly ItemField[]; readonly allowed: readonly ItemField[] }>
> = {
  Create: { needed: ['object'], allowed: [] },
  Update: { needed: ['object'], allowed: ['subresource', 'preconditions'] },
  Apply: { needed: ['object'], allowed: ['subresource', 'preconditions', 'force'] },
  Patch: { needed: ['target', 'patch'], allowed: ['subresource', 'preconditions'] },
  Delete: { needed: ['target'], allowed: ['preconditions', 'propagationPolicy', 'gracePeriodSeconds'] },
  Restore: { needed: ['target', 'revision'], allowed: ['preconditions'] },
};

type ItemField = Exclude<keyof Item, 'operation'>;

function missingFields({ operation, ...item }: Item, path: string): readonly FieldError[] {
  const { needed, allowed } = fields[operation];
  const errors: FieldError[] = needed
    .filter((field) => item[field] === undefined)
    .map((field) => ({ type: 'Required', path: `${path}.${field}`, detail: `must be given for ${operation}` }));
  for (const field of Object.keys(item) as ItemField[]) {
    if (needed.includes(field) || allowed.includes(field)) continue;
    errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail: `may not be given for ${operation}` });
  }
  if (item.object !== undefined && !isJsonObject(item.object)) {
    errors.push({
      type: 'TypeInvalid',
      path: `${path}.object`,
      value: typeof item.object,
      detail: 'must be an object',
    });
  }
  return errors;
}

function readItem(item: Item, index: number, spec: Transaction['spec'], source: ItemSource): TransactionItem {
  const { operation, force, preconditions, patch, revision } = item;
  const target = targetOf(item, index, spec, source.kinds);
  const prefix = `spec.items[${index}].object.`;
  const own = source.duplicateFields.filter((path) => path.startsWith(prefix));
  const body = {
    value: (item.object ?? {}) as JsonObject,
    duplicateFields: own.map((path) => path.slice(prefix.length)),
  };
  const options: WriteOptions = { ...source.options, ...(force === true ? { force } : {}) };
  const relied = preconditions === undefined ? {} : { preconditions };
  switch (operation) {
    case 'Create':
      return { verb: 'create', target: { ...target, name: '' }, body, options };
    case 'Update':
      return { verb: 'update', target, body, options, ...relied };
    case 'Apply':
      return { verb: 'apply', target, body, options, ...relied };
    case 'Patch':
      return { verb: 'patch', target, patch: patchOf(patch, index), options, ...relied };
    case 'Delete':
      return { verb: 'delete', target, options: deleteOptionsOf(item) };
    case 'Restore':
      return { verb: 'restore', target, revision: Number(revision), options, ...relied };
  }
}

function deleteOptionsOf({ propagationPolicy, gracePeriodSeconds, preconditions }: Item): DeleteOptions {
  return {
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}

function patchOf(patch: Item['patch'], index: number): Patch {
  const { type, value } = patch ?? {};
  if (type !== 'JSON') return { type: type === 'Strategic' ? 'strategic' : 'merge', body: value };
  if (Array.isArray(value)) return { type: 'json', body: value };
  refuse([
    { type: 'TypeInvalid', path: `spec.items[${index}].patch.value`, value: typeof value, detail: 'must be a list' },
  ]);
  return { type: 'json', body: [] };
}

interface Place {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where an item says its object is: Create, Update and Apply bring it along. */
function placeOf({ object: value, target }: Item): Place {
  const { apiVersion, kind, metadata } = isJsonObject(value) ? value : {};
  const named = isJsonObject(metadata) ? metadata : {};
  const { namespace, name } = target ?? named;
  const text = (given: unknown) => (typeof given === 'string' ? given : '');
  return {
    apiVersion: text(target?.apiVersion ?? apiVersion),
    kind: text(target?.kind ?? kind),
    namespace: text(namespace),
    name: text(name),
  };
}

function targetOf(item: Item, index: number, spec: Transaction['spec'], kinds: ItemSource['kinds']): ResourceTarget {
  const { apiVersion, kind, namespace, name } = placeOf(item);
  const definition = kinds.findKind(apiVersion, kind);
  const { version } = parseApiVersion(apiVersion);
  if (definition === undefined || findVersion(definition, version)?.served !== true) {
    throw unknownKind(index, { apiVersion, kind }, spec);
  }
  const field = `spec.items[${index}].${item.target === undefined ? 'object.metadata' : 'target'}.namespace`;
  if (definition.scope === 'Namespaced' && namespace === '') {
    refuse([{ type: 'Required', path: field, detail: `${kind} is in a namespace` }]);
  }
  if (definition.scope === 'Cluster' && namespace !== '') {
    refuse([{ type: 'Forbidden', path: field, detail: `${kind} is in no namespace` }]);
  }
  return { definition, version, namespace, name, subresource: subresourceOf(item, definition, index) };
}

/** Subresources that are fields of the object. @throws {ApiError} `BadRequest` for any other. */
function subresourceOf(
  { subresource = '' }: Item,
  definition: KindDefinition,
  index: number,
): ResourceTarget['subresource'] {
  if (subresource === '') return '';
  if (subresource === 'status' && definition.statusSubresource) return 'status';
  if (subresource === 'approval' && definition.approvalSubresource === true) return 'approval';
  const own = definition.objectSubresources?.find((one) => one === subresource);
  if (own !== undefined) return own;
  const what = `spec.items[${index}]: ${definition.plural} have no subresource "${subresource}" that can be written here`;
  throw new ApiError('BadRequest', what);
}

/** A kind is served some time after its definition is stored, so one transaction cannot bring both. */
function unknownKind(
  index: number,
  { apiVersion, kind }: Pick<Place, 'apiVersion' | 'kind'>,
  { items }: Transaction['spec'],
): ApiError {
  const what = `spec.items[${index}]: no matches for kind "${kind}" in version "${apiVersion}"`;
  const { group } = parseApiVersion(apiVersion);
  const definition = items.findIndex((item) => definesKind(item, group, kind));
  if (definition < 0) return new ApiError('BadRequest', what);
  const why = `its CustomResourceDefinition is item ${definition} of the same transaction and is served only once it is established`;
  return new ApiError('BadRequest', `${what}: ${why}; write the definition first, then the rest`);
}

function definesKind({ object: value }: Item, group: string, kind: string): boolean {
  if (!isJsonObject(value) || value['kind'] !== 'CustomResourceDefinition' || !isJsonObject(value['spec']))
    return false;
  const { group: defined, names } = value['spec'];
  return defined === group && isJsonObject(names) && names['kind'] === kind;
}
