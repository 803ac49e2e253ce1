import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from '../base/metrics.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { ApiError } from '../meta/errors.ts';
import type { UserInfo } from '../ports/auth.ts';
import { AuthMetrics } from './auth-metrics.ts';

const refuse = () => {
  throw new ApiError('Unauthorized', 'Unauthorized');
};

// Kubernetes: endpoints/filters/metrics.go and authentication/token/cache/stats.go.
test('AuthMetrics counts who asks and how that was found out', async () => {
  const metrics = new AuthMetrics(new VirtualClock());
  const user = (name: string): UserInfo => ({ name, groups: [] });
  await metrics.authentication({}, () => user('kubelet'));
  await metrics.authentication({ bearerToken: 'a' }, () => user('a@example.com'));
  await metrics.authentication({ bearerToken: 'b' }, async () => user('bob'));
  assert.throws(() => metrics.authentication({}, refuse));
  await assert.rejects(async () => metrics.authentication({ bearerToken: 'c' }, async () => refuse()));
  const lines = formatMetrics(metrics.families()).split('\n');
  const counts = lines.filter((line) => !/^#|_bucket|_sum|_count/.test(line) && line !== '');
  assert.deepEqual(counts, [
    'authenticated_user_requests{username="kubelet"} 1',
    'authenticated_user_requests{username="email_id"} 1',
    'authenticated_user_requests{username="other"} 1',
    'authentication_attempts{result="error"} 1',
    'authentication_attempts{result="failure"} 1',
    'authentication_attempts{result="success"} 3',
    'authentication_token_cache_request_total{status="hit"} 1',
    'authentication_token_cache_request_total{status="miss"} 2',
    'authentication_token_cache_fetch_total{status="ok"} 1',
    'authentication_token_cache_fetch_total{status="error"} 1',
  ]);
  assert.ok(lines.includes('authentication_token_cache_request_duration_seconds_count{status="miss"} 2'));
});

test('AuthMetrics counts what users may', () => {
  const metrics = new AuthMetrics(new VirtualClock());
  const verdicts = ['allow', 'noOpinion', 'noOpinion', 'deny'] as const;
  let asked = 0;
  const authorizer = metrics.authorizer({
    authorize: () => ({ verdict: verdicts[asked++] ?? 'allow', reason: '' }),
  });
  const none = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  for (const _ of verdicts) authorizer.authorize({ user: { name: 'a', groups: [] }, verb: 'get', ...none });
  const lines = formatMetrics(metrics.families()).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('authorization_attempts_total{')),
    [
      'authorization_attempts_total{result="allowed"} 1',
      'authorization_attempts_total{result="denied"} 1',
      'authorization_attempts_total{result="no-opinion"} 2',
    ],
  );
});
