import type { Random } from '../base/random.ts';
import { ApiError, type FieldError, InvalidError } from '../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../meta/object.ts';
import type { DeleteOptions, WriteOptions } from '../ports/endpoint.ts';
import type { ListQuery, WatchQuery } from '../ports/resources.ts';

/** Shortest time after which a watch without `timeoutSeconds` ends; the longest is twice that (kube-apiserver). */
const watchTimeoutMinMs = 30 * 60_000;
/** Longest `timeoutSeconds` that is honoured. */
const watchTimeoutMaxMs = 24 * 3_600_000;
/** Longest field manager name (apimachinery `FieldManagerMaxLength`). */
const fieldManagerCharactersMax = 128;

const noOptions: WriteOptions = {};

/** True for any value but `false` and `0` (apimachinery's conversion of query parameters); false when absent. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/**
 * Options of a list or a deletecollection.
 * @throws {ApiError} `BadRequest` for what is not a number, `Invalid` for combinations Kubernetes forbids.
 */
export function readListQuery(query: URLSearchParams): ListQuery {
  checkListCombination(query);
  readWholeNumber(query, 'timeoutSeconds');
  const limit = readWholeNumber(query, 'limit');
  const asOfMs = readAsOf(query);
  return {
    ...selectors(query),
    ...(asOfMs === undefined ? {} : { asOfMs }),
    ...(limit === undefined ? {} : { limit }),
    ...text(query, 'continue', 'continueToken'),
  };
}

/** `asOf=2026-11-20T12:00:00Z`: a list as things were at a time, our own. @throws {ApiError} `BadRequest`, `Invalid`. */
function readAsOf(query: URLSearchParams): number | undefined {
  const text = query.get('asOf') ?? '';
  if (text === '') return undefined;
  if ((query.get('resourceVersion') ?? '') !== '') {
    const detail = 'asOf is forbidden when resourceVersion is provided';
    throw invalidOptions('ListOptions', [{ type: 'Forbidden', path: 'asOf', detail }]);
  }
  const atMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new ApiError(
    'BadRequest',
    `Cannot read query parameter "asOf": "${text}", expected a time like 2026-11-20T12:00:00Z`,
  );
}

/**
 * Options of a watch. Without `timeoutSeconds` the watch ends after 30–60 minutes, at random.
 * @throws {ApiError} `Invalid` when `sendInitialEvents` comes without `resourceVersionMatch=NotOlderThan`.
 */
export function readWatchQuery(query: URLSearchParams, random: Random): WatchQuery {
  checkWatchCombination(query);
  const seconds = readWholeNumber(query, 'timeoutSeconds') ?? 0;
  const timeoutMs = seconds > 0 ? seconds * 1_000 : watchTimeoutMinMs * (1 + random.nextFloat());
  return {
    ...selectors(query),
    allowBookmarks: readFlag(query, 'allowWatchBookmarks'),
    ...(query.has('sendInitialEvents') ? { sendInitialEvents: readFlag(query, 'sendInitialEvents') } : {}),
    timeoutMs: Math.min(timeoutMs, watchTimeoutMaxMs),
  };
}

/**
 * Options of a create, update or patch.
 * @param operation the Kubernetes type whose fields these are, for messages.
 * @throws {ApiError} `Invalid` with a cause per option.
 */
