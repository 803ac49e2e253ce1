import { assert } from '../../base/assert.ts';
import type { AnySchema, ArraySchema, ObjectSchema, Schema, SchemaCommon, StringSchema } from '../schema.ts';
import { standardDefaults } from './defaults.ts';
import { enumValues, type FieldFact, type MessageFacts, messageFacts } from './facts.ts';

/**
 * Schemas of the standard Kubernetes kinds, made from `fields.json` when they are first asked for and then shared.
 * Objects refer to each other through getters, so recursive types (JSONSchemaProps) are fine; whoever walks a schema
 * stops at a `definition` already seen. They carry no descriptions: OpenAPI takes those from `descriptions.ts`.
 */
const propertiesByMessage = new Map<string, Readonly<Record<string, Schema>>>();
const atomicMessages = new Map<string, boolean>();
const schemaByKind = new Map<string, ObjectSchema>();

const apimachinery = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const apiextensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const apiregistration = 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1';

/** Fields of a kind that `KindVersion.schema` leaves out. */
const sharedByAllKinds = new Set(['apiVersion', 'kind', 'metadata']);

/** Lists that stay absent where they are: their kind tells the two apart. */
const absentLists = new Set(['apiextensions/v1.CustomResourceDefinitionSpec.versions']);

/** Enumerations that their kinds check themselves, in their own words. */
const uncheckedEnums = new Set(['apiextensions/v1.FieldValueErrorReason']);

/** The same, but the values are shown in OpenAPI: rules name another field, or nobody minds other values. */
const shownEnums = new Set([
  'apps/v1.DaemonSetUpdateStrategyType',
  'apps/v1.StatefulSetUpdateStrategyType',
  'core/v1.PodPhase',
  'core/v1.TaintEffect',
]);

/** Fields whose kinds check in their own words, or not at all, that they are given. */
const unenforcedFields = new Set([
  'apps/v1.DaemonSetSpec.selector',
  'core/v1.Taint.effect',
  'flowcontrol/v1.LimitResponse.type',
]);

/** Lists that must be given, although an absent list is otherwise the same as an empty one. */
const requiredLists = new Set(['core/v1.PodSpec.containers']);

/**
 * The schema of a standard kind or message, without apiVersion, kind and metadata when it is a kind (as
 * `KindVersion.schema` wants it). Built once per name.
 * @param name `apps/v1.Deployment` or `io.k8s.api.apps.v1.Deployment`.
 * @throws {AssertionFailure} when there is no such message: names are constants of ours.
 */
export function standardSchema(name: string): ObjectSchema {
  const short = shortName(name);
  const known = schemaByKind.get(short);
  if (known !== undefined) return known;
  assert(messageFacts(short) !== undefined, `There is no standard kind "${name}"`);
  const whole = messageSchema(short);
  const isKind = whole.properties['metadata'] !== undefined;
  const schema = isKind ? withoutSharedFields(whole) : whole;
  schemaByKind.set(short, schema);
  return schema;
}

/** The schema of `metadata` (metav1.ObjectMeta), as of every kind. */
export const objectMetaSchema: ObjectSchema = messageSchema('meta/v1.ObjectMeta');

/** The name OpenAPI gives a standard message: `io.k8s.api.core.v1.PodSpec` for `core/v1.PodSpec`. */
export function definitionName(short: string): string {
  const name = short.replace('/', '.');
  if (name.startsWith('meta.v1.')) return `${apimachinery}${name.slice('meta.v1'.length)}`;
  if (name.startsWith('apiextensions.v1.')) return `${apiextensions}${name.slice('apiextensions.v1'.length)}`;
  if (name.startsWith('apiregistration.v1.')) return `${apiregistration}${name.slice('apiregistration.v1'.length)}`;
  return `io.k8s.api.${name}`;
}

/** The name of a message here: `core/v1.PodSpec` for `io.k8s.api.core.v1.PodSpec`. */
export function shortName(name: string): string {
  const found = /([a-z0-9]+)[./](v[0-9a-z]+)\.(\w+)$/.exec(name);
  return found === null ? name : `${found[1]}/${found[2]}.${found[3]}`;
}

function withoutSharedFields(whole: ObjectSchema): ObjectSchema {
  const own = Object.entries(whole.properties).filter(([field]) => !sharedByAllKinds.has(field));
  return { ...whole, properties: Object.fromEntries(own) };
}

/** True if there is such a kind or message: `apps/v1.Deployment`. */
export function isStandardKind(name: string): boolean {
  return messageFacts(shortName(name)) !== undefined;
}

