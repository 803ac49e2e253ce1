/**
 * How long a newcomer waits: `git clone` → `planform up --sites 2` → the example answers on both sites → one of its
 * servers is killed → it runs again. Needs a warm npm cache and kubectl (tools/e2e-setup.sh). Prints one Markdown row
 * per step: `node bench/clone-to-healed.ts`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, eventually, findProcesses, get, kubectlPath, root } from '../e2e/world.ts';

const kubectl = kubectlPath(36) ?? 'kubectl';
const folder = mkdtempSync(join(tmpdir(), 'planform-clone-'));
const clone = join(folder, 'planform');
const port = 12_000 + Math.floor(Math.random() * 8_000);
const startedMs = performance.now();
let lastMs = startedMs;

function step(name: string): void {
  const nowMs = performance.now();
  console.log(`| ${name} | ${((nowMs - lastMs) / 1000).toFixed(1)} | ${((nowMs - startedMs) / 1000).toFixed(1)} |`);
  lastMs = nowMs;
}

async function run(file: string, args: readonly string[]): Promise<string> {
  const result = await command(file, args, { cwd: clone });
  if (result.code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  return result.stdout;
}

console.log('| step | s | since the start |\n|---|---|---|');
await command('git', ['clone', '--quiet', root, clone], { cwd: folder });
step('git clone');
const up = spawn(join(clone, 'planform'), ['up', '--sites', '2', '--port', String(port)], { cwd: clone });
try {
  let output = '';
  for (const stream of [up.stdout, up.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  await eventually('up is ready', 120_000, () => (output.includes('Ctrl-C stops everything.') ? true : undefined));
  step('`planform up --sites 2`, dependencies installed');
  const kubeconfig = (kernel: string) => join(clone, '.planform', kernel, 'kubeconfig');
  await run(kubectl, ['--kubeconfig', kubeconfig('hub'), 'apply', '-f', 'examples/hello/']);
  for (const site of ['sites/site-1', 'sites/site-2']) {
    await eventually(`${site} answers`, 60_000, async () => {
      const address = await run(kubectl, [
        '--kubeconfig',
        kubeconfig(site),
        'get',
        'svc',
        'hello',
        '-o',
        'jsonpath={.spec.clusterIP}',
      ]);
      return (await get(`http://${address}/`)).status === 200 ? true : undefined;
    });
  }
  step('example applied, both sites answer');
  const names = await run(kubectl, [
    '--kubeconfig',
    kubeconfig('sites/site-1'),
    'get',
    'pods',
    '-o',
    'jsonpath={.items[0].metadata.name}',
  ]);
  const servers = () => findProcesses('server.mjs', [`POD_NAME=${names}`]);
  const before = new Set(servers());
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await eventually('the server runs again', 60_000, () =>
    servers().some((pid) => !before.has(pid)) ? true : undefined,
  );
  step('a server killed before it ran for 10 s (back-off), running again');
} finally {
  const ended = new Promise((resolve) => up.once('exit', resolve));
  up.kill('SIGINT');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
