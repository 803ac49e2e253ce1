import type { JsonObject } from '../meta/object.ts';
import { wholeObjectSchema } from './compile.ts';
import { findVersion, type KindDefinition } from './kind.ts';
import { kindSchemaName, metaPackage, type SharedScalar, sharedScalar } from './openapi-names.ts';
import { type ObjectSchema, required, type Schema, string } from './schema.ts';
import { describe } from './standard/descriptions.ts';
import { isStandardKind, messageSchema, objectMetaSchema } from './standard/standard.ts';

/**
 * Conversion of schemas to OpenAPI: v3 component schemas (one document per group and version) and v2 definitions (one
 * document for everything), with the extensions kubectl, client-go and Terraform read.
 */

/** `v3`: OpenAPI 3.0 component schemas; `v2`: Swagger 2.0 definitions. */
export type OpenApiDialect = 'v3' | 'v2';

/** Converted schemas of some kinds. */
export interface OpenApiSchemas {
  /** By name; goes into `components.schemas` (v3) or `definitions` (v2). */
  readonly schemas: JsonObject;
  /** Name of the schema of each kind. The list of a kind has the same name with `List` behind it. */
  readonly kindNames: ReadonlyMap<string, string>;
}

/** Name of the options of a deletion in both dialects. */
export const deleteOptionsName = `${metaPackage}.DeleteOptions`;

/** Schemas of the kinds of one group and version, and of everything they refer to (OpenAPI v3). */
export function componentSchemas(
  definitions: readonly KindDefinition[],
  group: string,
  version: string,
): OpenApiSchemas {
  const collector = newCollector('v3');
  const kindNames = new Map<string, string>();
  for (const definition of definitions) {
    if (definition.group !== group) continue;
    for (const served of definition.versions) {
      if (served.name !== version || !served.served) continue;
      kindNames.set(definition.kind, addKind(collector, definition, served.name, served.schema));
    }
  }
  addShared(collector, [{ group, version }]);
  return { schemas: finish(collector), kindNames };
}

/**
 * Schemas of every served version of some kinds (OpenAPI v2). `kindNames` is by `group/version/kind`.
 * @param known names of schemas that are there already, those all kinds share among them: they are left out.
 */
export function definitionsV2(definitions: readonly KindDefinition[], known?: ReadonlySet<string>): OpenApiSchemas {
  const collector = newCollector('v2', known);
  const kindNames = new Map<string, string>();
  const groupVersions = new Map<string, { group: string; version: string }>();
  for (const definition of definitions) {
    for (const { name: version, served, schema } of definition.versions) {
      if (!served) continue;
      const { group, kind } = definition;
      kindNames.set(`${group}/${version}/${kind}`, addKind(collector, definition, version, schema));
      groupVersions.set(`${group}/${version}`, { group, version });
    }
  }
  if (known === undefined) addShared(collector, [...groupVersions.values()]);
  return { schemas: finish(collector), kindNames };
}

type Fields = Record<string, unknown>;

/** Schemas converted so far, and named ones still to convert. */
interface Collector {
  readonly dialect: OpenApiDialect;
  readonly schemas: Map<string, Fields>;
  readonly pending: Map<string, ObjectSchema>;
  /** Converted elsewhere. */
  readonly known: ReadonlySet<string>;
  /** True inside of custom kinds, which say in place what standard ones share: times are strings. */
  readonly isCustom?: boolean;
}

const noNames: ReadonlySet<string> = new Set();

function newCollector(dialect: OpenApiDialect, known = noNames): Collector {
  return { dialect, schemas: new Map(), pending: new Map(), known };
}

function finish(collector: Collector): JsonObject {
  for (const [name, schema] of collector.pending) {
    collector.pending.delete(name);
    if (collector.schemas.has(name)) continue;
    // Every use carries a text of its own or that of the message; `kubectl explain` would print the latter twice.
    const { description: _ofMessage, ...body } = convertBody(collector, schema);
    collector.schemas.set(name, body);
  }
  const names = [...collector.schemas.keys()].filter((name) => !collector.known.has(name)).sort();
  return Object.fromEntries(names.map((name) => [name, collector.schemas.get(name)])) as JsonObject;
}