/** The schema of a whole message: with apiVersion, kind and metadata when it is a kind. All uses share the properties. */
export function messageSchema(name: string): ObjectSchema {
  return useOfMessage(shortName(name), {});
}

function useOfMessage(name: string, place: SchemaCommon): ObjectSchema {
  return {
    type: 'object',
    definition: definitionName(name),
    ...place,
    ...(isAtomic(name) ? { mapType: 'atomic' as const } : {}),
    get properties() {
      return propertiesOf(name);
    },
  };
}

function isAtomic(name: string): boolean {
  const known = atomicMessages.get(name);
  if (known !== undefined) return known;
  const atomic = messageFacts(name)?.atomic === true;
  atomicMessages.set(name, atomic);
  return atomic;
}

function propertiesOf(name: string): Readonly<Record<string, Schema>> {
  const known = propertiesByMessage.get(name);
  if (known !== undefined) return known;
  const facts = messageFacts(name);
  assert(facts !== undefined, `There is no standard message "${name}"`);
  const properties: Record<string, Schema> = {};
  for (const [field, fact] of facts.fields) properties[field] = fieldSchema(name, facts, field, fact);
  propertiesByMessage.set(name, properties);
  return properties;
}

function fieldSchema(message: string, facts: MessageFacts, field: string, fact: FieldFact): Schema {
  const schema = typeSchema(fact.type, place(message, facts, field, fact));
  const patch = fact.patch as ArraySchema['patchStrategy'];
  if (schema.type === 'array') {
    return {
      ...schema,
      ...(fact.keys === undefined ? {} : { listType: 'map' as const, listMapKeys: fact.keys }),
      ...(fact.set ? { listType: 'set' as const } : {}),
      ...(fact.atomic ? { listType: 'atomic' as const } : {}),
      ...(patch === undefined ? {} : { patchStrategy: patch }),
      ...(fact.mergeKey === undefined ? {} : { patchMergeKey: fact.mergeKey }),
    };
  }
  if (schema.type === 'map') return fact.atomic ? { ...schema, mapType: 'atomic' } : schema;
  const mapType = fact.atomic ? 'atomic' : fact.granular ? 'granular' : undefined;
  if (schema.type !== 'object' || (mapType === undefined && patch === undefined)) return schema;
  return withFlags(schema, {
    ...(mapType === undefined ? {} : { mapType }),
    ...(patch === undefined ? {} : { patchStrategy: patch }),
  });
}

/** Adds to a use of a message without touching its lazy properties. */
function withFlags(schema: ObjectSchema, flags: Pick<ObjectSchema, 'mapType' | 'patchStrategy'>): ObjectSchema {
  const { mapType: _mapType, ...own } = Object.getOwnPropertyDescriptors(schema);
  const kept = flags.mapType === undefined ? Object.getOwnPropertyDescriptors(schema) : own;
  return Object.defineProperties({ ...flags }, kept) as ObjectSchema;
}

/** Lists and scalars that are part of an object that says nothing at all, as Go writes it: nobody owns their zero value. */
const fieldsOfNothing = new Set([
  'apps/v1.ControllerRevision.revision',
  'apps/v1.StatefulSetSpec.serviceName',
  'core/v1.LimitRangeSpec.limits',
  'core/v1.PodSpec.containers',
  'discovery/v1.EndpointSlice.endpoints',
  'scheduling/v1.PriorityClass.value',
  'storage/v1.CSINodeSpec.drivers',
]);

/** What a field says of itself rather than of its type. */
function place(message: string, facts: MessageFacts, field: string, fact: FieldFact): SchemaCommon {
  const given =
    standardDefaults[message]?.[field] ??
    usefulDefault(fact) ??
    // Kubernetes: what Go holds by value is always written, if only as an empty object.
    (fact.byValue ? {} : mayBeZero(message, field, fact) ? zeroValue(facts, fact) : undefined);
  return {
    ...(fact.proto === undefined ? {} : { proto: fact.proto }),
    ...(fact.protoOuter.length === 0 ? {} : { protoOuter: fact.protoOuter }),
    ...(isEnforced(message, facts, field, fact) ? { required: true } : {}),
    ...(given === undefined ? {} : { default: given }),
    ...(fact.omitZero && !isZero(given) ? { omitZero: true } : {}),
    ...(fact.omitZero && isZero(fact.default) && fact.default !== undefined ? { keyDefault: fact.default } : {}),
    ...(fact.byValue || fieldsOfNothing.has(`${message}.${field}`) ? { byValue: true } : {}),
  };
}