export function readWriteOptions(
  query: URLSearchParams,
  operation: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteOptions {
  if (query.size === 0 && !isApply) return noOptions;
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const errors = [
    ...dryRunErrors(query.getAll('dryRun')),
    ...fieldManagerErrors(fieldManager, isApply),
    ...fieldValidationErrors(fieldValidation),
  ];
  if (query.has('force') && !isApply && operation === 'PatchOptions') {
    errors.push({ type: 'Forbidden', path: 'force', detail: 'may not be specified for non-apply patch' });
  }
  if (errors.length > 0) throw invalidOptions(operation, errors);
  return {
    ...(isDryRun(query.getAll('dryRun')) ? { dryRun: true } : {}),
    ...(fieldManager === '' ? {} : { fieldManager }),
    ...(fieldValidation === '' ? {} : { fieldValidation: fieldValidation as 'Strict' | 'Warn' | 'Ignore' }),
    ...(readFlag(query, 'force') ? { force: true } : {}),
  };
}

/**
 * Options of a delete: from the body when there is one, else from the query (as kube-apiserver).
 * @param body a decoded `DeleteOptions`, or `undefined` for an empty body.
 * @throws {ApiError} `BadRequest` for a wrong type, `Invalid` for a value that is not allowed.
 */
export function readDeleteOptions(query: URLSearchParams, body: JsonObject | undefined): DeleteOptions {
  const source = body ?? optionsOfQuery(query);
  const errors: FieldError[] = [...dryRunErrors(source['dryRun'] ?? [])];
  const policy = source['propagationPolicy'] ?? (source['orphanDependents'] === true ? 'Orphan' : undefined);
  if (isGiven(source['propagationPolicy']) && isGiven(source['orphanDependents'])) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push({ type: 'Invalid', path: 'propagationPolicy', value: policy, detail });
  } else if (isGiven(policy) && !isPropagationPolicy(policy)) {
    errors.push(notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']));
  }
  const seconds = readGracePeriod(source['gracePeriodSeconds']);
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  const preconditions = readPreconditions(source['preconditions']);
  return {
    ...(isDryRun(source['dryRun']) ? { dryRun: true } : {}),
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...(isPropagationPolicy(policy) ? { propagationPolicy: policy } : {}),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}

/** A negative period is the shortest one (apiserver `rest.BeforeDelete`). @throws {ApiError} `BadRequest` for what is no number. */
function readGracePeriod(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'number' && Number.isSafeInteger(given)) return given < 0 ? 1 : given;
  const found = typeof given === 'boolean' ? 'bool' : Array.isArray(given) ? 'array' : typeof given;
  const field = 'Go struct field DeleteOptions.gracePeriodSeconds of type int64';
  throw new ApiError('BadRequest', `json: cannot unmarshal ${found} into ${field}`);
}

/**
 * The one name a field selector asks for, or empty. Kubernetes authorizes such lists and watches with that name, so
 * that a role limited to one object by name can watch it.
 */
export function nameInFieldSelector(query: URLSearchParams): string {
  const selector = query.get('fieldSelector') ?? '';
  const match = /^metadata\.name={1,2}([^,=!]+)$/.exec(selector);
  return match?.[1] ?? '';
}

/** A whole number ≥ 0; `undefined` when absent or empty. @throws {ApiError} `BadRequest` otherwise. */
function readWholeNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  const number = Number(value);
  if (/^-?\d+$/.test(value) && Number.isSafeInteger(number)) return Math.max(number, 0);
  throw new ApiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function text(query: URLSearchParams, name: string, property: string): Readonly<Record<string, string>> {
  const value = query.get(name);
  return value === null || value === '' ? {} : { [property]: value };
}

function selectors(query: URLSearchParams): Pick<ListQuery, 'labelSelector' | 'fieldSelector' | 'resourceVersion'> {
  return {
    ...text(query, 'labelSelector', 'labelSelector'),
    ...text(query, 'fieldSelector', 'fieldSelector'),
    ...text(query, 'resourceVersion', 'resourceVersion'),
    ...text(query, 'resourceVersionMatch', 'resourceVersionMatch'),
  };
}

const matchField = 'resourceVersionMatch';

/** Kubernetes `ValidateListOptions` (apimachinery internalversion/validation). */
function checkListCombination(query: URLSearchParams): void {
  const match = query.get(matchField) ?? '';
  const hasInitialEvents = query.has('sendInitialEvents');
  if (match === '' && !hasInitialEvents) return;
  const version = query.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  const forbid = (path: string, detail: string) => errors.push({ type: 'Forbidden', path, detail });
  if (hasInitialEvents) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  if (match !== '') {
    if (version === '') forbid(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    if ((query.get('continue') ?? '') !== '') {
      forbid(matchField, 'resourceVersionMatch is forbidden when continue is provided');
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') {
      forbid(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
}

/** Kubernetes `validateWatchOptions`. */
function checkWatchCombination(query: URLSearchParams): void {
  const match = query.get(matchField) ?? '';
  const errors: FieldError[] = [];
  if (query.has('sendInitialEvents')) {
    if (match !== 'NotOlderThan') {
      const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
      errors.push({ type: 'Forbidden', path: matchField, detail });
    }
  } else if (match !== '') {
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push({ type: 'Forbidden', path: matchField, detail });
  }
  if (match !== '' && match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']));
  if ((query.get('continue') ?? '') !== '') {
    errors.push({
      type: 'Forbidden',
      path: matchField,
      detail: 'resourceVersionMatch is forbidden when continue is provided',
    });
  }
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
}

function invalidOptions(kind: string, errors: readonly FieldError[]): InvalidError {
  return new InvalidError({ kind, group: 'meta.k8s.io', name: '' }, errors);
}

function notSupported(path: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map((text) => JSON.stringify(text)).join(', ')}`;
  return { type: 'NotSupported', path, value, detail };
}

function dryRunErrors(values: unknown): readonly FieldError[] {
  const list = Array.isArray(values) ? values : [values];
  return list.every((value) => value === 'All') ? [] : [notSupported('dryRun', list, ['All'])];
}

function isDryRun(values: unknown): boolean {
  return Array.isArray(values) ? values.length > 0 : values === 'All';
}

function fieldManagerErrors(manager: string, isApply: boolean): readonly FieldError[] {
  if (manager === '') {
    return isApply ? [{ type: 'Required', path: 'fieldManager', detail: 'is required for apply patch' }] : [];
  }
  if (manager.length > fieldManagerCharactersMax) {
    const detail = `may not be more than ${fieldManagerCharactersMax} bytes`;
    return [{ type: 'TooLong', path: 'fieldManager', value: manager, detail }];
  }
  return Array.from(manager).flatMap((character, index, characters) => {
    // Go prints graphic characters and the ASCII space.
    if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return [];
    const position = Buffer.byteLength(characters.slice(0, index).join(''));
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const detail = `invalid character U+${code} (at position ${position})`;
    return [{ type: 'Invalid', path: 'fieldManager', value: manager, detail } as const];
  });
}

function fieldValidationErrors(value: string): readonly FieldError[] {
  const allowed = ['', 'Ignore', 'Strict', 'Warn'];
  return allowed.includes(value) ? [] : [notSupported('fieldValidation', value, allowed)];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isPropagationPolicy(value: unknown): value is 'Orphan' | 'Background' | 'Foreground' {
  return value === 'Orphan' || value === 'Background' || value === 'Foreground';
}

function optionsOfQuery(query: URLSearchParams): JsonObject {
  const seconds = readWholeNumber(query, 'gracePeriodSeconds');
  return {
    ...(query.has('dryRun') ? { dryRun: query.getAll('dryRun') } : {}),
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    ...text(query, 'propagationPolicy', 'propagationPolicy'),
    ...(query.has('orphanDependents') ? { orphanDependents: readFlag(query, 'orphanDependents') } : {}),
  };
}

function readPreconditions(value: unknown): DeleteOptions['preconditions'] {
  if (!isJsonObject(value)) return undefined;
  const { uid, resourceVersion } = value;
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}