/** Adds a kind and its list. @returns the name of the kind's schema. */
function addKind(collector: Collector, definition: KindDefinition, version: string, schema: ObjectSchema): string {
  const name = kindSchemaName(definition, version);
  const { group, kind } = definition;
  const own = definition.custom === undefined ? collector : { ...collector, isCustom: true };
  // An open kind has no fields in Swagger 2.0, of which kubectl would refuse all others.
  const isOpen = schema.preserveUnknownFields === true && collector.dialect === 'v2';
  collector.schemas.set(name, {
    ...(isOpen ? { type: 'object' } : convertBody(own, describeTypeMeta(wholeObjectSchema(schema)))),
    ...groupVersionKinds([{ group, version }], kind),
    ...selectableFields(definition, version),
  });
  collector.schemas.set(`${name}List`, {
    type: 'object',
    description: `A list of ${kind} objects.`,
    properties: {
      apiVersion: convert(collector, apiVersionSchema),
      items: {
        type: 'array',
        description: 'The objects on this page of the list.',
        items: reference(collector, name, {}),
      },
      kind: convert(collector, kindSchema),
      metadata: convert(collector, { ...messageSchema('meta/v1.ListMeta'), description: 'About the list itself.' }),
    },
    required: ['items'],
    ...groupVersionKinds([{ group, version }], definition.listKind ?? `${kind}List`),
  });
  return name;
}

/** Fields by which objects of a custom kind are selected (KEP-4358). */
function selectableFields(definition: KindDefinition, version: string): Fields {
  const { selectableLabels = [] } = findVersion(definition, version) ?? {};
  if (selectableLabels.length === 0) return {};
  return { 'x-kubernetes-selectable-fields': selectableLabels.map((fieldPath) => ({ fieldPath })) };
}

/** What paths of every group refer to. */
function addShared(collector: Collector, groupVersions: readonly { group: string; version: string }[]): void {
  for (const [message, kind] of [
    ['meta/v1.DeleteOptions', 'DeleteOptions'],
    ['meta/v1.Status', 'Status'],
  ] as const) {
    const schema = messageSchema(message);
    const known = kind === 'Status' ? [{ group: '', version: 'v1' }] : groupVersions;
    collector.schemas.set(schema.definition ?? kind, {
      ...convertBody(collector, schema),
      ...groupVersionKinds(known, kind),
    });
  }
  collector.schemas.set(`${metaPackage}.Patch`, {
    type: 'object',
    description: 'A patch of the type the Content-Type header names.',
  });
  collector.schemas.set(`${metaPackage}.WatchEvent`, {
    type: 'object',
    description: 'One change, as a watch reports it.',
    required: ['type', 'object'],
    properties: {
      type: { type: 'string', description: 'What happened: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.' },
      object: reference(collector, addScalar(collector, rawExtension), {
        description: 'The object after the change, or before it was deleted; a Status when the type is ERROR.',
      }),
    },
    ...groupVersionKinds(groupVersions, 'WatchEvent'),
  });
}

function groupVersionKinds(groupVersions: readonly { group: string; version: string }[], kind: string): Fields {
  return { 'x-kubernetes-group-version-kind': groupVersions.map(({ group, version }) => ({ group, kind, version })) };
}

const apiVersionSchema = string({
  description: 'APIVersion defines in which group and version the object is written, for example "apps/v1" or "v1".',
});
const kindSchema = string({ description: 'Kind of the object, CamelCase.' });
const rawExtension = { name: 'io.k8s.apimachinery.pkg.runtime.RawExtension', body: { type: 'object' } };

/** Gives apiVersion, kind and metadata their texts. */
function describeTypeMeta(schema: ObjectSchema): ObjectSchema {
  const metadata = {
    // Kubernetes: its conformance tests look for these first words, and for those of creationTimestamp.
    description: "Standard object's metadata: name, labels and bookkeeping.",
    ...schema.properties['metadata'],
  } as ObjectSchema;
  return { ...schema, properties: { ...schema.properties, apiVersion: apiVersionSchema, kind: kindSchema, metadata } };
}

/**
 * A use of a schema: a reference where it is shared, otherwise the schema itself.
 * @param text what the place is for, unless the schema says so itself.
 */
function convert(collector: Collector, schema: Schema, text?: string): Fields {
  const place = placeFields(collector, schema, text);
  const scalar = collector.isCustom === true ? undefined : sharedScalar(schema);
  if (scalar !== undefined) return reference(collector, addScalar(collector, scalar), place);
  if (schema.type === 'object' && schema.definition !== undefined && schema.definition !== '') {
    const { definition } = schema;
    // The body is that of the message, not of this use of it: uses have their own default and description.
    if (!collector.schemas.has(definition) && !collector.known.has(definition)) {
      collector.pending.set(definition, isStandardKind(definition) ? messageSchema(definition) : schema);
    }
    return reference(collector, definition, place);
  }
  return { ...place, ...convertBody(collector, schema) };
}

/** Swagger 2.0 has no junctions, and clients of that age check them wrongly; the server checks them anyway. */
function ruleFields({ dialect }: Collector, { rules }: Schema): Fields {
  if (rules === undefined) return {};
  if (dialect === 'v3') return { ...rules };
  const { allOf: _all, anyOf: _any, oneOf: _one, not: _not, properties: _fields, items: _items, ...scalar } = rules;
  return scalar;
}

