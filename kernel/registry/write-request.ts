import { formatTime } from '../base/clock.ts';
import { canonicalJson } from '../meta/canonical-json.ts';
import { ApiError, type FieldError, InvalidError, isApiError } from '../meta/errors.ts';
import { cloneJson, isPlainObject } from '../meta/json.ts';
import { formatApiVersion, type JsonObject, type KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import { changeReason } from '../ports/change-reason.ts';
import type { WriteOptions } from '../ports/endpoint.ts';
import type { DecodedBody, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import { appliedProblems, undeclaredFields, untypedPatch } from '../schema/apply/check-applied.ts';
import { noteEmpty, noteNulls } from '../schema/apply/nulls.ts';
import { findVersion } from '../schema/kind.ts';
import { type CompiledSchema, unknownFieldText } from '../schema/compile.ts';
import type { CompiledKind, MutableObject } from './compiled-kind.ts';
import type { WriteOrigin } from './commit-log.ts';
import type { RegistryCore } from './core.ts';
import { normalizeEmbedded } from './embedded.ts';
import { normalizeMetadata } from './metadata-form.ts';
import { metadataOf } from './metadata.ts';

/** One create, update, patch, apply or delete on its way. */
export interface WriteRequest {
  readonly core: RegistryCore;
  readonly kind: CompiledKind;
  readonly schema: CompiledSchema;
  readonly context: ResourceContext;
  readonly target: ResourceTarget;
  readonly options: WriteOptions;
  /** Name of the writer in managedFields and history. */
  readonly manager: string;
  /** Namespaces that come before it in the same transaction; filled while that is worked out. */
  readonly newNamespaces?: Map<string, KubeObject>;
}

/** Gathers what belongs to a write. @throws {ApiError} `NotFound` when the kind is not served. */
export function writeRequest(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  options: WriteOptions,
): WriteRequest {
  const kind = core.catalog.compiled(target.definition);
  const slash = context.userAgent.indexOf('/');
  const agent = slash < 0 ? context.userAgent : context.userAgent.slice(0, slash);
  const manager = options.fieldManager ?? (agent === '' ? 'unknown' : agent);
  const warning = findVersion(kind.definition, target.version)?.deprecationWarning;
  if (warning !== undefined) context.warn(warning);
  return { core, kind, schema: kind.schema(target.version), context, target, options, manager };
}

/**
 * Who writes and why, for the log of the store. Why is what the request says, else what the object says since this very write,
 * else who manages the fields.
 */
export function originOf(
  { context, manager, core }: WriteRequest,
  object: KubeObject,
  old: KubeObject | undefined,
): WriteOrigin {
  const reason = changeReason(context.changeReason, object, old) ?? manager;
  const { requestId, audit } = context;
  return { actor: context.user.name, reason, requestId, atMs: core.clock.nowMs(), audit };
}

/** The present as objects write it. */
export function nowText(core: RegistryCore): string {
  return formatTime(core.clock.nowMs());
}

/** What admission is told. */
export function attributesOf(
  request: WriteRequest,
  operation: AdmissionAttributes['operation'],
  name: string,
  old: KubeObject | undefined,
): AdmissionAttributes {
  const { kind, target, context, options } = request;
  const newNamespace = request.newNamespaces?.get(target.namespace);
  return {
    operation,
    definition: kind.definition,
    namespace: target.namespace,
    name,
    subresource: target.subresource,
    user: context.user,
    dryRun: options.dryRun === true,
    old,
    ...(newNamespace === undefined ? {} : { newNamespace }),
    ...(context.changeReason === undefined ? {} : { changeReason: context.changeReason }),
    warn: context.warn,
    audit: context.audit,
  };
}

/**
 * Takes a decoded object for private use: checks apiVersion and kind, brings metadata into normal form, prunes unknown
 * fields and reports them as the client asked.
 * @throws {ApiError} `BadRequest` for another kind, a wrong type in metadata, or (Strict) unknown and duplicate fields.
 */
export function takeObject(request: WriteRequest, body: DecodedBody): MutableObject {
  const draft = { ...cloneJson(body.value) };
  checkType(request, draft);
  const refuse = (why: string, cause?: unknown) => unreadable(request, why, cause);
  const problems = fieldProblems(request, body, prune(request, draft, refuse));
  if (mustRefuse(request, problems)) throw refuse(strictText(problems));
  return draft;
}

/** The same for a server-side apply, where a field that the schema does not have is always an error. */
export function takeApplied(request: WriteRequest, { value, duplicateLines = [] }: DecodedBody): MutableObject {
  checkAppliedType(request, value);
  const draft = { ...cloneJson(value) };
  checkType(request, draft);
  const refuse = (why: string, cause?: unknown) => unreadable(request, why, cause);
  const { schema } = request.schema;
  const isCustom = request.kind.definition.custom !== undefined;
  const putNullsBack = isCustom ? noteNulls(draft, schema) : undefined;
  const putEmptyBack = isCustom ? undefined : noteEmpty(draft);
  const emptyMetadata = emptyMaps(draft['metadata']);
  const unknown = prune(request, draft, refuse);
  putNullsBack?.();
  putEmptyBack?.();
  Object.assign(metadataOf(draft), emptyMetadata);
  if (mustRefuse(request, duplicateLines)) {
    const why = `error strict decoding YAML: error converting YAML to JSON: ${unmarshalText(duplicateLines)}`;
    throw new ApiError('BadRequest', why);
  }
  const problems = [...undeclaredFields(unknown, schema), ...appliedProblems(draft, schema)];
  if (problems.length > 0) throw untypedPatch(draft, problems);
  return draft;
}

/** Maps of metadata that have no entry: they do not reach the object, and yet who applies them owns them. */
function emptyMaps(metadata: unknown): MutableObject {
  if (!isPlainObject(metadata)) return {};
  const maps = Object.entries(metadata).filter(([field]) => field === 'labels' || field === 'annotations');
  return Object.fromEntries(maps.filter(([, map]) => isPlainObject(map) && Object.keys(map).length === 0));
}

/** What is no text was not given. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An apply of a custom resource says what it applies; upstream has a text of its own for that. */
function checkAppliedType({ kind, target }: WriteRequest, applied: JsonObject): void {
  const { custom, group, kind: wanted } = kind.definition;
  if (custom !== undefined) requireType(applied, { apiVersion: formatApiVersion(group, target.version), kind: wanted });
}

/** Holds an applied object to one type. @throws {ApiError} `BadRequest` for another one. */
export function requireType(
  { apiVersion, kind }: JsonObject,
  wanted: { readonly apiVersion: string; readonly kind: string },
): void {
  if (apiVersion === wanted.apiVersion && kind === wanted.kind) return;
  const groupVersion = textOf(apiVersion).includes('/') ? textOf(apiVersion) : `/${textOf(apiVersion)}`;
  throw new ApiError('BadRequest', `invalid object type: ${groupVersion}, Kind=${textOf(kind)}`);
}

/** The same for what came out of a patch, which Kubernetes refuses as an invalid patch and not as an unreadable body. */
export function takePatched(
  request: WriteRequest,
  value: JsonObject,
  duplicateFields: readonly string[] = [],
): MutableObject {
  const refuse = (why: string) => invalidPatch(value, why);
  const draft = { ...cloneJson(value) };
  checkPatchedType(request, draft);
  const problems = fieldProblems(request, { value, duplicateFields }, prune(request, draft, refuse));
  if (mustRefuse(request, problems)) throw refuse(strictText(problems));
  return draft;
}

/** A patch that makes something else of a custom resource is invalid; Go fills in what one takes from a built-in kind. */
function checkPatchedType(request: WriteRequest, draft: MutableObject): void {
  const { group, kind: wanted, custom } = request.kind.definition;
  if (custom === undefined) return checkType(request, draft);
  const [apiVersion, kind] = [textOf(draft['apiVersion']), textOf(draft['kind'])];
  if (kind === '') throw invalidPatch(draft, `Object 'Kind' is missing in '${canonicalJson(draft)}'`);
  const expected = formatApiVersion(group, request.target.version);
  const errors: FieldError[] = [];
  if (kind !== wanted) errors.push({ type: 'Invalid', path: 'kind', value: kind, detail: `must be ${wanted}` });
  if (apiVersion !== expected) {
    errors.push({ type: 'Invalid', path: 'apiVersion', value: apiVersion, detail: `must be ${expected}` });
  }
  if (errors.length > 0) throw new InvalidError({ kind, group, name: request.target.name }, errors);
}

/** @returns the paths of unknown fields, which are gone. @param refuse makes the error for what cannot be read. */
function prune(
  { kind, schema }: WriteRequest,
  draft: MutableObject,
  refuse: (why: string, cause: unknown) => ApiError,
): readonly string[] {
  const isCustom = kind.definition.custom !== undefined;
  try {
    const unknown = normalizeMetadata(draft, isCustom ? undefined : kind.definition.kind);
    if (isCustom) normalizeEmbedded(schema.schema, draft);
    const pruned = schema.prune(draft);
    // Fields of Go structs are named as they are met, those of custom resources in the order of their paths.
    return [...unknown, ...(isCustom ? pruned.toSorted() : pruned)];
  } catch (error) {
    throw isApiError(error, 'BadRequest') ? refuse(error.message, error) : error;
  }
}

/**
 * What is wrong with the fields of a body. Fields of Go structs are named as they stand in the text; of custom resources
 * those that are there twice come first, and so they do in YAML, which Go reads twice.
 */
function fieldProblems(
  { kind }: WriteRequest,
  { value, duplicateFields, duplicateLines = [] }: DecodedBody,
  unknown: readonly string[],
): readonly string[] {
  if (duplicateLines.length > 0) return [unmarshalText(duplicateLines), ...unknown.map(unknownFieldText)];
  const texts = [...duplicateFields.map(duplicateFieldText), ...unknown.map(unknownFieldText)];
  if (duplicateFields.length === 0 || unknown.length === 0 || kind.definition.custom !== undefined) return texts;
  const paths = [...duplicateFields, ...unknown];
  const places = placesOf(value, new Set(paths));
  const placeOf = (index: number) => places.get(paths[index] as string) ?? Infinity;
  return texts
    .map((text, index) => ({ text, place: placeOf(index) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ text }) => text);
}

/** Mistakes in YAML in the words of go-yaml. */
function unmarshalText(lines: readonly string[]): string {
  return `yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Which of the paths comes how soon in a document. */
function placesOf(value: unknown, paths: ReadonlySet<string>): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const visit = (part: unknown, path: string) => {
    if (paths.has(path)) places.set(path, places.size);
    if (typeof part !== 'object' || part === null) return;
    for (const [name, child] of Object.entries(part)) {
      visit(child, Array.isArray(part) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`);
    }
  };
  visit(value, '');
  return places;
}

