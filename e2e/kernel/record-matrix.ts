import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { kubectlPath, root } from '../world.ts';

/**
 * Runs the matrix with every kubectl there is, 1.20 … 1.36, and writes what works with which to docs/reference/clients.md:
 * `npm run e2e:matrix`. Ends with 1 when something fails.
 */
const page = join(root, 'docs', 'reference', 'clients.md');
const minors = Array.from({ length: 17 }, (_, index) => 20 + index).filter((minor) => kubectlPath(minor) !== undefined);
process.env['PLANFORM_KUBECTLS'] = minors.join(',');

type Result = 'yes' | 'not in this version' | 'FAILS';

/** Results by name of the version, then by name of the scenario. */
const results = new Map<string, Map<string, Result>>();
/** Scenarios of the version that is being reported: those come before the version itself. */
let scenarios = new Map<string, Result>();

interface Report {
  readonly name: string;
  readonly nesting: number;
  readonly skip?: boolean | string | undefined;
}

function note({ name, nesting, skip }: Report, result: Result): void {
  if (nesting === 2) scenarios.set(name, skip === undefined || skip === false ? result : 'not in this version');
  if (nesting !== 1) return;
  results.set(name, scenarios);
  scenarios = new Map();
  console.log(`${name}: ${result}`);
}

const stream = run({ files: [join(import.meta.dirname, 'matrix.test.ts')] });
stream.on('test:pass', (report) => note(report, 'yes'));
stream.on('test:fail', (report) => {
  note(report, 'FAILS');
  process.exitCode = 1;
  if (report.nesting === 2) console.error(`${report.name}:`, report.details.error.cause);
});
stream.on('end', () => {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, pageOf());
});
stream.resume();

function pageOf(): string {
  const versions = minors.map((minor) => `kubectl 1.${minor}`);
  const names = [...(results.get(versions.at(-1) ?? '')?.keys() ?? [])];
  const width = Math.max(...names.map((name) => name.length));
  const row = (title: string, cells: readonly string[]) =>
    `| ${title.padEnd(width)} | ${cells.map((cell) => cell.padEnd(4)).join(' | ')} |`;
  const marks: Readonly<Record<Result, string>> = { yes: '✓', 'not in this version': '–', FAILS: '✗' };
  const lines = names.map((name) =>
    row(
      name,
      versions.map((version) => marks[results.get(version)?.get(name) ?? 'FAILS']),
    ),
  );
  return `# Clients

What unmodified clients do on \`planform kernel\`, asserted on their output. Written by \`npm run e2e:matrix\`.

✓ works · – not with this version: it has no such command, or speaks only API versions that are gone · ✗ fails

${row(
  'kubectl',
  minors.map((minor) => `1.${minor}`),
)}
| ${'-'.repeat(width)} | ${minors.map(() => '----').join(' | ')} |
${lines.join('\n')}

Every commit is also tested with Helm 3.17 and 4.2 (\`e2e/kernel/helm.test.ts\`), client-go 0.36 (\`client-go.test.ts\`), @kubernetes/client-node 2.0
(\`client-node.test.ts\`), the Python client 37.0 (\`client-python.test.ts\`) and a dashboard's requests with watches over WebSocket
(\`headlamp.test.ts\`).
`;
}
