import { ApiError } from '../meta/errors.ts';
import { bodyBytesMax, parseJson } from '../meta/json.ts';
import { formatApiVersion, isJsonObject, type JsonObject } from '../meta/object.ts';
import type { Patch } from '../ports/client.ts';
import type { ApiRequest } from '../ports/endpoint.ts';
import type { DecodedBody, ResourceTarget } from '../ports/resources.ts';
import { findVersion, type KindDefinition, type KindVersion } from '../schema/kind.ts';
import type { ObjectSchema } from '../schema/schema.ts';

/** A patch as its content type says, or a server-side apply. */
export type PatchBody =
  | { readonly type: 'apply'; readonly body: DecodedBody }
  | { readonly type: 'patch'; readonly patch: Patch };

const objectTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
  'application/strategic-merge-patch+json',
];

/**
 * Reads the object in the body of a create or update: JSON, YAML, or protobuf where the kind has a protobuf form.
 * @throws {ApiError} `RequestEntityTooLarge`, `UnsupportedMediaType` or `BadRequest`.
 */
export async function readObjectBody(request: BodySource, target: ResourceTarget): Promise<DecodedBody> {
  if (target.subresource === 'scale') return readBody(request, scaleSchema);
  const version = findVersion(target.definition, target.version);
  const hasForm = version !== undefined && hasProtobuf(version);
  const body = await readBody(request, hasForm ? () => wholeSchema(version.schema) : undefined);
  if (target.definition.custom !== undefined) requireType(target, body.value);
  return body;
}

/** Most characters of a body without kind that a refusal repeats at its end. */
const shownCharactersMax = 30;

/** Custom resources say what they are; nothing fills it in (apiextensions `UnstructuredObjectTyper`). @throws {ApiError} `BadRequest`. */
function requireType({ definition, version }: ResourceTarget, value: JsonObject): void {
  const { apiVersion = '', kind = '' } = value;
  const expected = formatApiVersion(definition.group, version);
  if (kind === '') {
    const text = JSON.stringify(value);
    const shown = text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)} ...` : text;
    const subject = `the object provided is unrecognized (must be of type ${definition.kind})`;
    throw new ApiError('BadRequest', `${subject}: Object 'Kind' is missing in '${text}' (${shown})`);
  }
  if (apiVersion !== '') return;
  const why = `the API version in the data () does not match the expected API version (${expected})`;
  throw new ApiError('BadRequest', why);
}

/** Reads the `DeleteOptions` of a delete; `undefined` when the body is empty. @throws {ApiError} as `readObjectBody`. */
export async function readDeleteBody(request: BodySource): Promise<JsonObject | undefined> {
  const bytes = await request.readBody(bodyBytesMax);
  if (bytes.byteLength === 0) return undefined;
  const source = { headers: request.headers, readBody: async () => bytes };
  const { value } = await readBody(source, deleteOptionsSchema);
  const { kind = 'DeleteOptions', apiVersion = '' } = value;
  if (kind === 'DeleteOptions' || kind === '') return value;
  const unknown = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`;
  throw new ApiError('BadRequest', `${unknown}: must be DeleteOptions`);
}

/** Schema of a whole message; made on demand, because most bodies are JSON. */
type SchemaSource = () => Promise<ObjectSchema>;

async function readBody(request: BodySource, protobuf: SchemaSource | undefined): Promise<DecodedBody> {
  const mediaType = mediaTypeOf(request);
  const isUnreadable = protobuf === undefined && mediaType === objectTypes[2];
  if (isUnreadable || !objectTypes.includes(mediaType)) throw unsupportedMediaType(objectTypes);
  const bytes = await request.readBody(bodyBytesMax);
  if (mediaType === 'application/json') return decodeJsonObject(bytes);
  if (mediaType === 'application/yaml' || protobuf === undefined) return decodeYamlObject(bytes);
  return decodeProtobufObject(bytes, protobuf);
}

/**
 * Reads a patch. Strategic merge is served for kinds that declare it.
 * @throws {ApiError} `UnsupportedMediaType` listing what this kind takes; `BadRequest` for what cannot be parsed.
 */
