import { suite, test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { accessScenarios } from './scenarios/access.ts';
import { applyingScenarios } from './scenarios/applying.ts';
import { kindScenarios } from './scenarios/kinds.ts';
import { lifeScenarios, restart } from './scenarios/life.ts';
import { emptiness, readingScenarios } from './scenarios/reading.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { writingScenarios } from './scenarios/writing.ts';

/** research/kernel.md §1.1: every command of kubectl that needs no running container. */
const scenarios: readonly Scenario[] = [
  ...readingScenarios,
  ...writingScenarios,
  ...applyingScenarios,
  ...lifeScenarios,
  ...kindScenarios,
  ...accessScenarios,
];

/** Minor versions; `PLANFORM_KUBECTLS=20,21` chooses others (`npm run e2e:matrix`: all there are). */
const minors = (process.env['PLANFORM_KUBECTLS'] ?? '36,31,20').split(',').map(Number);

suite('kubectl against planform kernel', { concurrency: 2 }, () => {
  for (const minor of minors) {
    const path = kubectlPath(minor);
    const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;
    test(`kubectl 1.${minor}`, { skip }, async (t) => {
      await using hub = await Hub.start({ subcommand: 'kernel' });
      const kubectl = new Kubectl(path ?? '', hub);
      await t.test('finds a new server empty', () => emptiness(kubectl, { hub, minor }));
      for (const [index, { name, sinceMinor = 0, run }] of scenarios.entries()) {
        const skipped = minor < sinceMinor ? `since kubectl 1.${sinceMinor}` : false;
        await t.test(name, { skip: skipped }, async () => run(await kubectl.inNew(`n${index}`), { hub, minor }));
      }
      await t.test('goes on after a restart of the server', () => restart(kubectl, { hub, minor }));
    });
  }
});
