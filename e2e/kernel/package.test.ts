import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type CommandResult, command, eventually, kubectlPath, root } from '../world.ts';
import { freePort } from './hub.ts';

/** What the tests of somebody's operator may look like. */
const program = `
import { startKernel } from 'planform';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
const [kubectl] = process.argv.slice(2);
const run = async (kernel, ...args) =>
  (await promisify(execFile)(kubectl, ['--kubeconfig', kernel.kubeconfigPath, ...args])).stdout.trim();
const kernel = await startKernel({ simulateNodes: 1 });
const kept = await startKernel({ data: 'kept' });
await run(kernel, 'create', 'configmap', 'one', '--from-literal=of=first');
await run(kept, 'create', 'configmap', 'two', '--from-literal=of=second');
const found = { nodes: await run(kernel, 'wait', '--for=create', 'node/node-0'), two: await run(kept, 'get', 'configmap', 'two', '-o', 'name') };
await Promise.all([kernel.stop(), kept.stop()]);
await kernel.stop();
const again = await startKernel({ data: 'kept' });
const taken = await startKernel({ port: Number(new URL(again.url).port) }).catch((error) => error.message);
const result = {
  ...found,
  again: await run(again, 'get', 'configmap', 'two', '-o', 'name'),
  text: again.kubeconfig.includes(again.url) && again.ca.startsWith('-----BEGIN CERTIFICATE-----'),
  removed: !existsSync(kernel.kubeconfigPath),
  taken,
};
await again.stop();
console.log(JSON.stringify(result));
`;

/** Uses every type of the library; `tsc` must accept it. */
const typed = `
import { type RunningKernel, startKernel, type StartKernelOptions } from 'planform';
const options: StartKernelOptions = { data: 'a', port: 1, host: '::1', log: 'warn', simulateNodes: 2 };
export async function use(): Promise<string> {
  await using kernel: RunningKernel = await startKernel(options);
  return kernel.url + kernel.ca + kernel.kubeconfig + kernel.kubeconfigPath;
}
// @ts-expect-error there is no such option
void startKernel({ folder: 'a' });
`;

const kubectl = kubectlPath(36);
const skip = kubectl === undefined ? 'kubectl is missing: run tools/e2e-setup.sh' : false;
/** The project's own Node, as `node`. */
const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`;

test('the packed kernel works in an empty project, as library and as command', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-package-'));
  const project = join(folder, 'project');
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(project);
  const run = (file: string, ...args: readonly string[]) =>
    succeed(command('env', [`PATH=${path}`, `npm_config_cache=${folder}/npm`, file, ...args], { cwd: project }));

  await t.test('it installs without the network', async () => {
    await run('node', join(root, 'tools/build.ts'), join(folder, 'built'));
    await run('npm', 'pack', join(folder, 'built'), '--pack-destination', folder);
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    assert.match(tarball ?? '', /^planform-\d+\.\d+\.\d+\.tgz$/);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    await run('npm', 'install', '--offline', '--no-audit', '--no-fund', join(folder, tarball ?? ''));
    // Node refuses to run TypeScript under node_modules.
    assert.deepEqual(sourcesIn(join(project, 'node_modules/planform')), ['kernel.d.ts']);
  });

  await t.test('as a library', async () => {
    writeFileSync(join(project, 'program.js'), program);
    const { stdout } = await run('node', 'program.js', kubectl ?? '');
    const { taken, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(rest, {
      nodes: 'node/node-0 condition met',
      two: 'configmap/two',
      again: 'configmap/two',
      text: true,
      removed: true,
    });
    assert.match(String(taken), /another process listens there/);
  });

  await t.test('with types', async () => {
    writeFileSync(join(project, 'typed.ts'), typed);
    const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', ''];
    await run(join(root, 'node_modules/.bin/tsc'), ...strict, 'typed.ts');
  });

  await t.test('as a command', async () => {
    const port = await freePort();
    const args = ['planform', 'kernel', '--data', 'command', '--port', String(port)];
    const kernel = spawn('npx', ['--offline', ...args], {
      cwd: project,
      env: { ...process.env, PATH: path, npm_config_cache: join(folder, 'npm') },
      stdio: 'ignore',
      detached: true,
    });
    const kubeconfig = join(project, 'command/kubeconfig');
    await eventually('planform kernel answers', 20_000, async () => {
      if (!existsSync(kubeconfig)) return undefined;
      const { stdout } = await command(kubectl ?? '', ['--kubeconfig', kubeconfig, 'get', 'namespaces', '-o', 'name']);
      return stdout.includes('namespace/default') ? true : undefined;
    });
    const ended = new Promise((resolve) => kernel.once('exit', resolve));
    // npx runs it as a child of its own.
    process.kill(-(kernel.pid ?? 0), 'SIGTERM');
    await ended;
    await eventually('it has stopped', 10_000, () =>
      existsSync(join(dirname(kubeconfig), 'process.json')) ? undefined : true,
    );
  });
});

async function succeed(running: Promise<CommandResult>): Promise<CommandResult> {
  const result = await running;
  assert.equal(result.code, 0, result.stderr + result.stdout);
  return result;
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}