function addScalar(collector: Collector, { name, body }: SharedScalar): string {
  const isIntOrString = body['format'] === 'int-or-string' && collector.dialect === 'v3';
  const oneOf = [{ type: 'integer' }, { type: 'string' }];
  collector.schemas.set(name, isIntOrString ? { format: 'int-or-string', oneOf } : { ...body });
  return name;
}

function reference(collector: Collector, name: string, place: Fields): Fields {
  if (collector.dialect === 'v2') return { ...place, $ref: `#/definitions/${name}` };
  const $ref = `#/components/schemas/${name}`;
  return Object.keys(place).length === 0 ? { $ref } : { ...place, allOf: [{ $ref }] };
}

/** What a field says of itself rather than of its type. */
function placeFields(collector: Collector, schema: Schema, text: string | undefined): Fields {
  const fields: Fields = {};
  const description = schema.description ?? text ?? messageText(schema);
  if (description !== undefined) fields['description'] = description;
  if (schema.default !== undefined) fields['default'] = schema.default;
  if (schema.nullable === true && collector.dialect === 'v3') fields['nullable'] = true;
  if (schema.type === 'object' && schema.patchStrategy !== undefined) {
    fields['x-kubernetes-patch-strategy'] = schema.patchStrategy.join(',');
  }
  return fields;
}

/** What a standard message is; other schemas carry their texts. */
function messageText(schema: Schema): string | undefined {
  return schema.type === 'object' && schema.definition !== undefined ? describe(schema.definition) : undefined;
}

/** The type itself, without what belongs to the place it is used in. */
function convertBody(collector: Collector, schema: Schema): Fields {
  const { rules, validations } = schema;
  const body = convertType(collector, schema);
  const checked = validations === undefined ? body : { ...body, 'x-kubernetes-validations': validations };
  return rules === undefined ? checked : { ...ruleFields(collector, schema), ...checked };
}

function convertType(collector: Collector, schema: Schema): Fields {
  switch (schema.type) {
    case 'object':
      return convertObject(collector, schema);
    case 'map': {
      const atomic = schema.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {};
      return { type: 'object', additionalProperties: convert(collector, schema.values), ...atomic };
    }
    case 'array':
      return pick({
        type: 'array',
        items: convert(collector, schema.items),
        minItems: schema.minItems,
        maxItems: schema.maxItems,
        'x-kubernetes-list-type': schema.listType,
        'x-kubernetes-list-map-keys': schema.listMapKeys,
        'x-kubernetes-patch-strategy': schema.patchStrategy?.join(','),
        'x-kubernetes-patch-merge-key': schema.patchMergeKey,
      });
    case 'string': {
      const { enum: values, pattern, minLength, maxLength, format } = schema;
      return pick({ type: 'string', format, enum: values, pattern, minLength, maxLength });
    }
    case 'integer':
    case 'number':
      return pick({ type: schema.type, format: schema.format, minimum: schema.minimum, maximum: schema.maximum });
    case 'boolean':
      return { type: 'boolean' };
    case 'int-or-string':
      return pick({ 'x-kubernetes-int-or-string': true, pattern: schema.pattern });
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true };
  }
}

function convertObject(collector: Collector, schema: ObjectSchema): Fields {
  const isEmbedded = schema.embeddedResource === true;
  const own = isEmbedded ? { ...embeddedFields, ...schema.properties } : schema.properties;
  // Clients that check against Swagger 2.0 refuse fields that are not among the properties, so there are none then.
  const isOpen = schema.preserveUnknownFields === true && collector.dialect === 'v2';
  const entries = isOpen ? [] : Object.entries(own);
  const { definition } = schema;
  const textOf = (field: string) => (definition === undefined ? undefined : describe(definition, field));
  const properties = Object.fromEntries(
    entries.map(([field, property]) => [field, convert(collector, property, textOf(field))]),
  );
  const requiredFields = entries.filter(([, property]) => property.required === true).map(([field]) => field);
  return pick({
    type: 'object',
    description: schema.description ?? messageText(schema),
    properties: entries.length === 0 ? undefined : properties,
    required: requiredFields.length === 0 ? undefined : requiredFields,
    'x-kubernetes-map-type': schema.mapType,
    'x-kubernetes-preserve-unknown-fields': schema.preserveUnknownFields === true ? true : undefined,
    'x-kubernetes-embedded-resource': isEmbedded ? true : undefined,
  });
}

const embeddedFields = {
  apiVersion: required(apiVersionSchema),
  kind: required(kindSchema),
  metadata: objectMetaSchema,
};

/** The fields that have a value. */
function pick(fields: Fields): Fields {
  const kept: Fields = {};
  // Called for every field of every schema: a loop, not lists of entries.
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}
