import { htmlSafe } from './html-safe.ts';
import type { ObjectKey } from './key.ts';

/**
 * Why an API request failed: the closed set of Kubernetes `metav1.StatusReason` values the kernel uses.
 * `kernel/server/status.ts` is the only mapping to HTTP codes and `v1.Status`.
 */
export type ApiReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'UnsupportedMediaType'
  | 'RequestEntityTooLarge'
  | 'TooManyRequests'
  | 'Timeout'
  | 'ServerTimeout'
  | 'InsufficientStorage'
  | 'ServiceUnavailable'
  | 'InternalError'
  /** Something outside failed that the request needs, for which Kubernetes has no word: the Status has no reason. */
  | 'Unknown';

/** One cause in `status.details.causes` (Kubernetes `metav1.StatusCause`). */
export interface StatusCause {
  /** For example `FieldValueInvalid`, `FieldManagerConflict`, `ResourceVersionTooLarge`. */
  readonly reason: string;
  readonly message: string;
  /** Path such as `.spec.replicas` or `spec.items[0].name`. */
  readonly field?: string;
}

/** What `status.details` says about the object of a failed request. */
export interface ApiErrorDetails {
  readonly group?: string;
  /** The plural resource for most reasons, the Kind for `Invalid` (as kube-apiserver does). */
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
  /** For `Expired` lists: goes on inconsistently. Stands in `metadata.continue` of the Status, not in its details. */
  readonly continueToken?: string;
  /** What somebody else answered in our place (a webhook): its code and reason stand in the Status, not in its details. */
  readonly answered?: { readonly code: number; readonly reason: string };
}

/** A request the API refuses, or a failure it reports. Branch on `reason`, never on text. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly reason: ApiReason;
  readonly details: ApiErrorDetails;

  constructor(reason: ApiReason, message: string, details: ApiErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.details = details;
  }
}

/** Splits `deployments.apps` into the `kind` and `group` of `status.details`. */
function resourceDetails(key: ObjectKey): ApiErrorDetails {
  const dot = key.resource.indexOf('.');
  return dot < 0
    ? { kind: key.resource, name: key.name }
    : { kind: key.resource.slice(0, dot), group: key.resource.slice(dot + 1), name: key.name };
}

/** The object does not exist (HTTP 404). */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';

  constructor(key: ObjectKey, options?: ErrorOptions) {
    super('NotFound', `${key.resource} "${key.name}" not found`, resourceDetails(key), options);
  }
}

/** An object of that name exists already (HTTP 409). */
export class AlreadyExistsError extends ApiError {
  override readonly name = 'AlreadyExistsError';

  constructor(key: ObjectKey, options?: ErrorOptions) {
    super('AlreadyExists', `${key.resource} "${key.name}" already exists`, resourceDetails(key), options);
  }
}

/** A write was based on an old revision (HTTP 409). Re-read, re-apply the change, retry. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';

  constructor(key: ObjectKey, why: string, causes?: readonly StatusCause[], options?: ErrorOptions) {
    const details = causes === undefined ? resourceDetails(key) : { ...resourceDetails(key), causes };
    super('Conflict', `Operation cannot be fulfilled on ${key.resource} "${key.name}": ${why}`, details, options);
  }
}

/** What one invalid field is about (Kubernetes `field.ErrorType`). */
export type FieldErrorType =
  | 'Required'
  | 'Invalid'
  | 'TypeInvalid'
  | 'NotSupported'
  | 'Forbidden'
  | 'Duplicate'
  | 'NotFound'
  | 'TooLong'
  | 'TooMany';

/** One thing wrong with an object. Validation gathers all of them. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path from the object's root: `spec.template.spec.containers[0].name`, `metadata.labels[app]`. */
  readonly path: string;
  /** The refused value; left out where it is a secret or meaningless. */
  readonly value?: unknown;
  /** The value is not shown, not even as absent: it may be large. */
  readonly omitsValue?: boolean;
  /** What is wrong and what is allowed, no final period. */
  readonly detail: string;
  /** The rule that refused: tests compare it instead of text. */
  readonly origin?: string;
}

/** Text of the field errors as Kubernetes writes them: `spec.replicas: Invalid value: -1: must be …`. */
export function formatFieldError(error: FieldError): string {
  const shown = showValue(error.value);
  switch (error.type) {
    case 'Required':
      return `${error.path}: Required value${error.detail === '' ? '' : `: ${error.detail}`}`;
    case 'Forbidden':
      return `${error.path}: Forbidden: ${error.detail}`;
    case 'NotSupported':
      return `${error.path}: Unsupported value: ${shown}: ${error.detail}`;
    case 'Duplicate':
      return `${error.path}: Duplicate value${error.omitsValue === true ? '' : `: ${shown}`}`;
    case 'NotFound':
      return `${error.path}: Not found: ${shown}${error.detail === '' ? '' : `: ${error.detail}`}`;
    case 'TooLong':
      return `${error.path}: Too long: ${error.detail}`;
    case 'TooMany':
      return `${error.path}: Too many: ${error.detail}`;
    case 'Invalid':
    case 'TypeInvalid':
      if (error.omitsValue === true) return `${error.path}: Invalid value: ${error.detail}`;
      return `${error.path}: Invalid value: ${shown}${error.detail === '' ? '' : `: ${error.detail}`}`;
  }
}

/** What is absent is null, and JSON is safe inside of HTML, as Go writes both. */
function showValue(value: unknown): string {
  if (typeof value === 'number') return goNumber(value);
  const text = JSON.stringify(value ?? null);
  if (typeof value === 'string') return text.replaceAll(/\\u00([01][0-9a-f])/g, '\\x$1');
  if (typeof value !== 'object') return text;
  return htmlSafe(text);
}

/** A number as Go prints it: fractions, and what 64 bits do not hold, with an exponent when they are large or small. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  // String() writes numbers from 1e-6 to 1e21 without an exponent.
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** The object was understood but breaks the rules of its kind (HTTP 422). Carries every field error as a cause. */
export class InvalidError extends ApiError {
  override readonly name = 'InvalidError';
  readonly errors: readonly FieldError[];

  constructor(
    subject: { readonly kind: string; readonly group: string; readonly name: string },
    errors: readonly FieldError[],
  ) {
    // Kubernetes: what is wrong twice is said once, but has two causes.
    const texts = [...new Set(errors.map(formatFieldError))];
    const shown = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
    const qualified = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
    super('Invalid', `${qualified} "${subject.name}" is invalid: ${shown}`, {
      group: subject.group,
      kind: subject.kind,
      name: subject.name,
      causes: errors.map((error) => ({
        reason: `FieldValue${error.type}`,
        message: formatFieldError(error).slice(error.path.length + 2),
        field: error.path,
      })),
    });
    this.errors = errors;
  }
}

/** True if `error` is an `ApiError` with one of `reasons`. */
export function isApiError(error: unknown, ...reasons: readonly ApiReason[]): error is ApiError {
  return error instanceof ApiError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** Text of any thrown value, with its chain of causes; for conditions and events, never for branching. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : errorText(error.cause);
  // Many messages quote their cause already.
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
