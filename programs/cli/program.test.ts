import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import type { Command } from 'commander';
import { planform, runProgram } from './program.ts';

/** Every command that does something, with its words. */
function commandsBelow(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  const children = command.commands.flatMap((child) => commandsBelow(child, [...words, child.name()]));
  return command.commands.length === 0 ? [[words.join(' '), command]] : children;
}

const commands = commandsBelow(planform);

/** What each command needs at least; nothing runs with it, since every case below is refused or fails before. */
const needed: Readonly<Record<string, readonly string[]>> = {
  up: [],
  hub: [],
  kernel: [],
  'agent join': ['join.json'],
  'agent run': [],
  'agent stop-workloads': [],
  'site invite': ['shop-7'],
  backup: ['--to', '/nowhere/x.tar'],
  restore: ['configmap/settings'],
  check: [],
  'audit verify': [],
  'audit export': [],
  'encryption status': [],
  'encryption rotate': [],
  'encryption remove-key': ['3f0c'],
  'encryption new-key': ['/nowhere/keys'],
  apply: ['--atomic', '-f', '/dev/null'],
  history: ['configmap/settings'],
  diff: ['configmap/settings', '--from', '1'],
  rollback: ['configmap/settings'],
  get: ['configmaps', '--as-of', '1'],
  status: [],
  explain: ['site/site-1'],
  'who-can': ['get', 'pods'],
  login: ['--issuer-url', 'https://issuer.test', '--client-id', 'planform'],
  token: ['--issuer-url', 'https://issuer.test', '--client-id', 'planform'],
  'ca status': [],
  'ca rotate': [],
  'ca switch': [],
  'ca retire': [],
  version: [],
};

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands listen to them as long as their process lives. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const written = { stdout: '', stderr: '' };
for (const [, command] of commands) {
  command.configureOutput({
    writeOut: (text) => (written.stdout += text),
    writeErr: (text) => (written.stderr += text),
  });
}

/** Runs the words of a command line in this process; what is printed by others than the parser goes to standard error here. */
async function run(...words: readonly string[]): Promise<Ended> {
  Object.assign(written, { stdout: '', stderr: '' });
  const listening = new Map(stopSignals.map((name) => [name, process.listeners(name)]));
  const stderr = mock.method(process.stderr, 'write', (chunk: string | Uint8Array) => {
    written.stderr += String(chunk);
    return true;
  });
  try {
    return { code: await runProgram(words), ...written };
  } finally {
    stderr.mock.restore();
    for (const [name, before] of listening) {
      for (const listener of process.listeners(name)) if (!before.includes(listener)) process.off(name, listener);
    }
  }
}

test('every command is in the table of this test', () => {
  assert.deepEqual(
    commands.map(([words]) => words),
    Object.keys(needed),
  );
});

test('every command explains itself, and exits with 2 when it is called wrongly', async (t) => {
  for (const [name, command] of commands) {
    const words = name.split(' ');
    const wrong = async (given: readonly string[], text: RegExp) => {
      const { code, stderr, stdout } = await run(...words, ...given);
      assert.deepEqual([code, stdout], [2, ''], `${name} ${given.join(' ')}: ${stderr}`);
      assert.match(stderr, text);
      assert.ok(stderr.endsWith('(add --help for what is possible)\n'), stderr);
    };
    await t.test(name, async () => {
      const help = await run(...words, '--help');
      assert.deepEqual([help.code, help.stderr], [0, '']);
      assert.ok(help.stdout.startsWith(`Usage: planform ${name} [options]`), help.stdout);
      const rest = needed[name] ?? [];
      await wrong([...rest, '--no-such-option'], /^error: unknown option '--no-such-option'/);
      const most = command.registeredArguments.length;
      const surplus = Array.from({ length: most + 1 }, (_, index) => `a${index}`);
      await wrong([...optionsOf(rest), ...surplus], /^error: too many arguments/);
      if (command.registeredArguments.some(({ required }) => required)) {
        await wrong(optionsOf(rest), /^error: missing required argument '/);
      }
      const mandatory = command.options.find((option) => option.mandatory);
      if (mandatory !== undefined) {
        await wrong(argumentsOf(rest), new RegExp(`^error: required option '.*${mandatory.long}.*' not specified`));
      }
    });
  }
});

/** The words of a command line from its first option on. */
function optionsOf(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => word.startsWith('-'));
  return first < 0 ? [] : words.slice(first);
}

/** Those before it. */
function argumentsOf(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => word.startsWith('-'));
  return first < 0 ? words : words.slice(0, first);
}