export async function readPatchBody(request: BodySource, definition: KindDefinition): Promise<PatchBody> {
  const mediaType = mediaTypeOf(request);
  const allowed = definition.strategicMerge === true ? patchTypes : patchTypes.slice(0, 3);
  if (!allowed.includes(mediaType)) throw unsupportedMediaType(allowed);
  const bytes = await request.readBody(bodyBytesMax);
  switch (mediaType) {
    case 'application/apply-patch+yaml':
      return { type: 'apply', body: await decodeYamlObject(bytes, { isPatch: true }) };
    case 'application/json-patch+json':
      return { type: 'patch', patch: { type: 'json', body: decodeJsonList(bytes) } };
    case 'application/strategic-merge-patch+json':
      return { type: 'patch', patch: { type: 'strategic', ...decodeMergePatch(bytes) } };
    default:
      return { type: 'patch', patch: { type: 'merge', ...decodeMergePatch(bytes) } };
  }
}

function decodeMergePatch(bytes: Uint8Array) {
  const { value: body, duplicateFields } = decodeJsonObject(bytes);
  return duplicateFields.length === 0 ? { body } : { body, duplicateFields };
}

/** What reading a body needs of a request. */
export type BodySource = Pick<ApiRequest, 'headers' | 'readBody'>;

function mediaTypeOf(request: BodySource): string {
  const header = request.headers['content-type'] ?? '';
  if (header === '') return 'application/json';
  const semicolon = header.indexOf(';');
  return (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const list = accepted.join(', ');
  return new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${list}`,
  );
}

function decodeJsonObject(bytes: Uint8Array): DecodedBody {
  const { value, duplicateFields } = parseJson(bytes);
  if (!isJsonObject(value)) throw new ApiError('BadRequest', 'Cannot read the body: it is not a JSON object');
  return { value, duplicateFields };
}

function decodeJsonList(bytes: Uint8Array): readonly unknown[] {
  // Null is a list without operations, as for Go.
  const value = parseJson(bytes).value ?? [];
  if (!Array.isArray(value)) throw new ApiError('BadRequest', 'Cannot read the JSON patch: it is not a list');
  return value;
}

/** Largest YAML that is read, bytes: its reader takes a second per megabyte, and nothing else happens meanwhile. */
const yamlBytesMax = 256 * 1024;

/** Most clients send JSON where YAML is allowed; the YAML reader is slow and loaded only when it is needed. */
async function decodeYamlObject(bytes: Uint8Array, options: { readonly isPatch?: boolean } = {}): Promise<DecodedBody> {
  const looksLikeJson = bytes[0] === 0x7b; // {
  if (looksLikeJson) return decodeJsonObject(bytes);
  if (bytes.byteLength > yamlBytesMax) {
    const text = `Request entity too large: limit is ${yamlBytesMax} for YAML, send JSON`;
    throw new ApiError('RequestEntityTooLarge', text);
  }
  const { parseYamlObject } = await import('./yaml.ts');
  return parseYamlObject(bytes, options);
}

/** Custom resources have no protobuf form: their schemas name no field numbers. */
function hasProtobuf({ schema }: KindVersion): boolean {
  return Object.values(schema.properties).some((property) => property.proto !== undefined);
}

const wholeSchemas = new WeakMap<ObjectSchema, ObjectSchema>();

/** The same schema object every time, since the reader remembers the layout of messages by it. */
async function wholeSchema(content: ObjectSchema): Promise<ObjectSchema> {
  const known = wholeSchemas.get(content);
  if (known !== undefined) return known;
  const { wholeObjectSchema } = await import('../schema/compile.ts');
  const schema = wholeObjectSchema(content);
  wholeSchemas.set(content, schema);
  return schema;
}

/** The scale of any kind, custom ones included, is an autoscaling/v1.Scale. */
async function scaleSchema(): Promise<ObjectSchema> {
  const { standardSchema } = await import('../schema/standard/standard.ts');
  return wholeSchema(standardSchema('autoscaling/v1.Scale'));
}

async function deleteOptionsSchema(): Promise<ObjectSchema> {
  const { standardSchema } = await import('../schema/standard/standard.ts');
  return standardSchema('meta/v1.DeleteOptions');
}

async function decodeProtobufObject(bytes: Uint8Array, schema: SchemaSource): Promise<DecodedBody> {
  const { decodeEnvelope, readEnvelope } = await import('../schema/protobuf.ts');
  const value = decodeEnvelope(readEnvelope(bytes), await schema());
  return { value: value as JsonObject, duplicateFields: [] };
}
