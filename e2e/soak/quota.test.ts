/**
 * A million random writes of 24 clients under quotas that change, with a `kill -9` after every 5,000: no quota is ever passed.
 * `SOAK_OPERATIONS` takes another number, `SOAK_SEED` another seed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from '../quota/campaign.ts';

const operationCount = Number(process.env['SOAK_OPERATIONS'] ?? 1_000_000);
const seed = Number(process.env['SOAK_SEED'] ?? 1);

test(`no quota is passed in ${operationCount} random concurrent writes with kills`, async () => {
  const options = { operationCount, operationsPerLife: 5_000, livesPerFolder: 20, seed };
  const result = await runCampaign(options, (text) => console.log(text));
  assert.deepEqual(result.overAdmissions, []);
});
