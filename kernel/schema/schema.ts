import type { JsonObject, Json } from '../meta/object.ts';
import type { ValueRules } from './value-rules.ts';

/**
 * Schemas of the objects the kernel serves: Kubernetes structural schemas (apiextensions v1 `JSONSchemaProps`) as
 * plain data. One schema per kind and version is the single source: static types, pruning, defaulting, validation,
 * apply semantics, OpenAPI, protobuf decoding, console forms and reference docs all follow from it.
 *
 * ```ts
 * const placementSpec = object({
 *   siteSelector: required(labelSelector('Sites that get the application.')),
 * });
 * type PlacementSpec = Infer<typeof placementSpec>;
 * ```
 */
export type Schema =
  | ObjectSchema
  | MapSchema
  | ArraySchema
  | StringSchema
  | NumberSchema
  | BooleanSchema
  | IntOrStringSchema
  | AnySchema;

/** What every schema may say. */
export interface SchemaCommon {
  /** One or more sentences in our own words, with units and bounds. Served by `kubectl explain`. */
  readonly description?: string;
  readonly nullable?: boolean;
  readonly default?: Json;
  /** Protobuf field number inside the parent message (standard kinds only). */
  readonly proto?: number;
  /**
   * Numbers of the messages around the field that JSON inlines, outermost first: `Volume.secret` is field 6 (`proto`)
   * of the message in field 2 (`[2]`).
   */
  readonly protoOuter?: readonly number[];
  /** A zero value (empty text, list or map, 0, false) means absent and is dropped, as Go's `omitempty` does. */
  readonly omitZero?: boolean;
  /**
   * What a Go server holds by value and writes always (standard kinds only): it is there even where nothing says so, so
   * nobody owns it for having brought or taken it away.
   */
  readonly byValue?: boolean;
  /** What an absent field counts as in the key of a list item, where it has no default that is written (standard kinds only). */
  readonly keyDefault?: Json;
  /** Set by `required()`: the parent object is invalid without this field. */
  readonly required?: boolean;
  /** Further conditions on the value (custom resources only). */
  readonly rules?: ValueRules;
  /** Expressions that must be true of the value (custom resources only). */
  readonly validations?: readonly ValidationRule[];
}

/** An expression over `self`, and `oldSelf` if there was a value before (`x-kubernetes-validations`). */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  /** Gives the message; the other one counts if it fails. */
  readonly messageExpression?: string;
  readonly reason?: string;
  /** The field below the value that an error is about: `.spec.replicas`, `['key']`. */
  readonly fieldPath?: string;
  /** `oldSelf` is an optional value and the rule holds for new values too. */
  readonly optionalOldSelf?: boolean;
}

/** An object with named fields; unknown fields are pruned unless `preserveUnknownFields`. */
export interface ObjectSchema<P extends Readonly<Record<string, Schema>> = Readonly<Record<string, Schema>>>
  extends SchemaCommon {
  readonly type: 'object';
  readonly properties: P;
  readonly preserveUnknownFields?: boolean;
  /** The object is itself an API object with apiVersion, kind and metadata (x-kubernetes-embedded-resource). */
  readonly embeddedResource?: boolean;
  /** `atomic`: one owner for the whole object under server-side apply. Default granular. */
  readonly mapType?: 'granular' | 'atomic';
  /** Strategic merge: `retainKeys` replaces siblings not named in the patch. */
  readonly patchStrategy?: readonly ('retainKeys' | 'merge' | 'replace')[];
  /** Name under which OpenAPI shares this schema, for example `io.k8s.api.core.v1.PodSpec`. */
  readonly definition?: string;
  /** Decoding of special wire forms of standard kinds. */
  readonly wire?: 'Time' | 'MicroTime' | 'Quantity' | 'FieldsV1' | 'RawExtension';
}

/** A map from string to one schema. */
export interface MapSchema<V extends Schema = Schema> extends SchemaCommon {
  readonly type: 'map';
  readonly values: V;
  readonly mapType?: 'granular' | 'atomic';
}

/** A list. Under server-side apply `set` and `map` merge, `atomic` (default) replaces. */
export interface ArraySchema<I extends Schema = Schema> extends SchemaCommon {
  readonly type: 'array';
  readonly items: I;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  /** Strategic merge of built-in kinds (`patchStrategy`, `patchMergeKey` of k8s.io/api). */
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** `Items`: protobuf wraps the list in a message whose field 1 repeats (`+protobuf.nullable` types such as ExtraValue). */
  readonly wire?: 'Items';
}