function duplicateFieldText(path: string): string {
  return `duplicate field "${path}"`;
}

function strictText(problems: readonly string[]): string {
  return `strict decoding error: ${problems.join(', ')}`;
}

/** Most characters of a refused patched object that its refusal shows. */
const patchCharactersShown = 4_096;

/** A patch whose result is refused; it is shown. */
export function invalidPatch(patched: object, detail: string): InvalidError {
  const value = canonicalJson(patched).slice(0, patchCharactersShown);
  return new InvalidError({ kind: '', group: '', name: '' }, [{ type: 'Invalid', path: 'patch', value, detail }]);
}

/** Warns of unknown and duplicate fields where the client asked for that. @returns true where it wants none of them. */
function mustRefuse({ options, context }: WriteRequest, problems: readonly string[]): boolean {
  const { fieldValidation = 'Warn' } = options;
  if (fieldValidation === 'Warn') for (const problem of problems) context.warn(problem);
  return fieldValidation === 'Strict' && problems.length > 0;
}

function unreadable({ kind, target }: WriteRequest, why: string, cause?: unknown): ApiError {
  const { kind: name } = kind.definition;
  const subject = `${name} in version ${JSON.stringify(target.version)} cannot be handled as a ${name}`;
  return new ApiError('BadRequest', `${subject}: ${why}`, {}, { cause });
}

