import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type ApiReason, ConflictError, InvalidError, NotFoundError } from '../meta/errors.ts';
import { errorResponse, statusOfError, statusToError } from './status.ts';

test('statusOfError() gives every reason its HTTP code, and statusToError() finds the way back', () => {
  const codes: Readonly<Record<ApiReason, number>> = {
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    AlreadyExists: 409,
    Conflict: 409,
    Gone: 410,
    Expired: 410,
    Invalid: 422,
    BadRequest: 400,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    UnsupportedMediaType: 415,
    RequestEntityTooLarge: 413,
    TooManyRequests: 429,
    Timeout: 504,
    ServerTimeout: 500,
    InsufficientStorage: 507,
    ServiceUnavailable: 503,
    InternalError: 500,
    Unknown: 500,
  };
  for (const [reason, code] of Object.entries(codes)) {
    const status = statusOfError(new ApiError(reason as ApiReason, 'Why not'));
    assert.equal(status.code, code, reason);
    assert.equal(statusToError(code, JSON.parse(JSON.stringify(status))).reason, reason);
  }
});

test('statusOfError() names the resource as kube-apiserver does', () => {
  const key = { resource: 'deployments.apps', namespace: 'default', name: 'web' };
  assert.deepEqual(statusOfError(new NotFoundError(key)), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'deployments.apps "web" not found',
    reason: 'NotFound',
    details: { kind: 'deployments', group: 'apps', name: 'web' },
    code: 404,
  });
});

test('statusToError() keeps causes and details', () => {
  const invalid = new InvalidError({ kind: 'Widget', group: 'x.io', name: 'w' }, [
    { type: 'Required', path: 'spec.size', detail: '' },
  ]);
  assert.deepEqual(statusToError(422, JSON.parse(JSON.stringify(statusOfError(invalid)))).details, invalid.details);
  const conflict = new ConflictError({ resource: 'pods', namespace: 'a', name: 'b' }, 'it changed', [
    { reason: 'FieldManagerConflict', message: 'conflict', field: '.spec.size' },
  ]);
  assert.deepEqual(statusToError(409, JSON.parse(JSON.stringify(statusOfError(conflict)))).details, conflict.details);
});

test('statusOfError() puts the token of an expired list where clients look for it', () => {
  const expired = new ApiError('Expired', 'too old', { continueToken: 'next' });
  const status = statusOfError(expired);
  assert.deepEqual([status.metadata, status.details], [{ continue: 'next' }, undefined]);
  assert.deepEqual(statusToError(410, JSON.parse(JSON.stringify(status))).details, expired.details);
});

test('statusToError() falls back to the HTTP code for bodies it does not know', () => {
  const cases = [
    [404, '404 page not found', 'NotFound'],
    [502, undefined, 'InternalError'],
    [503, { reason: 'Odd', message: 7 }, 'ServiceUnavailable'],
    [409, { kind: 'Status' }, 'Conflict'],
  ] as const;
  for (const [code, body, reason] of cases) assert.equal(statusToError(code, body).reason, reason);
});

test('errorResponse() sends Retry-After', () => {
  const response = errorResponse(new ApiError('TooManyRequests', 'Slow down', { retryAfterSeconds: 7 }));
  assert.equal(response.status, 429);
  assert.equal(response.headers['retry-after'], '7');
});
