import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokenName, brokenParts } from './broken.ts';
import { runSeed } from './run.ts';

/** Seeds within which every broken build must be caught. */
const catchWithinSeeds = 12;

/** Which check must catch which build. */
const caughtBy: Readonly<Record<BrokenName, string>> = {
  'store-answers-early': 'NothingLost',
  'agent-acknowledges-early': 'PersistedMeansPersisted',
  'agent-takes-missing-for-deleted': 'OrdersGoForward',
  'agent-reads-empty-bundles': 'TombstoneOnly',
  'agent-keeps-blobs-in-memory': 'PersistedMeansPersisted',
  'runtime-forgets-containers': 'OneContainer',
};

describe('simulator', () => {
  test('a seed is always the same world', async () => {
    const [one, two, other] = [await runSeed({ seed: 3 }), await runSeed({ seed: 3 }), await runSeed({ seed: 4 })];
    assert.equal(one.digest, two.digest);
    assert.notEqual(one.digest, other.digest);
  });

  for (const [name, sabotage] of Object.entries(brokenParts)) {
    test(`catches the broken build ${name}`, async () => {
      for (let seed = 1; seed <= catchWithinSeeds; seed++) {
        const { violation } = await runSeed({ seed, sabotage });
        if (violation === undefined) continue;
        assert.equal(violation.rule, caughtBy[name as BrokenName], violation.message);
        return;
      }
      assert.fail(`no violation within ${catchWithinSeeds} seeds`);
    });
  }
});
