import { ApiError, type ApiErrorDetails, type ApiReason, type StatusCause } from '../meta/errors.ts';
import { encodeJson } from '../meta/json.ts';
import { isJsonObject } from '../meta/object.ts';
import type { ApiResponse } from '../ports/endpoint.ts';

/** `meta/v1 Status`: how the API reports the outcome of a request that has no object to answer with. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: ApiErrorDetails;
  readonly code?: number;
}

/** The one mapping of reasons to HTTP status codes (apimachinery `pkg/api/errors`). */
const codeOfReason: Readonly<Record<ApiReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  Unknown: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  InsufficientStorage: 507,
};

/** What a code means when the body gives no reason we know. The first reason of a code is the general one. */
const reasonOfCode: ReadonlyMap<number, ApiReason> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'Unknown'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
  [507, 'InsufficientStorage'],
]);

/** HTTP status code of a refusal. */
export function httpCodeOf(error: ApiError): number {
  return error.details.answered?.code ?? codeOfReason[error.reason];
}

/** What is answered to, and recorded of, a request that ended in an error: one that is no `ApiError` is nobody's business but ours. */
export function refusalFor(
  error: unknown,
  { signal, requestId }: { readonly signal: AbortSignal; readonly requestId: string },
): ApiError {
  if (error instanceof ApiError) return error;
  if (signal.aborted) {
    return new ApiError('Timeout', 'The request was given up before it was answered', {}, { cause: error });
  }
  const text = `Internal error occurred; the server log has the details under request ${requestId}`;
  return new ApiError('InternalError', text, {}, { cause: error });
}

/** The `v1.Status` that describes a refusal. */
export function statusOfError(error: ApiError): StatusBody {
  const { continueToken, answered, ...rest } = error.details;
  const reason = answered?.reason ?? (error.reason === 'Unknown' ? '' : error.reason);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: continueToken === undefined ? {} : { continue: continueToken },
    status: 'Failure',
    message: error.message,
    ...(reason === '' ? {} : { reason }),
    // Details that say nothing are written all the same, as upstream does.
    ...(Object.keys(rest).length > 0 ? { details: withoutEmpty(rest) } : {}),
    code: httpCodeOf(error),
  };
}

/** Go leaves empty texts out. */
function withoutEmpty(details: ApiErrorDetails): ApiErrorDetails {
  const entries = Object.entries(details).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries);
}

/**
 * The answer to a path below a group that nothing serves, where the group is of Kubernetes itself. @throws {ApiError}
 * `NotFound`, always, with details that say nothing.
 */
export function refuseUnknown(): never {
  throw new ApiError('NotFound', 'the server could not find the requested resource', { kind: '' });
}

/** Refuses a method that a path does not take. @throws {ApiError} `MethodNotAllowed`, always, with details that say nothing. */
export function refuseMethod(): never {
  const why = 'the server does not allow this method on the requested resource';
  throw new ApiError('MethodNotAllowed', why, { kind: '' });
}

/** The `v1.Status` of a success that has no object, for example a delete. */
export function successStatus(details: ApiErrorDetails): StatusBody {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: withoutEmpty(details) };
}

/** The response for a refusal, with Retry-After when the refusal says when to come back. */
export function errorResponse(error: ApiError): ApiResponse & { readonly body: Uint8Array } {
  const retryAfter = error.details.retryAfterSeconds;
  return {
    status: httpCodeOf(error),
    headers: {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: encodeJson(statusOfError(error)),
  };
}

/**
 * The error a `v1.Status` (or whatever a server sent instead) stands for: the way back, for clients.
 * @param code HTTP status code; decides when the body has no reason we know.
 */
export function statusToError(code: number, body: unknown): ApiError {
  const status = isJsonObject(body) ? body : {};
  const reason = status['reason'];
  const known = typeof reason === 'string' && reason in codeOfReason ? (reason as ApiReason) : undefined;
  const message = typeof status['message'] === 'string' ? status['message'] : `The server answered ${code}`;
  const details = isJsonObject(status['details']) ? readDetails(status['details']) : {};
  const token = isJsonObject(status['metadata']) ? status['metadata']['continue'] : undefined;
  const withToken = typeof token === 'string' ? { ...details, continueToken: token } : details;
  return new ApiError(known ?? reasonOfCode.get(code) ?? 'InternalError', message, withToken);
}

function readDetails(details: Readonly<Record<string, unknown>>): ApiErrorDetails {
  const text = (name: string) => (typeof details[name] === 'string' ? { [name]: details[name] } : {});
  const seconds = details['retryAfterSeconds'];
  return {
    ...text('group'),
    ...text('kind'),
    ...text('name'),
    ...text('uid'),
    ...(Array.isArray(details['causes']) ? { causes: details['causes'].filter(isJsonObject).map(readCause) } : {}),
    ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
  };
}

function readCause(cause: Readonly<Record<string, unknown>>): StatusCause {
  const { reason, message, field } = cause;
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    ...(typeof field === 'string' ? { field } : {}),
  };
}
