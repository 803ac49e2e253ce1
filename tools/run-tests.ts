/**
 * Runs one class of tests and fails when it found none: `node tools/run-tests.ts unit|real|crash|e2e|soak [PART-OF-A-NAME …]`.
 *
 * | class | files | how |
 * |---|---|---|
 * | unit | `*.test.ts` in kernel, drivers, planes, programs, tools, sim (not `*.real.test.ts`) | one process |
 * | real | `*.real.test.ts` | a process per file, one at a time |
 * | e2e | `e2e/*.test.ts`, `e2e/kernel/*.test.ts` | a process per file; those of one kernel two at a time, then the others alone |
 * | crash, soak | `e2e/<class>/*.test.ts` | a process per file, one at a time |
 *
 * A file that has its own process gets a line when it ends, with its seconds, and its output when it failed.
 * One that does not end within its limit is killed with what it started, and the tests it had not ended are named.
 */
import { spawn, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const unitFolders = '{kernel,drivers,planes,programs,tools,sim}';
const minute = 60_000;

interface TestClass {
  readonly pattern: string;
  /** How long one file may take; absent: all files share one process. */
  readonly limitMs?: number;
  /** Fewer files than this means that the pattern is broken. */
  readonly filesMin: number;
}

const classes: Readonly<Record<string, TestClass>> = {
  unit: { pattern: `${unitFolders}/**/*.test.ts`, filesMin: 20 },
  real: { pattern: `${unitFolders}/**/*.real.test.ts`, limitMs: 5 * minute, filesMin: 1 },
  crash: { pattern: 'e2e/crash/*.test.ts', limitMs: 6 * minute, filesMin: 1 },
  e2e: { pattern: 'e2e/{*,kernel/*}.test.ts', limitMs: 6 * minute, filesMin: 1 },
  soak: { pattern: 'e2e/soak/*.test.ts', limitMs: 12 * 60 * minute, filesMin: 1 },
};

const [name = '', ...parts] = process.argv.slice(2);
const testClass = classes[name];
if (testClass === undefined) {
  console.error(`Unknown test class "${name}": allowed are ${Object.keys(classes).join(', ')}`);
  process.exit(2);
}
const files = globSync(testClass.pattern, { cwd: root })
  .filter((file) => name === 'real' || !file.endsWith('.real.test.ts'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort();
const filesMin = parts.length === 0 ? testClass.filesMin : 1;
if (files.length < filesMin) {
  console.error(
    `Found ${files.length} ${name} test files, expected at least ${filesMin}: is the pattern "${testClass.pattern}" right?`,
  );
  process.exit(2);
}

if (testClass.limitMs === undefined) process.exit(runTogether(files));
/** Tests of one kernel mostly wait for it; whole worlds of hubs and sites measure how long things take. */
const shared = files.filter((file) => file.startsWith('e2e/kernel/'));
const alone = files.filter((file) => !shared.includes(file));
const passed = [await runEach(shared, 2, testClass.limitMs), await runEach(alone, 1, testClass.limitMs)];
process.exit(passed.every(Boolean) ? 0 : 1);

function runTogether(paths: readonly string[]): number {
  const reporter = process.env['TEST_REPORTER'] ?? 'dot';
  const args = ['--enable-source-maps', '--test', `--test-reporter=${reporter}`, '--test-isolation=none', ...paths];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

/** Runs files in processes of their own, `lanes` at a time; true when all passed. */
async function runEach(paths: readonly string[], lanes: number, limitMs: number): Promise<boolean> {
  const waiting = [...paths];
  let allPassed = true;
  const lane = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (!(await runFile(path, limitMs))) allPassed = false;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return allPassed;
}

/** Runs one file as the leader of a process group, so that a limit ends what it started too. */
async function runFile(path: string, limitMs: number): Promise<boolean> {
  const startedAt = performance.now();
  const args = ['--enable-source-maps', '--test-reporter=spec', path];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const stopChild = () => killGroup(child.pid);
  const stopped = () => {
    stopChild();
    process.exit(1);
  };
  process.once('SIGINT', stopped).once('SIGTERM', stopped);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    console.log(processTree());
    stopChild();
  }, limitMs);
  const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', reject);
  });
  clearTimeout(limit);
  stopChild();
  process.off('SIGINT', stopped).off('SIGTERM', stopped);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const hasPassed = exit.code === 0;
  console.log(`${hasPassed ? '✔' : '✖'} ${path} ${seconds} s`);
  if (!hasPassed) {
    console.log(Buffer.concat(output).toString());
    const end = isLate ? `did not end within ${limitMs / 1000} s` : `ended with ${exit.code ?? exit.signal}`;
    console.log(`✖ ${path} ${end}; alone: node tools/run-tests.ts ${name} ${path}`);
  }
  child.stdout.destroy();
  child.stderr.destroy();
  return hasPassed;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** What runs, for the one who looks for what a late test waits for. */
function processTree(): string {
  return spawnSync('ps', ['-eo', 'pid,ppid,etime,time,args', '--forest', '--width', '160'], { encoding: 'utf8' })
    .stdout;
}
