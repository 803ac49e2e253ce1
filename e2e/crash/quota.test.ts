import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from '../quota/campaign.ts';

const operationCount = 10_000;

// A million of them: `npm run soak`.
test(`no quota is passed in ${operationCount} random concurrent writes with kills`, async (t) => {
  const options = { operationCount, operationsPerLife: 2_500, livesPerFolder: 6, seed: 1 };
  const result = await runCampaign(options, (text) => t.diagnostic(text));
  assert.deepEqual(result.overAdmissions, []);
  assert.ok(result.crashes >= 4 && result.denials > operationCount / 50, 'Quotas refused, and the server was killed');
  assert.ok(result.done > operationCount / 5, 'Writes were done');
});
