import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiReason, isApiError } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { Authorizer } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { localSubjectAccessReviews } from '../localsubjectaccessreview/review.ts';
import { selfSubjectRulesReviews } from '../selfsubjectrulesreview/review.ts';
import { subjectAccessReviews } from '../subjectaccessreview/review.ts';
import { tokenReviews } from '../tokenreview/review.ts';

const rule = { verbs: ['get'], groups: [''], resources: ['pods'] };
const authorizer: Required<Authorizer> = {
  authorize: ({ user, namespace }) => ({
    verdict: user.groups.includes('dev') && namespace === 'shop' ? 'allow' : 'noOpinion',
    reason: '',
  }),
  rulesFor: ({ name }) => ({
    resourceRules: [rule, { ...rule }],
    pathRules: [{ verbs: ['get'], paths: ['/metrics'] }],
    problems: name === 'unlucky' ? ['role "x" not found'] : [],
  }),
};

function ask(resource: ComputedResource, spec: JsonObject, name = 'u'): Promise<JsonObject> {
  const asked = { namespace: 'shop', user: { name, groups: [] }, receivedAtMs: 0 };
  const { signal } = new AbortController();
  const context = { ...asked, requestId: '', userAgent: '', signal, warn: () => undefined };
  return resource.create({ ...asked, body: { spec }, signal }, { context, options: {}, duplicateFields: [] });
}

const about = (namespace: string) => ({ resourceAttributes: { verb: 'get', resource: 'pods', namespace } });

test('subjectAccessReviews() and localSubjectAccessReviews() answer for the user of their spec', async () => {
  const [everywhere, local] = [subjectAccessReviews(authorizer), localSubjectAccessReviews(authorizer)];
  const dev = { user: 'alice', groups: ['dev'] };
  assert.deepEqual((await ask(everywhere, { ...dev, ...about('shop') }))['status'], { allowed: true });
  assert.deepEqual((await ask(everywhere, { user: 'bob', ...about('shop') }))['status'], { allowed: false });
  assert.deepEqual((await ask(local, { ...dev, ...about('shop') }))['status'], { allowed: true });
  const refused: readonly (readonly [string, ComputedResource, JsonObject])[] = [
    ['nobody', everywhere, about('shop')],
    ['nothing', everywhere, dev],
    ['two questions', everywhere, { ...dev, ...about('shop'), nonResourceAttributes: {} }],
    ['another namespace', local, { ...dev, ...about('other') }],
    ['a path', local, { ...dev, nonResourceAttributes: { path: '/metrics' } }],
  ];
  for (const [title, resource, spec] of refused) {
    await assert.rejects(ask(resource, spec), (error) => isApiError(error, 'Invalid'), title);
  }
});

test('selfSubjectRulesReviews() lists each rule once and says when it may not be all', async () => {
  const reviews = selfSubjectRulesReviews(authorizer);
  const listed = {
    resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
  };
  assert.deepEqual((await ask(reviews, { namespace: 'shop' }))['status'], { ...listed, incomplete: false });
  assert.deepEqual((await ask(reviews, { namespace: 'shop' }, 'unlucky'))['status'], {
    ...listed,
    incomplete: true,
    evaluationError: 'role "x" not found',
  });
  await assert.rejects(ask(reviews, {}), (error) => isApiError(error, 'BadRequest'));
});

test('tokenReviews() shows the user of a token or why it does not count', async () => {
  const user = { name: 'bot', groups: ['ci'], extra: { k: ['v'] } };
  const reviews = tokenReviews({
    reviewToken: async (token, audiences) => (token === 'good' ? { user, audiences } : { refusal: 'no' }),
  });
  const status = async (spec: JsonObject) => (await ask(reviews, spec))['status'];
  assert.deepEqual(await status({ token: 'good', audiences: ['vault'] }), {
    authenticated: true,
    user: { username: 'bot', groups: ['ci'], extra: { k: ['v'] } },
    audiences: ['vault'],
  });
  assert.deepEqual(await status({ token: 'bad' }), { authenticated: false, user: {}, error: 'no' });
  const reason: ApiReason = 'BadRequest';
  await assert.rejects(ask(reviews, {}), (error) => isApiError(error, reason));
});