/** A text; `format` as in OpenAPI (`date-time`, `byte` …) or a Kubernetes one (`quantity`, `duration`). */
export interface StringSchema<T extends string = string> extends SchemaCommon {
  readonly type: 'string';
  readonly enum?: readonly T[];
  /** The same in the order in which refusals list them, where that is another one. */
  readonly enumOrder?: readonly string[];
  /** Other values are refused by the kind in its own words, or not at all. Default false. */
  readonly enumIsShownOnly?: boolean;
  readonly pattern?: string;
  readonly format?: 'date-time' | 'micro-time' | 'byte' | 'quantity' | 'duration' | 'int64-string';
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** A number; `integer` unless `fractional`. Integers are exact up to 2^53. */
export interface NumberSchema extends SchemaCommon {
  readonly type: 'integer' | 'number';
  readonly format?: 'int32' | 'int64' | 'float' | 'double';
  readonly minimum?: number;
  readonly maximum?: number;
}

/** True or false. */
export interface BooleanSchema extends SchemaCommon {
  readonly type: 'boolean';
}

/** `intstr.IntOrString`: a count, a name or a percentage. */
export interface IntOrStringSchema extends SchemaCommon {
  readonly type: 'int-or-string';
  readonly pattern?: string;
}

/** Any JSON value, kept as it is (x-kubernetes-preserve-unknown-fields without type). */
export interface AnySchema extends SchemaCommon {
  readonly type: 'any';
  /** Name under which OpenAPI shares this schema. */
  readonly definition?: string;
  /** Decoding of the unions of apiextensions/v1 and of its raw JSON. */
  readonly wire?: 'JSON' | 'SchemaOrBool' | 'SchemaOrArray' | 'SchemaOrStringArray';
  /** What objects among the values follow; other values are kept as they are. */
  readonly objects?: ObjectSchema;
}

/** The static type of the values a schema allows, as read from the API. */
export type Infer<S> = S extends { readonly nullable: true } ? InferPresent<S> | null : InferPresent<S>;

type InferPresent<S> =
  S extends StringSchema<infer T>
    ? T
    : S extends NumberSchema
      ? number
      : S extends BooleanSchema
        ? boolean
        : S extends IntOrStringSchema
          ? number | string
          : S extends ArraySchema<infer I>
            ? readonly Infer<I>[]
            : S extends MapSchema<infer V>
              ? Readonly<Record<string, Infer<V>>>
              : S extends ObjectSchema<infer P>
                ? InferProperties<P> & (S extends { readonly preserveUnknownFields: true } ? JsonObject : unknown)
                : Json;

type InferProperties<P> = {
  readonly [K in keyof P as P[K] extends { readonly required: true } ? K : never]: Infer<P[K]>;
} & {
  readonly [K in keyof P as P[K] extends { readonly required: true } ? never : K]?: Infer<P[K]>;
};

/** Marks a field as required in its parent object. */
export function required<S extends Schema>(schema: S): S & { readonly required: true } {
  return { ...schema, required: true };
}

/** An object with these fields; all are optional unless wrapped in `required`. */
export function object<P extends Readonly<Record<string, Schema>>, O extends Partial<ObjectSchema<P>>>(
  properties: P,
  options?: O,
): ObjectSchema<P> & Omit<O, keyof ObjectSchema> & Pick<O, keyof O & ('preserveUnknownFields' | 'nullable')> {
  return { type: 'object', properties, ...(options as O) };
}

/** A map from string to `values`. */
export function mapOf<V extends Schema>(
  values: V,
  options?: Partial<Omit<MapSchema, 'type' | 'values'>>,
): MapSchema<V> {
  return { type: 'map', values, ...options };
}

/** A list of `items`. */
export function array<I extends Schema>(
  items: I,
  options?: Partial<Omit<ArraySchema, 'type' | 'items'>>,
): ArraySchema<I> {
  return { type: 'array', items, ...options };
}

/** A text. */
export function string(options?: Partial<Omit<StringSchema, 'type' | 'enum'>>): StringSchema {
  return { type: 'string', ...options };
}

/** One of a few texts. */
export function oneOf<const T extends string>(
  values: readonly T[],
  options?: Partial<Omit<StringSchema, 'type' | 'enum'>>,
): StringSchema<T> {
  return { type: 'string', enum: values, ...options };
}

/** A point in time, RFC 3339 with seconds. */
export function time(options?: Partial<Omit<StringSchema, 'type' | 'enum' | 'format'>>): StringSchema {
  return { type: 'string', format: 'date-time', ...options };
}

/** A whole number; `format` defaults to int64. */
export function integer(options?: Partial<Omit<NumberSchema, 'type'>>): NumberSchema {
  return { type: 'integer', format: 'int64', ...options };
}

/** A number that may have a fraction. */
export function number(options?: Partial<Omit<NumberSchema, 'type'>>): NumberSchema {
  return { type: 'number', format: 'double', ...options };
}

/** True or false. */
export function boolean(options?: Partial<Omit<BooleanSchema, 'type'>>): BooleanSchema {
  return { type: 'boolean', ...options };
}

/** A count, a name or a percentage. */
export function intOrString(options?: Partial<Omit<IntOrStringSchema, 'type'>>): IntOrStringSchema {
  return { type: 'int-or-string', ...options };
}

/** Any JSON value. */
export function any(options?: Partial<Omit<AnySchema, 'type'>>): AnySchema {
  return { type: 'any', ...options };
}

/** `metav1.Condition[]`, a list map keyed by type. */
export function conditions(): ArraySchema<typeof conditionSchema> {
  return array(conditionSchema, {
    listType: 'map',
    listMapKeys: ['type'],
    description: 'Latest observations of the state, one per type.',
  });
}

const conditionSchema = object({
  type: required(string({ description: 'What the condition is about, CamelCase.', maxLength: 316 })),
  status: required(oneOf(['True', 'False', 'Unknown'], { description: 'True, False or Unknown.' })),
  observedGeneration: integer({ description: 'metadata.generation the condition was computed for.', minimum: 0 }),
  lastTransitionTime: required(time({ description: 'When the status last changed.' })),
  reason: required(string({ description: 'One CamelCase word saying why.', maxLength: 1024 })),
  message: required(string({ description: 'For people: what is the case and what to do.', maxLength: 32_768 })),
});

/** `metav1.LabelSelector`. */
export function labelSelector(description: string): typeof labelSelectorSchema {
  return { ...labelSelectorSchema, description };
}

const labelSelectorSchema = object(
  {
    matchLabels: mapOf(string(), { description: 'Labels that must all be present with these values.' }),
    matchExpressions: array(
      object({
        key: required(string({ description: 'The label key.' })),
        operator: required(
          oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist'], { description: 'How the label relates to the values.' }),
        ),
        values: array(string(), { description: 'Values for In and NotIn.' }),
      }),
      { description: 'Further requirements; all must hold.' },
    ),
  },
  { mapType: 'atomic' },
);