test('command lines that cannot be meant are refused with 2 before any file or server is looked at', async (t) => {
  const cases: readonly (readonly [line: string, text: string])[] = [
    ['nonsense', "error: unknown command 'nonsense'"],
    ['hub --port 70000', "'--port <number>' argument '70000' is invalid. It must be a whole number from 1 to 65535."],
    ['hub --log-level loud', "'--log-level <level>' argument 'loud' is invalid. Allowed choices are debug, info,"],
    ['hub --history-days many', "'--history-days <days>' argument 'many' is invalid."],
    ['kernel --simulate-nodes -1', "'--simulate-nodes <number>' argument '-1' is invalid."],
    ['kernel --tracing-endpoint ftp://x', 'It must be an http or https URL without a user'],
    ['kernel --audit-anchor http://', 'planform: --audit-anchor is "http://": it is no URL'],
    ['kernel --audit-anchor [1]', 'planform: --audit-anchor is [1]: a command is a JSON list of strings'],
    [
      'agent run --service-range 10.0.0.0/8',
      'planform: --service-range is "10.0.0.0/8": it must be inside 127.0.0.0/8',
    ],
    ['agent run --pod-ports 5-1', 'planform: --pod-ports is "5-1": it must be <first>-<last>'],
    ['site invite x --label y', 'planform: --label is "y": it must be key=value'],
    ['site invite x --hub-url http://h', 'planform: --hub-url is "http://h": it must be https://<host>[:<port>]'],
    ['restore', 'planform: Cannot tell what to restore\n  say <kind>/<name> of a deleted object, or --from'],
    ['restore --from x.tar', 'planform: Cannot tell what to restore'],
    ['restore cm/x --from x.tar --data y', 'planform: Cannot tell what to restore'],
    ['restore cm/x --encryption-key y', 'planform: Cannot tell what to restore'],
    [
      'restore settings',
      'planform: Cannot find "settings": it must be <kind>/<name>\n  for example configmap/settings',
    ],
    ['restore all', 'planform: A whole namespace comes back as of a revision or time: say --to'],
    ['restore cm/x --prune', 'planform: --prune is for a whole namespace'],
    ['rollback all', 'planform: A whole namespace goes back to a revision or time: say --to'],
    ['rollback cm/x --prune', 'planform: --prune is for a whole namespace'],
    ['rollback all --to yesterday', "argument 'yesterday' is invalid. It is a revision (4711) or a time"],
    ['rollback cm/', 'planform: Cannot find "cm/": it must be <kind>/<name>'],
    ['history a/b/c', 'planform: Cannot find "a/b/c": it must be <kind>/<name>'],
    ['history cm/x --limit 0', "'--limit <number>' argument '0' is invalid. It must be a whole number from 1 to 9999."],
    ['diff cm --from 1', 'planform: Cannot find "cm": it must be <kind>/<name>'],
    ['get cm --as-of yesterday', 'planform: Cannot read --as-of "yesterday"\n  it is a revision (4711) or a time'],
    ['get a/b/c --as-of 1', 'planform: Cannot find "a/b/c": it must be <kind>, <kind>/<name> or all'],
    ['apply --atomic', 'planform: Say what to apply with -f\n  a file, a folder, or - for standard input'],
    ['status -o xml', "'-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, json."],
    ['explain hello', 'planform: Cannot explain "hello": it must be <kind>/<name>'],
    ['explain nonsense/x', 'planform: Cannot explain "nonsense/x": it must be <kind>/<name>\n  known kinds are '],
    ['who-can get pods/', 'planform: Cannot read "pods/": it must be <resource> or <resource>/<name>'],
    ['audit export --since yesterday', 'planform: --since is "yesterday": it must be a time such as'],
    [
      'login --issuer-url http://a --client-id b',
      "'--issuer-url <url>' argument 'http://a' is invalid. It must be an https URL.",
    ],
    ['token --issuer-url x --client-id b', "'--issuer-url <url>' argument 'x' is invalid. It must be an https URL."],
  ];
  for (const [line, text] of cases) {
    await t.test(line, async () => {
      const { code, stdout, stderr } = await run(...line.split(' '));
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.ok(stderr.includes(text), stderr);
    });
  }
});

test('a group of commands by itself is help, and 2', async () => {
  for (const group of ['', 'agent', 'site', 'audit', 'encryption', 'ca']) {
    const { code } = await run(...group.split(' ').filter((word) => word !== ''));
    assert.equal(code, 2, group);
  }
});

test('a command whose server or folder is not there says so, and exits with 1', async (t) => {
  const absent = join(tmpdir(), 'planform-nothing-is-there');
  const folderTexts: Readonly<Record<string, string>> = {
    backup: `There is no store in "${absent}"`,
    check: `There is no store in "${absent}"`,
    'audit verify': `There is no audit log in "${absent}"`,
    'audit export': `There is no audit log in "${absent}"`,
    'agent join': 'Cannot use the join file "',
  };
  for (const [name, command] of commands) {
    const takes = (long: string) => command.options.some((option) => option.long === long);
    const fails = async (more: readonly string[], text: string) => {
      const { code, stdout, stderr } = await run(...name.split(' '), ...(needed[name] ?? []), ...more);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.ok(stderr.startsWith(`planform: ${text}`), stderr);
    };
    if (takes('--kubeconfig') && !['login', 'version', 'apply'].includes(name)) {
      await t.test(`${name} --kubeconfig`, () =>
        fails(['--kubeconfig', absent], `Cannot read the kubeconfig "${absent}": there is none\n  start a hub with`),
      );
    }
    const isServer = ['up', 'hub', 'kernel', 'agent run', 'restore', 'agent stop-workloads'].includes(name);
    if (takes('--data') && !isServer) {
      const text =
        folderTexts[name] ?? (name.startsWith('ca ') ? `Cannot open "${absent}/pki"` : 'Cannot read the kubeconfig');
      await t.test(`${name} --data`, () => fails(['--data', absent], text));
    }
  }
});
