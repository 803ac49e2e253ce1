import { jsonEquals } from '../../meta/json.ts';
import type { ObjectSchema, Schema, SchemaCommon, StringSchema } from '../../schema/schema.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import type { ValueRules } from '../../schema/value-rules.ts';

/** Fields every API object has; the schema of a kind leaves them out. */
const typeMetaFields = ['apiVersion', 'kind', 'metadata'];

/** The schema of whole objects without what all kinds share, from the root of a structural schema. */
export function rootSchemaOf(root: JSONSchemaProps): ObjectSchema {
  return { ...objectOf(root, given({ validations: root['x-kubernetes-validations'] }), true), ...described(root) };
}

/** A structural schema in the kernel's own form. Pure; the schema went through `checkSchema`. */
export function schemaOf(props: JSONSchemaProps): Schema {
  const common = commonOf(props);
  // A type beside it is the stricter of the two.
  if (props['x-kubernetes-int-or-string'] === true && props.type === undefined) {
    const { pattern } = props;
    const rules = rulesOf({ ...props, ...withoutIntOrString(props) }, ['pattern']);
    return { type: 'int-or-string', ...common, ...given({ pattern }), ...withRules(rules) };
  }
  switch (props.type) {
    case 'object':
      return props.additionalProperties === undefined || props.properties !== undefined
        ? objectOf(props, common, props['x-kubernetes-embedded-resource'] === true)
        : mapSchemaOf(props, common);
    case 'array':
      return arrayOf(props, common);
    case 'string':
      return stringOf(props, common);
    case 'integer':
    case 'number':
      return numberOf(props, props.type, common);
    case 'boolean':
      return { type: 'boolean', ...common, ...withRules(rulesOf(props, [])) };
    default:
      return anyOf(props, common);
  }
}

/** `anyOf: [{type: integer}, {type: string}]`: what generators write beside `x-kubernetes-int-or-string`. */
export function isIntOrStringPattern(anyOfSchemas: readonly JSONSchemaProps[] | undefined): boolean {
  return jsonEquals(anyOfSchemas, [{ type: 'integer' }, { type: 'string' }]);
}

function withoutIntOrString({ anyOf: any, allOf = [] }: JSONSchemaProps): Pick<JSONSchemaProps, 'anyOf' | 'allOf'> {
  const [first, ...others] = allOf;
  const isInAll = first !== undefined && isIntOrStringPattern(first.anyOf);
  return {
    anyOf: isIntOrStringPattern(any) ? [] : (any ?? []),
    allOf: isInAll ? [{ ...first, anyOf: [] }, ...others] : allOf,
  };
}

function commonOf(props: JSONSchemaProps): SchemaCommon {
  return {
    ...described(props),
    ...given({ default: props.default, validations: props['x-kubernetes-validations'] }),
    ...(props.nullable === true ? { nullable: true } : {}),
  };
}

function described({ description }: JSONSchemaProps): SchemaCommon {
  return description === undefined ? {} : { description };
}

/** @param isApiObject apiVersion, kind and metadata are known without being specified. */
function objectOf(props: JSONSchemaProps, common: SchemaCommon, isApiObject: boolean): ObjectSchema {
  const { properties: fields = {}, required: names = [] } = props;
  const properties: Record<string, Schema> = {};
  for (const [name, inner] of Object.entries(fields)) {
    if (isApiObject && typeMetaFields.includes(name)) continue;
    const schema = schemaOf(inner);
    properties[name] = names.includes(name) ? { ...schema, required: true } : schema;
  }
  const mapType = props['x-kubernetes-map-type'];
  const isOpen = props['x-kubernetes-preserve-unknown-fields'] === true || props.additionalProperties === true;
  const isEmbedded = props['x-kubernetes-embedded-resource'] === true;
  return {
    type: 'object',
    properties,
    ...common,
    ...(isOpen ? { preserveUnknownFields: true } : {}),
    ...(isEmbedded ? { embeddedResource: true } : {}),
    ...(mapType === 'atomic' || mapType === 'granular' ? { mapType } : {}),
    ...withRules(objectRules(props, properties, isApiObject)),
  };
}

/** Conditions on an object that its fields do not carry themselves. */
function objectRules(
  props: JSONSchemaProps,
  properties: Readonly<Record<string, Schema>>,
  isApiObject: boolean,
): ValueRules | undefined {
  const rules = rulesOf(props, ['required', 'properties']) ?? {};
  const names = (props.required ?? []).filter((name) => properties[name]?.required !== true);
  const missing = isApiObject ? names.filter((name) => !typeMetaFields.includes(name)) : names;
  const shared = isApiObject
    ? Object.entries(props.properties ?? {}).filter(([name]) => typeMetaFields.includes(name))
    : [];
  const inner = shared.flatMap(([name, schema]) => {
    const found = rulesOf(schema, []);
    return found === undefined ? [] : [[name, found] as const];
  });
  const own = {
    ...rules,
    ...(missing.length === 0 ? {} : { required: missing }),
    ...(inner.length === 0 ? {} : { properties: Object.fromEntries(inner) }),
  };
  return Object.keys(own).length === 0 ? undefined : own;
}

