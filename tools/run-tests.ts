/**
 * Runs one class of tests and fails when it found none: `node tools/run-tests.ts unit|real|crash|sim|e2e|soak`.
 *
 * | class | files | how |
 * |---|---|---|
 * | unit | `*.test.ts` in kernel, drivers, planes, programs, tools, sim (not `*.real.test.ts`) | one process |
 * | real | `*.real.test.ts` | a process per file, one at a time |
 * | e2e | `e2e/*.test.ts`, `e2e/kernel/*.test.ts` | a process per file, one at a time |
 * | crash, soak | `e2e/<class>/*.test.ts` | a process per file, one at a time |
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const unitFolders = '{kernel,drivers,planes,programs,tools,sim}';

interface TestClass {
  readonly pattern: string;
  readonly isolated: boolean;
  /** Fewer files than this means that the pattern is broken. */
  readonly filesMin: number;
}

const classes: Readonly<Record<string, TestClass>> = {
  unit: { pattern: `${unitFolders}/**/*.test.ts`, isolated: false, filesMin: 20 },
  real: { pattern: `${unitFolders}/**/*.real.test.ts`, isolated: true, filesMin: 1 },
  crash: { pattern: 'e2e/crash/*.test.ts', isolated: true, filesMin: 1 },
  e2e: { pattern: 'e2e/{*,kernel/*}.test.ts', isolated: true, filesMin: 1 },
  soak: { pattern: 'e2e/soak/*.test.ts', isolated: true, filesMin: 1 },
};

const name = process.argv[2] ?? '';
const testClass = classes[name];
if (testClass === undefined) {
  console.error(`Unknown test class "${name}": allowed are ${Object.keys(classes).join(', ')}`);
  process.exit(2);
}
const files = globSync(testClass.pattern, { cwd: root })
  .filter((file) => name === 'real' || !file.endsWith('.real.test.ts'))
  .sort();
if (files.length < testClass.filesMin) {
  console.error(
    `Found ${files.length} ${name} test files, expected at least ${testClass.filesMin}: is the pattern "${testClass.pattern}" right?`,
  );
  process.exit(2);
}
const isolation = testClass.isolated ? ['--test-concurrency=1'] : ['--test-isolation=none'];
const reporter = process.env['TEST_REPORTER'] ?? 'dot';
const args = ['--enable-source-maps', '--test', `--test-reporter=${reporter}`, ...isolation, ...files];
const run = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