function mayBeZero(message: string, field: string, { required }: FieldFact): boolean {
  return required && !absentLists.has(`${message}.${field}`);
}

/** A default that equals the zero value of a field that leaves zero values out says nothing. */
function usefulDefault(fact: FieldFact): FieldFact['default'] {
  return fact.omitZero && isZero(fact.default) ? undefined : fact.default;
}

function isZero(value: FieldFact['default']): boolean {
  return value === '' || value === 0 || value === false;
}

/**
 * Upstream writes required fields even when they were not given, with the zero value of their Go type. So do we where
 * that is a sensible value: lists anywhere, scalars in what controllers report. Elsewhere their absence is an error.
 */
function zeroValue(facts: MessageFacts, fact: FieldFact): FieldFact['default'] {
  if (fact.type.startsWith('[]')) return [];
  if (!facts.reported) return undefined;
  if (fact.type === 'bool') return false;
  if (fact.type === 'string') return '';
  return fact.type === 'int32' || fact.type === 'int64' ? 0 : undefined;
}

function isEnforced(message: string, facts: MessageFacts, field: string, fact: FieldFact): boolean {
  if (!fact.required || facts.reported || fact.type.startsWith('map[]')) return false;
  if (unenforcedFields.has(`${message}.${field}`)) return false;
  return !fact.type.startsWith('[]') || requiredLists.has(`${message}.${field}`);
}

function typeSchema(type: string, common: SchemaCommon): Schema {
  if (type.startsWith('[]')) return { type: 'array', items: typeSchema(type.slice(2), {}), ...common };
  if (type.startsWith('map[]')) return { type: 'map', values: typeSchema(type.slice(5), {}), ...common };
  if (type.startsWith('items[]'))
    return { type: 'array', items: typeSchema(type.slice(7), {}), wire: 'Items', ...common };
  if (Object.hasOwn(schemaUnions, type)) return { ...schemaUnion(type), ...common };
  const scalar = scalarSchemas[type];
  if (scalar !== undefined) return { ...scalar, ...common };
  if (uncheckedEnums.has(type)) return { type: 'string', ...common };
  const values = enumValues(type);
  const isShown = shownEnums.has(type);
  const enumOrder = Object.hasOwn(enumOrders, type) ? enumOrders[type] : undefined;
  if (values !== undefined)
    return {
      type: 'string',
      enum: values,
      ...(enumOrder === undefined ? {} : { enumOrder }),
      ...(isShown ? { enumIsShownOnly: true } : {}),
      ...common,
    };
  return useOfMessage(type, common);
}

/** Kubernetes: most refusals list what is allowed by the alphabet, these do not. */
const enumOrders: Readonly<Record<string, readonly string[]>> = {
  'core/v1.RestartPolicy': ['Always', 'OnFailure', 'Never'],
  'core/v1.DNSPolicy': ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
  'core/v1.TerminationMessagePolicy': ['File', 'FallbackToLogsOnError'],
  'batch/v1.CompletionMode': ['NonIndexed', 'Indexed'],
  'networking/v1.PolicyType': ['Ingress', 'Egress'],
  'core/v1.PreemptionPolicy': ['PreemptLowerPriority', 'Never'],
};

const text = (format: NonNullable<StringSchema['format']>): StringSchema => ({ type: 'string', format });

const union = (wire: NonNullable<AnySchema['wire']>, name: string): AnySchema => ({
  type: 'any',
  wire,
  definition: `${apiextensions}.${name}`,
});

const scalarSchemas: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: text('byte'),
  Time: text('date-time'),
  MicroTime: text('micro-time'),
  Duration: text('duration'),
  Quantity: text('quantity'),
  IntOrString: { type: 'int-or-string' },
  RawExtension: { type: 'object', properties: {}, preserveUnknownFields: true, wire: 'RawExtension' },
  FieldsV1: { type: 'object', properties: {}, preserveUnknownFields: true, wire: 'FieldsV1' },
  JSON: union('JSON', 'JSON'),
};

/** Fields of JSONSchemaProps that hold one or something else. */
const schemaUnions: Readonly<Record<string, AnySchema>> = {
  SchemaOrBool: union('SchemaOrBool', 'JSONSchemaPropsOrBool'),
  SchemaOrArray: union('SchemaOrArray', 'JSONSchemaPropsOrArray'),
  SchemaOrStringArray: union('SchemaOrStringArray', 'JSONSchemaPropsOrStringArray'),
};

function schemaUnion(type: string): AnySchema {
  return { ...(schemaUnions[type] as AnySchema), objects: messageSchema('apiextensions/v1.JSONSchemaProps') };
}