/** Absent apiVersion and kind are filled in from the path; the object stays in that version until it is stored. */
function checkType({ kind, target }: WriteRequest, draft: MutableObject): void {
  const { group, kind: kindName, custom } = kind.definition;
  const isCustom = custom !== undefined;
  const expected = formatApiVersion(group, target.version);
  const { apiVersion = expected, kind: given = kindName } = draft;
  if (apiVersion !== expected) {
    const why = `the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${expected})`;
    throw new ApiError('BadRequest', why);
  }
  if (given !== kindName && isCustom) {
    const { name } = metadataOf({ metadata: {}, ...draft });
    const subject = { kind: textOf(given), group, name: typeof name === 'string' ? name : '' };
    throw new InvalidError(subject, [{ type: 'Invalid', path: 'kind', value: given, detail: `must be ${kindName}` }]);
  }
  if (given !== kindName) {
    const version = JSON.stringify(target.version);
    const why = `${String(given)} in version ${version} cannot be handled as a ${kindName}: kind must be "${kindName}"`;
    throw new ApiError('BadRequest', why);
  }
  draft['apiVersion'] = expected;
  draft['kind'] = kindName;
}

/** Makes `metadata.namespace` that of the path. @throws {ApiError} `BadRequest` when it names another one. */
export function takeNamespace({ kind, target }: WriteRequest, metadata: MutableObject): void {
  const given = metadata['namespace'];
  if (kind.definition.scope === 'Cluster') {
    if (given !== undefined) {
      throw new ApiError('BadRequest', `namespace may not be set: ${kind.definition.kind} is cluster-scoped`);
    }
    return;
  }
  if (target.namespace === '') throw new ApiError('BadRequest', 'an empty namespace may not be set during creation');
  if (given !== undefined && given !== target.namespace) {
    throw new ApiError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  metadata['namespace'] = target.namespace;
}

/** True for the subresources through which only the status can be written. */
export function writesStatus({ subresource }: WriteRequest['target']): boolean {
  return subresource === 'status' || subresource === 'approval';
}
