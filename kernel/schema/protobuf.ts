import { formatMicroTime, formatTime } from '../base/clock.ts';
import { ApiError } from '../meta/errors.ts';
import { isPlainObject, isRawNumber, parseJson } from '../meta/json.ts';
import type { Draft } from './passes.ts';
import { ProtobufReader, wireType } from './protobuf-reader.ts';
import type { AnySchema, ArraySchema, NumberSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';
import { standardSchema } from './standard/standard.ts';

/**
 * Reading the protobuf form of standard kinds (`application/vnd.kubernetes.protobuf`) into the JSON that Go would have
 * sent for the same object. Clients of Kubernetes ≥ 1.32 send it without falling back to JSON. Field numbers come from
 * the schema; fields it does not know are skipped, as Go does.
 */

/** First bytes of a body: `k8s\0` (apimachinery runtime/serializer/protobuf). */
const magic = [0x6b, 0x38, 0x73, 0x00];

/** What wraps every object (`runtime.Unknown`). */
export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object: a protobuf message unless `contentType` says JSON. */
  readonly raw: Uint8Array;
  readonly contentEncoding: string;
  readonly contentType: string;
}

/**
 * Takes the envelope off a request body.
 * @throws {ApiError} `BadRequest` when the body is no such envelope.
 */
export function readEnvelope(body: Uint8Array): ProtobufEnvelope {
  if (!magic.every((byte, index) => body[index] === byte)) {
    throw new ApiError('BadRequest', 'Cannot read protobuf: the body does not begin with the Kubernetes envelope');
  }
  const raw: Uint8Array = new Uint8Array();
  const envelope = { apiVersion: '', kind: '', raw, contentEncoding: '', contentType: '' };
  forEachField(new ProtobufReader(body, magic.length), (number, wire, reader) => {
    if (wire !== wireType.bytes) return reader.skipField(wire);
    if (number === 1) readTypeMeta(reader.readMessage(), envelope);
    else if (number === 2) envelope.raw = reader.readBytes();
    else if (number === 3) envelope.contentEncoding = reader.readString();
    else if (number === 4) envelope.contentType = reader.readString();
    else reader.skipField(wire);
  });
  return envelope;
}

function readTypeMeta(typeMeta: ProtobufReader, into: { apiVersion: string; kind: string }): void {
  forEachField(typeMeta, (number, wire, reader) => {
    if (number === 1) into.apiVersion = reader.readString();
    else if (number === 2) into.kind = reader.readString();
    else reader.skipField(wire);
  });
}

/**
 * The object in an envelope, with apiVersion and kind.
 * @param schema of the whole object: `wholeObjectSchema(version.schema)` for kinds, `standardSchema('meta/v1.DeleteOptions')`
 *   for options.
 * @throws {ApiError} `BadRequest` when it cannot be read.
 */
export function decodeEnvelope(envelope: ProtobufEnvelope, schema: ObjectSchema): Draft {
  const { apiVersion, kind, contentEncoding, contentType } = envelope;
  if (contentEncoding !== '') {
    throw new ApiError('BadRequest', `Cannot read protobuf: content encoding "${contentEncoding}" is not supported`);
  }
  const typeMeta = { ...(apiVersion === '' ? {} : { apiVersion }), ...(kind === '' ? {} : { kind }) };
  if (contentType.startsWith('application/json')) {
    const { value } = parseJson(envelope.raw);
    if (!isPlainObject(value)) {
      throw new ApiError('BadRequest', 'Cannot read protobuf: the enclosed JSON is no object');
    }
    return { ...typeMeta, ...value };
  }
  return { ...typeMeta, ...decodeMessage(envelope.raw, schema) };
}

/** One message without an envelope. @throws {ApiError} `BadRequest` when it cannot be read. */
export function decodeMessage(bytes: Uint8Array, schema: ObjectSchema): Draft {
  return readObject(new ProtobufReader(bytes), schema);
}

/** Fields of a message by number; `inline` is a message whose fields JSON merges into its parent. */
type Layout = Map<number, { readonly field: string; readonly schema: Schema } | { readonly inline: Layout }>;

const layouts = new WeakMap<Readonly<Record<string, Schema>>, Layout>();

function layoutOf(schema: ObjectSchema): Layout {
  const known = layouts.get(schema.properties);
  if (known !== undefined) return known;
  const layout: Layout = new Map();
  for (const [field, property] of Object.entries(schema.properties)) {
    if (property.proto === undefined) continue;
    innerLayout(layout, property.protoOuter ?? []).set(property.proto, { field, schema: property });
  }
  layouts.set(schema.properties, layout);
  return layout;
}

