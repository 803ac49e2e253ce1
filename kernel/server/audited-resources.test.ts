import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../meta/errors.ts';
import type { Auditor, AuditOutcome } from '../ports/audit.ts';
import type { ResourceContext, ResourceTarget } from '../ports/resources.ts';
import { auditedResources } from './audited-resources.ts';
import { FakeResources, widget } from './testing/fake-resources.ts';

const target: ResourceTarget = { definition: widget, version: 'v1', namespace: 'default', name: 'a', subresource: '' };

/** What is recorded of a get that ends in an error. */
async function outcomesOf(error: Error, signal = new AbortController().signal): Promise<readonly AuditOutcome[]> {
  const outcomes: AuditOutcome[] = [];
  const auditor: Auditor = {
    begin: () => ({
      actsAs: () => undefined,
      decided: () => undefined,
      annotate: () => undefined,
      sent: () => undefined,
      committing: () => [],
      answered: (outcome) => void outcomes.push(outcome),
      ended: () => undefined,
    }),
    room: () => undefined,
    metrics: () => [],
  };
  const resources = new FakeResources();
  resources.get = async () => {
    throw error;
  };
  const context: ResourceContext = {
    user: { name: 'system:controller', groups: [] },
    requestId: 'r1',
    receivedAtMs: 0,
    userAgent: 'test',
    signal,
    warn: () => undefined,
  };
  await assert.rejects(auditedResources(resources, auditor).get(context, target, {}), error);
  return outcomes;
}

test('auditedResources() records how a call ended, whatever it ended in', async () => {
  const [refused] = await outcomesOf(new ApiError('Forbidden', 'no'));
  assert.equal(refused?.code, 403);
  const [broken, ...more] = await outcomesOf(new TypeError('a bug with a secret in it'));
  assert.deepEqual(more, []);
  assert.equal(broken?.code, 500);
  assert.match(JSON.stringify(broken.status), /"message":"Internal error occurred; .* under request r1"/);
  assert.ok(!JSON.stringify(broken).includes('secret'));
  const aborted = AbortSignal.abort(new DOMException('Stopped', 'AbortError'));
  const [givenUp] = await outcomesOf(new DOMException('Stopped', 'AbortError'), aborted);
  assert.equal(givenUp?.code, 504);
});
