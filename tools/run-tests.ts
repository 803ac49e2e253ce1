/**
 * Runs one class of tests and fails when it found none: `node tools/run-tests.ts unit|real|crash|sim|e2e|soak`.
 *
 * | class | files | how |
 * |---|---|---|
 * | unit | `*.test.ts` in kernel, drivers, planes, programs, tools, sim (not `*.real.test.ts`) | one process |
 * | real | `*.real.test.ts` | a process per file, one at a time |
 * | e2e | `e2e/*.test.ts`, `e2e/kernel/*.test.ts` | a process per file; those of one kernel two at a time, then the others alone |
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
const reporter = process.env['TEST_REPORTER'] ?? 'dot';
/** Tests of one kernel mostly wait for it; whole worlds of hubs and sites measure how long things take. */
const isShared = (file: string) => testClass.isolated && file.startsWith('e2e/kernel/');
const shared = files.filter(isShared);
const statuses = [
  runFiles(shared, '--test-concurrency=2'),
  runFiles(
    files.filter((file) => !shared.includes(file)),
    testClass.isolated ? '--test-concurrency=1' : '--test-isolation=none',
  ),
];
process.exit(Math.max(...statuses));

function runFiles(paths: readonly string[], isolation: string): number {
  if (paths.length === 0) return 0;
  const args = ['--enable-source-maps', '--test', `--test-reporter=${reporter}`, isolation, ...paths];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}