function innerLayout(layout: Layout, outer: readonly number[]): Layout {
  let current = layout;
  for (const number of outer) {
    const known = current.get(number);
    const inline: Layout = known !== undefined && 'inline' in known ? known.inline : new Map();
    current.set(number, { inline });
    current = inline;
  }
  return current;
}

function readObject(reader: ProtobufReader, schema: ObjectSchema): Draft {
  const object: Draft = {};
  readFields(reader, layoutOf(schema), object);
  return object;
}

function readFields(message: ProtobufReader, layout: Layout, object: Draft): void {
  forEachField(message, (number, wire, reader) => {
    const entry = layout.get(number);
    if (entry === undefined) return reader.skipField(wire);
    if ('inline' in entry) {
      expectWire(wire, wireType.bytes, number);
      return readFields(reader.readMessage(), entry.inline, object);
    }
    readField(reader, wire, entry.schema, { object, field: entry.field });
  });
}

interface Place {
  readonly object: Draft;
  readonly field: string;
}

function readField(reader: ProtobufReader, wire: number, schema: Schema, { object, field }: Place): void {
  if (schema.type === 'array' && schema.wire !== 'Items') return readRepeated(reader, wire, schema, { object, field });
  if (schema.type === 'map') return readMapEntry(reader.readMessage(), schema.values, { object, field });
  const value = readValue(reader, wire, schema);
  if (value === undefined || (schema.omitZero === true && isZero(value))) return;
  object[field] = value;
}

function readRepeated(reader: ProtobufReader, wire: number, schema: ArraySchema, { object, field }: Place): void {
  const known = object[field];
  const list: unknown[] = Array.isArray(known) ? known : [];
  object[field] = list;
  const isPacked = wire === wireType.bytes && (schema.items.type === 'integer' || schema.items.type === 'boolean');
  if (!isPacked) {
    list.push(readValue(reader, wire, schema.items) ?? null);
    return;
  }
  const packed = reader.readMessage();
  while (!packed.atEnd) list.push(readValue(packed, wireType.varint, schema.items));
}

/** One entry of a map; keys of standard kinds are texts. */
function readMapEntry(entry: ProtobufReader, values: Schema, { object, field }: Place): void {
  const known = object[field];
  const map: Draft = typeof known === 'object' ? (known as Draft) : {};
  object[field] = map;
  let key = '';
  let value: unknown;
  forEachField(entry, (number, wire, reader) => {
    if (number === 1) key = reader.readString();
    else if (number === 2) value = readValue(reader, wire, values);
    else reader.skipField(wire);
  });
  if (key === '__proto__') throw new ApiError('BadRequest', 'Cannot read a map with a key named "__proto__"');
  map[key] = value ?? emptyValue(values);
}

/** What Go makes of a map entry without a value. */
function emptyValue(schema: Schema): unknown {
  if (schema.type === 'string') return '';
  return schema.type === 'array' ? [] : {};
}

/** @returns `undefined` for a value whose JSON is null. */
function readValue(reader: ProtobufReader, wire: number, schema: Schema): unknown {
  expectWire(wire, expectedWire(schema), undefined);
  switch (schema.type) {
    case 'string':
      return readText(reader, schema);
    case 'boolean':
      return reader.readInt64() !== 0n;
    case 'integer':
    case 'number':
      return readNumber(reader, schema);
    case 'int-or-string':
      return readIntOrString(reader.readMessage());
    case 'any':
      return readUnion(reader.readMessage(), schema.wire);
    case 'array':
      return readItems(reader.readMessage(), schema);
    case 'object':
      return schema.wire === undefined ? readObject(reader.readMessage(), schema) : readRawJson(reader.readMessage());
    case 'map':
      throw new ApiError('BadRequest', 'Cannot read protobuf: a map is not expected here');
  }
}

function expectedWire(schema: Schema): number {
  if (schema.type === 'number') return wireType.fixed64;
  return schema.type === 'integer' || schema.type === 'boolean' ? wireType.varint : wireType.bytes;
}

function expectWire(wire: number, expected: number, number: number | undefined): void {
  if (wire === expected) return;
  const field = number === undefined ? 'a field' : `field ${number}`;
  throw new ApiError('BadRequest', `Cannot read protobuf: ${field} has wire type ${wire}, expected ${expected}`);
}

function readNumber(reader: ProtobufReader, schema: NumberSchema): unknown {
  if (schema.type === 'number') return reader.readDouble();
  if (schema.format === 'int32') return reader.readInt32();
  const value = reader.readInt64();
  return Number.isSafeInteger(Number(value)) ? Number(value) : JSON.rawJSON(value.toString());
}

