import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { Authorizer } from '../../ports/auth.ts';
import { selfSubjectAccessReviews } from './review.ts';

const authorizer: Authorizer = {
  authorize: ({ verb, resource, path }) => {
    if (path === '/metrics') return { verdict: 'deny', reason: 'not for you' };
    return { verdict: verb === 'get' && resource === 'pods' ? 'allow' : 'noOpinion', reason: '' };
  },
};

function ask(spec: JsonObject): Promise<JsonObject> {
  const request = {
    namespace: '',
    user: { name: 'u', groups: [] },
    receivedAtMs: 0,
    signal: new AbortController().signal,
  };
  const context = { ...request, requestId: '', userAgent: '', warn: () => undefined };
  const call = { context, options: {}, duplicateFields: [] };
  return selfSubjectAccessReviews(authorizer).create({ ...request, body: { spec } }, call);
}

test('selfSubjectAccessReviews() answers as the authorizer decides', async () => {
  const cases: readonly [JsonObject, JsonObject][] = [
    [{ resourceAttributes: { verb: 'get', resource: 'pods' } }, { allowed: true }],
    [{ resourceAttributes: { verb: 'delete', resource: 'pods' } }, { allowed: false }],
    [
      { nonResourceAttributes: { verb: 'get', path: '/metrics' } },
      { allowed: false, denied: true, reason: 'not for you' },
    ],
  ];
  for (const [spec, want] of cases) assert.deepEqual((await ask(spec))['status'], want);
  for (const spec of [{}, { resourceAttributes: {}, nonResourceAttributes: {} }]) {
    await assert.rejects(ask(spec), (error) => isApiError(error, 'Invalid'));
  }
});