function mapSchemaOf(props: JSONSchemaProps, common: SchemaCommon): Schema {
  const { additionalProperties } = props;
  // `additionalProperties: false` and no property: an object that stays empty.
  if (additionalProperties === false) return objectOf(props, common, false);
  const values: Schema = typeof additionalProperties === 'object' ? schemaOf(additionalProperties) : { type: 'any' };
  const mapType = props['x-kubernetes-map-type'];
  return {
    type: 'map',
    values,
    ...common,
    ...(mapType === 'atomic' || mapType === 'granular' ? { mapType } : {}),
    ...withRules(rulesOf(props, [])),
  };
}

function arrayOf(props: JSONSchemaProps, common: SchemaCommon): Schema {
  const { items = {}, minItems, maxItems } = props;
  const listType = props['x-kubernetes-list-type'];
  return {
    type: 'array',
    items: schemaOf(items),
    ...common,
    ...given({ minItems, maxItems, listMapKeys: props['x-kubernetes-list-map-keys'] }),
    ...(listType === 'map' || listType === 'set' || listType === 'atomic' ? { listType } : {}),
    ...withRules(rulesOf(props, ['minItems', 'maxItems', 'items'])),
  };
}

const textFormats: ReadonlySet<string> = new Set(['date-time', 'byte']);

function stringOf(props: JSONSchemaProps, common: SchemaCommon): Schema {
  const { pattern, minLength, maxLength, format = '', enum: values } = props;
  const isTexts = values?.every((value) => typeof value === 'string') === true;
  const isTextFormat = textFormats.has(format);
  const handled: (keyof ValueRules)[] = ['pattern', 'minLength', 'maxLength'];
  if (isTexts) handled.push('enum');
  if (isTextFormat || format === '') handled.push('format');
  return {
    type: 'string',
    ...common,
    ...given({ pattern, minLength, maxLength }),
    ...(isTexts ? { enum: values } : {}),
    ...(isTextFormat ? { format: format as NonNullable<StringSchema['format']> } : {}),
    ...withRules(rulesOf(props, handled)),
  };
}

const numberFormats = ['int32', 'int64', 'float', 'double'] as const;

function numberOf(props: JSONSchemaProps, type: 'integer' | 'number', common: SchemaCommon): Schema {
  const { minimum, maximum } = props;
  const format = numberFormats.find((name) => name === props.format);
  const handled: (keyof ValueRules)[] = ['format'];
  // Limits are checked after the factor, which only rules have.
  const hasMinimum = props.exclusiveMinimum !== true && props.multipleOf === undefined;
  const hasMaximum = props.exclusiveMaximum !== true && props.multipleOf === undefined;
  if (hasMinimum) handled.push('minimum', 'exclusiveMinimum');
  if (hasMaximum) handled.push('maximum', 'exclusiveMaximum');
  return {
    type,
    ...common,
    ...given({
      format,
      minimum: hasMinimum ? minimum : undefined,
      maximum: hasMaximum ? maximum : undefined,
    }),
    ...withRules(rulesOf(props, handled)),
  };
}

/** Without a type everything is allowed; objects are still pruned where they have properties that say so. */
function anyOf(props: JSONSchemaProps, common: SchemaCommon): Schema {
  if (props.properties === undefined) return { type: 'any', ...common, ...withRules(rulesOf(props, [])) };
  const { rules, ...objects } = objectOf(props, {}, false);
  return { type: 'any', objects, ...common, ...withRules(rules) };
}

const scalarRules = [
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'enum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
] as const;
const junctions = ['allOf', 'anyOf', 'oneOf'] as const;

/** The value validations of a structural schema but those in `handled` (its structure has schemas of its own). */
function rulesOf(props: JSONSchemaProps, handled: readonly (keyof ValueRules)[]): ValueRules | undefined {
  const rules: Record<string, unknown> = {};
  const isHandled = (name: keyof ValueRules) => handled.includes(name);
  for (const name of scalarRules) {
    const value = props[name];
    if (value !== undefined && value !== false && !isHandled(name)) rules[name] = value;
  }
  for (const name of junctions) {
    const inner = (props[name] ?? []).map(nestedRules);
    if (inner.length > 0) rules[name] = inner;
  }
  if (props.not !== undefined) rules['not'] = nestedRules(props.not);
  // Below apiVersion, kind and metadata the structure is ours and only the restrictions are theirs.
  if (props.type === 'object' && !isHandled('properties') && props.properties !== undefined) {
    rules['properties'] = nestedRules({ properties: props.properties }).properties;
  }
  return Object.keys(rules).length === 0 ? undefined : rules;
}

/** Value validations below a junction; there `properties` and `items` are such validations too. */
function nestedRules(props: JSONSchemaProps): ValueRules {
  const { properties, items, type } = props;
  return {
    ...rulesOf(props, ['properties']),
    ...given({ type, items: items === undefined ? undefined : nestedRules(items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, nestedRules(inner)])),
        }),
  };
}

function withRules(rules: ValueRules | undefined): { readonly rules?: ValueRules } {
  return rules === undefined ? {} : { rules };
}

/** The fields that have a value. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in fields) {
    if (fields[name] !== undefined) kept[name] = fields[name] as Exclude<T[typeof name], undefined>;
  }
  return kept;
}