function readText(reader: ProtobufReader, schema: StringSchema): unknown {
  switch (schema.format) {
    case 'byte':
      return reader.readBytes().toBase64();
    case 'date-time':
      return readTime(reader.readMessage(), 0);
    case 'micro-time':
      return readTime(reader.readMessage(), 6);
    case 'quantity':
      return readFirstText(reader.readMessage());
    case 'duration':
      return readDuration(reader.readMessage());
    default:
      return reader.readString();
  }
}

/** `metav1.Time` and `MicroTime`: seconds and nanoseconds since the epoch. The zero time is an empty message, null in JSON. */
function readTime(message: ProtobufReader, fractionDigits: 0 | 6): string | undefined {
  if (message.atEnd) return undefined;
  let [seconds, nanos] = [0, 0];
  forEachField(message, (number, wire, reader) => {
    if (number === 1) seconds = Number(reader.readInt64());
    else if (number === 2) nanos = reader.readInt32();
    else reader.skipField(wire);
  });
  const ms = seconds * 1000;
  if (Number.isNaN(new Date(ms).getTime()))
    throw new ApiError('BadRequest', `Cannot read protobuf: ${seconds} s is no time`);
  if (fractionDigits === 0) return formatTime(ms);
  const micros = Math.trunc(nanos / 1000)
    .toString()
    .padStart(6, '0');
  return formatMicroTime(ms).replace('.000000Z', `.${micros}Z`);
}

/** `metav1.Duration`: nanoseconds, written in seconds, which Go reads too. */
function readDuration(message: ProtobufReader): string {
  let nanos = 0n;
  forEachField(message, (number, wire, reader) => {
    if (number === 1) nanos = reader.readInt64();
    else reader.skipField(wire);
  });
  return `${Number(nanos) / 1e9}s`;
}

/** A message whose only field is a text: Quantity. */
function readFirstText(message: ProtobufReader): string {
  let text = '';
  forEachField(message, (number, wire, reader) => {
    if (number === 1) text = reader.readString();
    else reader.skipField(wire);
  });
  return text === '' ? '0' : text;
}

function readIntOrString(message: ProtobufReader): number | string {
  let [isText, int, text] = [false, 0, ''];
  forEachField(message, (number, wire, reader) => {
    if (number === 1) isText = reader.readInt32() === 1;
    else if (number === 2) int = reader.readInt32();
    else if (number === 3) text = reader.readString();
    else reader.skipField(wire);
  });
  return isText ? text : int;
}

/** A list that is a message of its own, with the items in field 1 (`ExtraValue`, `Verbs`). */
function readItems(message: ProtobufReader, schema: ArraySchema): readonly unknown[] {
  const items: unknown[] = [];
  forEachField(message, (number, wire, reader) => {
    if (number === 1) items.push(readValue(reader, wire, schema.items));
    else reader.skipField(wire);
  });
  return items;
}

/** RawExtension, FieldsV1 and apiextensions JSON: field 1 holds JSON text. */
function readRawJson(message: ProtobufReader): unknown {
  let raw: Uint8Array | undefined;
  forEachField(message, (number, wire, reader) => {
    if (number === 1) raw = reader.readBytes();
    else reader.skipField(wire);
  });
  return raw === undefined || raw.length === 0 ? undefined : (parseJson(raw).value ?? undefined);
}

/** The unions of apiextensions/v1: a schema, or a boolean, a list of schemas or a list of texts. */
function readUnion(message: ProtobufReader, wire: AnySchema['wire']): unknown {
  if (wire === undefined || wire === 'JSON') return readRawJson(message);
  const propsSchema = standardSchema('apiextensions/v1.JSONSchemaProps');
  const list: unknown[] = [];
  let [schema, allows]: [Draft | undefined, boolean] = [undefined, false];
  forEachField(message, (number, kind, reader) => {
    const isSchema = number === (wire === 'SchemaOrBool' ? 2 : 1);
    if (isSchema) schema = readObject(reader.readMessage(), propsSchema);
    else if (number === 1) allows = reader.readInt32() !== 0;
    else if (number === 2)
      list.push(wire === 'SchemaOrArray' ? readObject(reader.readMessage(), propsSchema) : reader.readString());
    else reader.skipField(kind);
  });
  if (wire === 'SchemaOrBool') return schema ?? allows;
  return list.length > 0 ? list : schema;
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === 0 || value === false || (isRawNumber(value) && value.rawJSON === '0');
}

function forEachField(
  reader: ProtobufReader,
  take: (number: number, wire: number, reader: ProtobufReader) => void,
): void {
  while (!reader.atEnd) {
    const { number, wire } = reader.readTag();
    if (number === 0) throw new ApiError('BadRequest', 'Cannot read protobuf: field number 0');
    take(number, wire, reader);
  }
}
