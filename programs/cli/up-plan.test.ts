import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from './exit.ts';
import {
  type UpFolder,
  type UpOptions,
  planUp,
  readyText,
  shortPath,
  siteCountMax,
  siteNumber,
  startCommand,
} from './up-plan.ts';

const prompt = { command: './planform', workingFolder: '/home/ann' };
const emptyFolder: UpFolder = { siteNumbers: [], runningNumbers: [], port: undefined };

function optionsOf(options: Partial<UpOptions> = {}): UpOptions {
  const dataFolder = '/home/ann/.planform';
  return { siteCount: undefined, dataFolder, port: undefined, supervise: false, keepWorkloads: false, ...options };
}

function namesOf(options: Partial<UpOptions>, folder: Partial<UpFolder>): readonly string[] {
  return planUp(optionsOf(options), { ...emptyFolder, ...folder }).sites.map(({ name }) => name);
}

test('planUp() chooses sites by what was asked for and what the folder has', () => {
  assert.deepEqual(namesOf({}, {}), ['site-1'], 'one in a new folder');
  assert.deepEqual(namesOf({ siteCount: 3 }, {}), ['site-1', 'site-2', 'site-3']);
  assert.deepEqual(namesOf({}, { siteNumbers: [1, 2] }), ['site-1', 'site-2'], 'all the folder has');
  assert.deepEqual(namesOf({}, { siteNumbers: [1, 3] }), ['site-1', 'site-3'], 'one was taken out for good');
  assert.deepEqual(namesOf({ siteCount: 1 }, { siteNumbers: [1, 2, 3] }), ['site-1']);
  const left = { siteNumbers: [1, 2, 3], runningNumbers: [3] };
  assert.deepEqual(namesOf({ siteCount: 1 }, left), ['site-1', 'site-3'], 'one still runs: Ctrl-C is to stop it');
});

test('planUp() names sites of the folder that are not started', () => {
  const plan = planUp(optionsOf({ siteCount: 1 }), { ...emptyFolder, siteNumbers: [1, 2, 3] });
  assert.deepEqual(plan.idleSites, ['site-2', 'site-3']);
});

test('planUp() keeps to the port under which the sites know their hub', () => {
  const folder = { ...emptyFolder, siteNumbers: [1], port: 9000 };
  assert.equal(planUp(optionsOf(), emptyFolder).port, 7443);
  assert.equal(planUp(optionsOf(), folder).port, 9000);
  assert.equal(planUp(optionsOf({ port: 9000 }), folder).port, 9000);
  assert.throws(
    () => planUp(optionsOf({ port: 9001 }), folder),
    (error) => error instanceof CommandError && /--port is 9001.*at port 9000/.test(error.message),
  );
});

test('planUp() refuses ports beyond the last one', () => {
  assert.equal(planUp(optionsOf({ port: 65_533, siteCount: 2 }), emptyFolder).sites.length, 2);
  assert.throws(() => planUp(optionsOf({ port: 65_534, siteCount: 2 }), emptyFolder), /up to 65536/);
});

test('planUp() gives every part folders, ports and ranges of its own', () => {
  const { hub, sites } = planUp(optionsOf({ siteCount: siteCountMax }), emptyFolder);
  const valuesOf = (option: string) =>
    [hub, ...sites].flatMap(({ args }) => (args.includes(option) ? [args[args.indexOf(option) + 1] ?? ''] : []));
  for (const option of ['--data', '--port', '--service-range', '--pod-ports']) {
    const values = valuesOf(option);
    assert.equal(new Set(values).size, values.length, `${option} is the same twice`);
    assert.ok(values.length >= siteCountMax);
  }
  const podPorts = valuesOf('--pod-ports').map((range) => range.split('-').map(Number));
  for (const [index, [first = 0, last = 0]] of podPorts.entries()) {
    assert.ok(first > (podPorts[index - 1]?.[1] ?? 0) && last > first && last < 32_768, `${first}-${last}`);
  }
});

test('siteNumber() reads folder names of sites', () => {
  assert.deepEqual(['site-1', 'site-32', 'site-33', 'site-0', 'site-01', 'site-', 'lost+found'].map(siteNumber), [
    1,
    32,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('startCommand() can be typed where the person is', () => {
  const { hub, sites } = planUp(optionsOf(), emptyFolder);
  assert.equal(startCommand(hub, prompt), './planform hub --data .planform/hub --port 7443');
  const elsewhere = { command: '/opt/planform/planform', workingFolder: '/srv/other' };
  assert.equal(startCommand(hub, elsewhere), '/opt/planform/planform hub --data /home/ann/.planform/hub --port 7443');
  assert.match(
    sites[0] === undefined ? '' : startCommand(sites[0], prompt),
    /^\.\/planform agent run --data \.planform/,
  );
  assert.equal(shortPath('/home/ann', prompt), '.');
});

test('readyText() prints commands that work as they are', () => {
  const urls = new Map([
    ['hub', 'https://127.0.0.1:7443'],
    ['site-1', 'https://127.0.0.1:7444'],
  ]);
  const text = readyText(planUp(optionsOf(), emptyFolder), urls, 1234, prompt);
  assert.match(text, /Ready in 1\.2 s\. Hub: https:\/\/127\.0\.0\.1:7443\n/);
  assert.match(text, /\nsite-1 +https:\/\/127\.0\.0\.1:7444 +\.planform\/sites\/site-1\/kubeconfig\n/);
  assert.match(text, /\n {2}\.\/planform status\n/, 'the default kubeconfig is not spelled out');
  const other = readyText(planUp(optionsOf({ dataFolder: '/srv/b' }), emptyFolder), urls, 0, prompt);
  assert.match(other, /\n {2}\.\/planform status --kubeconfig \/srv\/b\/hub\/kubeconfig\n/);
  const led = readyText(planUp(optionsOf(), emptyFolder), urls, 0, { ...prompt, hasKubeconfig: true });
  assert.match(led, /\n {2}\.\/planform status --kubeconfig \.planform\/hub\/kubeconfig\n/);
});
