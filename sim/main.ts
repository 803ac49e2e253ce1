import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type BrokenName, brokenParts, isBrokenName } from './broken.ts';
import { type RunResult, runSeed } from './run.ts';

/** What the command line asks for. */
interface Options {
  readonly first: number;
  readonly seeds: number;
  readonly verbose: boolean;
  readonly broken: BrokenName | undefined;
}

/** What a worker sends: that it is ready for a seed, then how each ended. */
type Report = { readonly type: 'idle' } | { readonly type: 'ended'; readonly result: RunResult };

const usage = `Usage: node sim/main.ts [--seeds 300] [--first 1] [--seed 4711] [--verbose] [--broken <name>]

  --seeds <n>      run n seeds (default 300)
  --first <n>      begin with this seed (default 1)
  --seed <n>       run this one seed
  --verbose        print everything that happens; with --seed
  --broken <name>  run a deliberately broken build, which must be caught: ${Object.keys(brokenParts).join(', ')}
`;

const workersMax = 2;
/** Lines of the trace shown with a violation. */
const tailLines = 40;
/** Wall time after which a seed counts as stuck: a loop that never waits for anything keeps virtual time from moving. */
const stuckAfterMs = 90_000;

function readOptions(argv: readonly string[]): Options {
  const valueOf = (flag: string) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  const numberOf = (flag: string, fallback: number) => {
    const text = valueOf(flag);
    const number = text === undefined ? fallback : Number(text);
    if (!Number.isSafeInteger(number) || number < 1)
      throw new RangeError(`${flag} is "${text}": it must be a whole number of at least 1`);
    return number;
  };
  const known = ['--seeds', '--first', '--seed', '--verbose', '--broken'];
  const unknown = argv.find((item) => item.startsWith('--') && !known.includes(item));
  if (unknown !== undefined) throw new RangeError(`Unknown option ${unknown}`);
  const broken = valueOf('--broken');
  if (broken !== undefined && !isBrokenName(broken))
    throw new RangeError(`--broken is "${broken}": it must be one of ${Object.keys(brokenParts).join(', ')}`);
  const isSingle = argv.includes('--seed');
  return {
    first: isSingle ? numberOf('--seed', 1) : numberOf('--first', 1),
    seeds: isSingle ? 1 : numberOf('--seeds', 300),
    verbose: argv.includes('--verbose'),
    broken,
  };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const options = readOptions(argv);
  const startedMs = performance.now();
  const { results, stuckSeed } =
    options.seeds === 1 || options.verbose ? await runHere(options) : await runInWorkers(options);
  const violations = results.filter(({ violation }) => violation !== undefined).sort((a, b) => a.seed - b.seed);
  for (const result of violations.slice(0, 3)) printViolation(result, options);
  if (stuckSeed !== undefined)
    print(
      `✖ seed ${stuckSeed} is stuck: no end after ${stuckAfterMs / 1000} s\n  repeat: ${command(stuckSeed, options)}`,
    );
  printSummary(results, performance.now() - startedMs, violations.length);
  return violations.length > 0 || stuckSeed !== undefined ? 1 : 0;
}

interface Outcome {
  readonly results: readonly RunResult[];
  readonly stuckSeed?: number;
}

async function runHere({ first, seeds, verbose, broken }: Options): Promise<Outcome> {
  const results: RunResult[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const result = await runSeed({ seed, ...sabotageOf(broken), ...(verbose ? { print } : {}) });
    results.push(result);
    if (result.violation !== undefined) break;
  }
  return { results };
}

/** Spreads the seeds over workers, one seed at a time; ends at the first violation. */
async function runInWorkers(options: Options): Promise<Outcome> {
  const results: RunResult[] = [];
  let next = options.first;
  let stuckSeed: number | undefined;
  const end = options.first + options.seeds;
  const isOver = () =>
    next >= end || stuckSeed !== undefined || results.some(({ violation }) => violation !== undefined);
  const runOne = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { broken: options.broken } });
      let watchdog: NodeJS.Timeout | undefined;
      const give = () => {
        clearTimeout(watchdog);
        if (isOver()) return void worker.terminate();
        const seed = next++;
        watchdog = setTimeout(() => {
          stuckSeed = seed;
          void worker.terminate();
        }, stuckAfterMs);
        worker.postMessage(seed, []);
      };
      worker.on('message', (report: Report) => {
        if (report.type === 'ended') {
          results.push(report.result);
          if (results.length % 50 === 0) printProgress(results, options.seeds);
        }
        give();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  const count = Math.min(workersMax, availableParallelism(), options.seeds);
  await Promise.all(Array.from({ length: count }, runOne));
  return stuckSeed === undefined ? { results } : { results, stuckSeed };
}

function printProgress(results: readonly RunResult[], of: number): void {
  print(`${results.length}/${of} seeds, ${summarize(results)}`);
}

function printSummary(results: readonly RunResult[], wallMs: number, violationCount: number): void {
  const mark = violationCount === 0 ? '✔' : '✖';
  print(
    `${mark} ${results.length} seeds, ${violationCount} violations; ${summarize(results)}; ${(wallMs / 1000).toFixed(0)} s of wall time`,
  );
}

function summarize(results: readonly RunResult[]): string {
  const sum = (value: (result: RunResult) => number) => results.reduce((total, result) => total + value(result), 0);
  const hours = sum(({ virtualMs }) => virtualMs) / 3_600_000;
  return [
    `${sum(({ actions }) => actions)} operations`,
    `${sum(({ faults }) => faults)} faults`,
    `${sum(({ crashes }) => crashes)} crashes`,
    `${sum(({ requests }) => requests)} requests over the line`,
    `${sum(({ acknowledged }) => acknowledged)} acknowledged writes checked`,
    `${hours.toFixed(1)} h of virtual time`,
  ].join(', ');
}

function printViolation({ seed, violation, tail }: RunResult, options: Options): void {
  for (const line of tail.slice(-tailLines)) print(`  ${line}`);
  print(`✖ seed ${seed} at ${violation?.atMs.toFixed(0)} ms: ${violation?.rule}: ${violation?.message}`);
  print(`  repeat: ${command(seed, options)}`);
}

function command(seed: number, { broken }: Options): string {
  return `node sim/main.ts --seed ${seed} --verbose${broken === undefined ? '' : ` --broken ${broken}`}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sabotageOf(broken: BrokenName | undefined) {
  return broken === undefined ? {} : { sabotage: brokenParts[broken] };
}

async function work(): Promise<void> {
  const { broken } = workerData as { readonly broken: BrokenName | undefined };
  parentPort?.on('message', (seed: number) => {
    void runSeed({ seed, ...sabotageOf(broken) }).then((result) =>
      parentPort?.postMessage({ type: 'ended', result } satisfies Report, []),
    );
  });
  parentPort?.postMessage({ type: 'idle' } satisfies Report, []);
}

if (isMainThread) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
} else {
  await work();
}
