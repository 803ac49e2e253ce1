import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { hasEnvironmentEntry, listProcesses, readProcess } from '../api/processes.ts';
import type { ContainerSpec, ContainerState } from '../api/runtime.ts';
import { DriverError } from '../api/runtime.ts';
import type { Behaviour } from '../api/runtime-conformance.ts';
import { readLog, stateOf, testRuntime, untilOver, untilWritten } from '../api/runtime-conformance.ts';
import { containerMarkName } from './environment.ts';
import type { ProcessRuntime, ProcessRuntimeOptions } from './process-runtime.ts';
import { openProcessRuntime } from './process-runtime.ts';

// Runs real processes on this host; needs /proc, sh and util-linux. What root alone can do is skipped for others, loudly.
const isRoot = process.getuid?.() === 0;
const signal = AbortSignal.timeout(120_000); // a test that hangs fails
const code = (expected: string) => (error: unknown) => error instanceof DriverError && error.code === expected;

function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'planform-process-'));
}

function openAt(folder: string, more: Partial<ProcessRuntimeOptions> = {}): Promise<ProcessRuntime> {
  const options = { folder, nodeBinaryPath: process.execPath, clock: systemClock, logger: silentLogger, ...more };
  return openProcessRuntime(options, signal);
}

function specOf(id: string, command: readonly string[], more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    id,
    podUid: 'uid',
    podName: 'default/pod',
    containerName: 'web',
    attempt: 0,
    command,
    env: {},
    mounts: [],
    ...more,
  };
}

/** Ends and removes every container, then the folder. */
async function clear(runtime: ProcessRuntime, folder: string): Promise<void> {
  for (const { id } of await runtime.observe(signal)) {
    await runtime.stop(id, { graceMs: 0 }, signal);
    await runtime.remove(id, signal);
  }
  await runtime[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

/** Processes that carry the mark of a container. */
async function processesOf(id: string): Promise<readonly number[]> {
  const pids: number[] = [];
  for (const { pid } of await listProcesses())
    if (await hasEnvironmentEntry(pid, `${containerMarkName}=${id}`)) pids.push(pid);
  return pids;
}

/** Pid of a container's supervisor, from its claim. */
function supervisorOf(folder: string, id: string): number {
  return Number.parseInt(readFileSync(join(folder, 'containers', id, 'claim'), 'utf8'), 10);
}

function commandFor(behaviour: Behaviour): readonly string[] {
  switch (behaviour.kind) {
    case 'runs':
      return ['sleep', '1000000'];
    case 'ignoresTerm':
      return ['sh', '-c', 'trap "" TERM; echo ready; exec sleep 1000000'];
    case 'ends':
      return [
        'sh',
        '-c',
        'code=$1; shift; for line; do echo "$line"; done; exit "$code"',
        'sh',
        String(behaviour.exitCode),
        ...behaviour.lines,
      ];
    case 'writes':
      return ['sh', '-c', 'for line; do echo "$line"; done; exec sleep 1000000', 'sh', ...behaviour.lines];
    case 'missing':
      return ['/no/such/program'];
  }
}

for (const [name, more] of [
  ['process, as the host allows', {}],
  ['process, without mounts and control groups', { mounts: 'never', controlGroups: 'never' }],
] as const) {
  testRuntime(name, async () => {
    const folder = tempFolder();
    return {
      open: () => openAt(folder, more),
      release: (runtime) => (runtime as ProcessRuntime)[Symbol.asyncDispose](),
      spec: (id, behaviour) => specOf(id, commandFor(behaviour)),
      kill: ({ pid }) => process.kill(pid ?? 0, 'SIGKILL'),
      helloCommand: ['sh', '-c', 'printf hello; exit 3'],
      dispose: async () => rmSync(folder, { recursive: true }),
    };
  });
}

/** A folder and the runtime opened on it just now. */
class Place {
  readonly folder = tempFolder();
  #runtime: ProcessRuntime | undefined;

  get runtime(): ProcessRuntime {
    assert.ok(this.#runtime, 'The runtime is open');
    return this.#runtime;
  }

  async open(more: Partial<ProcessRuntimeOptions>): Promise<void> {
    this.#runtime = await openAt(this.folder, more);
  }
}

/** A group of tests on one runtime. */
function onRuntime(name: string, more: Partial<ProcessRuntimeOptions>, register: (place: Place) => void): void {
  describe(name, () => {
    const place = new Place();
    before(() => place.open(more));
    after(() => clear(place.runtime, place.folder));
    register(place);
  });
}

/** Runs a command in a container to its end. @returns its output and state. */
async function run(
  runtime: ProcessRuntime,
  spec: ContainerSpec,
): Promise<{ readonly output: string; readonly state: ContainerState }> {
  await runtime.start(spec, signal);
  const state = await untilOver(runtime, spec.id, signal);
  return { output: await readLog(runtime, spec.id, {}, signal), state };
}

onRuntime('process runtime: what a program is given', {}, (place) => {
  test('arguments reach it as they are', async () => {
    const items = ['$(touch /tmp/planform-oops)', 'a b', '*', '"', "'", '\\', '; exit 9', '-n', 'ünïcødé', ''];
    const { output } = await run(place.runtime, specOf('args', ['printf', '[%s]', ...items]));
    assert.equal(output, items.map((item) => `[${item}]`).join(''));
    assert.equal(existsSync('/tmp/planform-oops'), false);
  });

  test('the environment reaches it exactly, and nothing of the agent does', async () => {
    const env = {
      PLAIN: 'x',
      EMPTY: '',
      LINES: 'a\nb\n',
      SLASH: 'a\\nb\\',
      QUOTES: `"'\``,
      SHELL_WORDS: '$(id) ${HOME} *',
      'dotted.name': 'd',
      UID: '7',
      IFS: ',',
      planform_folder: '/x',
      UTF8: 'ünï',
    };
    const { output } = await run(place.runtime, specOf('env', ['env', '-0'], { env }));
    const seen = Object.fromEntries(
      output
        .split('\0')
        .filter(Boolean)
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    const { PATH, PLANFORM_ROOT, [containerMarkName]: mark, ...rest } = seen;
    assert.deepEqual(rest, env);
    assert.equal(PATH?.split(':')[0], dirname(process.execPath));
    assert.deepEqual([PLANFORM_ROOT, mark], ['', 'env']);
  });

  test('values of the environment stand in no command line', async () => {
    await place.runtime.start(specOf('secret', ['sleep', '1000000'], { env: { PASSWORD: 'tell-nobody' } }), signal);
    for (const pid of await processesOf('secret'))
      assert.ok(!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('tell-nobody'));
    assert.equal((await processesOf('secret')).length, 1);
  });

  test("a given PATH comes after the folder of Planform's own Node", async () => {
    const { output } = await run(
      place.runtime,
      specOf('path', ['/bin/sh', '-c', 'echo "$PATH"; node --version'], { env: { PATH: '/usr/bin:/bin' } }),
    );
    assert.equal(output, `${dirname(process.execPath)}:/usr/bin:/bin\n${process.version}\n`);
  });

  test('it runs in its working directory, with an empty input and usual rights on new files', async () => {
    const { output } = await run(
      place.runtime,
      specOf('cwd', ['sh', '-c', 'pwd; cat; umask'], { workingDir: '/usr/bin' }),
    );
    assert.equal(output, '/usr/bin\n0022\n');
  });

  test('a missing working directory refuses the start with its name', async () => {
    await assert.rejects(
      place.runtime.start(specOf('nocwd', ['true'], { workingDir: '/no/such/folder' }), signal),
      /working directory "\/no\/such\/folder"/,
    );
  });

  test('an environment entry too long for any program refuses the start', async () => {
    await assert.rejects(
      place.runtime.start(specOf('long', ['true'], { env: { LONG: 'x'.repeat(140_000) } }), signal),
      code('StartFailed'),
    );
    assert.equal(existsSync(join(place.folder, 'containers', '.new-long')), false);
  });

  test('an id that is no safe file name is refused', async () => {
    for (const id of ['', '.', '..', '../x', 'a/b', '-x', 'a b', 'x'.repeat(300)]) {
      await assert.rejects(place.runtime.start(specOf(id, ['true']), signal), code('StartFailed'));
    }
  });

  test('a signal of its own shows as 128 plus its number', async () => {
    const { state } = await run(place.runtime, specOf('segv', ['sh', '-c', 'kill -SEGV $$']));
    assert.equal(state.exitCode, 139);
  });

  test('what it leaves running is gone when it ends', async () => {
    const { state } = await run(
      place.runtime,
      specOf('leaves', ['sh', '-c', 'sleep 1000000 & setsid sleep 1000000 & exit 5']),
    );
    assert.equal(state.exitCode, 5);
    assert.deepEqual(await processesOf('leaves'), []);
  });

  test("exec() gives the container's environment, working directory and limits to the command", async () => {
    await place.runtime.start(
      specOf('exec', ['sleep', '1000000'], {
        env: { NAME: 'planform', 'a.b': 'c' },
        workingDir: '/usr',
        memoryBytesMax: 200_000_000,
      }),
      signal,
    );
    const result = await place.runtime.exec(
      'exec',
      ['sh', '-c', 'pwd; echo "$NAME"; grep memory /proc/self/cgroup; echo oops >&2'],
      { timeoutMs: 5000, outputBytesMax: 4096 },
      signal,
    );
    const lines = Buffer.from(result.output).toString().trim().split('\n');
    assert.deepEqual([lines[0], lines[1], lines.at(-1)], ['/usr', 'planform', 'oops']);
    if ((await place.runtime.fingerprint(signal)).limits) assert.match(lines[2] ?? '', /planform-exec/);
  });

  test('exec() that takes too long is killed with all it started', async () => {
    await place.runtime.start(specOf('slow', ['sleep', '1000000']), signal);
    const before = (await processesOf('slow')).length;
    const running = place.runtime.exec(
      'slow',
      ['sh', '-c', 'sleep 1000000 & sleep 1000000'],
      { timeoutMs: 100, outputBytesMax: 10 },
      signal,
    );
    await assert.rejects(running, code('TimedOut'));
    assert.equal((await processesOf('slow')).length, before);
  });

  test('exec() of a missing program ends with 128 and says so', async () => {
    await place.runtime.start(specOf('odd', ['sleep', '1000000']), signal);
    const { exitCode, output } = await place.runtime.exec(
      'odd',
      ['/no/such/program'],
      { timeoutMs: 5000, outputBytesMax: 1000 },
      signal,
    );
    assert.equal(exitCode, 128);
    assert.match(Buffer.from(output).toString(), /cannot find program/);
  });
});

onRuntime('process runtime: mounts', {}, (place) => {
  let volume: string;
  let isReal: boolean;
  const options = () => ({ skip: isReal ? false : 'this host allows no mounts' });
  before(async () => {
    isReal = (await place.runtime.fingerprint(signal)).mounts;
    volume = mkdtempSync(join(place.folder, 'volume-'));
    writeFileSync(join(volume, 'a.txt'), 'one');
    mkdirSync(join(volume, 'sub'));
  });
  const mount = (path: string, more: { hostPath?: string; readOnly?: boolean } = {}) => ({
    path,
    hostPath: volume,
    readOnly: true,
    ...more,
  });

  test('paths the host does not have exist inside, and the host stays as it was', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const before = [readdirSync('/'), readdirSync('/etc'), readdirSync('/usr/share').length];
    const mounts = [
      mount('/app'),
      mount('/etc/hello/config.json', { hostPath: join(volume, 'a.txt') }),
      mount('/usr/share/planform/x/y'),
    ];
    const { output } = await run(
      place.runtime,
      specOf(
        'paths',
        [
          'sh',
          '-c',
          'cat /app/a.txt /etc/hello/config.json /usr/share/planform/x/y/a.txt; head -c 4 /etc/passwd; ls /etc/alternatives | head -1 | wc -l',
        ],
        { mounts },
      ),
    );
    assert.equal(output, 'oneoneoneroot1\n');
    assert.deepEqual([readdirSync('/'), readdirSync('/etc'), readdirSync('/usr/share').length], before);
    assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(place.folder));
  });

  test('a path the host has is covered for the container alone', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const { output } = await run(place.runtime, specOf('covered', ['ls', '/srv'], { mounts: [mount('/srv')] }));
    assert.equal(output, 'a.txt\nsub\n');
    assert.ok(!readdirSync('/srv').includes('a.txt'));
  });

  test('paths through symbolic links of the host lead where they lead', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const { output } = await run(
      place.runtime,
      specOf('links', ['cat', '/var/run/secrets/planform/a.txt', '/run/secrets/planform/a.txt'], {
        mounts: [mount('/var/run/secrets/planform')],
      }),
    );
    assert.equal(output, 'oneone');
    assert.equal(existsSync('/run/secrets/planform'), false);
  });

  test('a read-only mount refuses writes; a writable one writes to the host path', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const writable = mkdtempSync(join(place.folder, 'writable-'));
    const script = 'echo x > /ro/new || echo refused; echo y > /rw/new';
    const { output } = await run(
      place.runtime,
      specOf('rights', ['sh', '-c', script], {
        mounts: [mount('/ro'), mount('/rw', { hostPath: writable, readOnly: false })],
      }),
    );
    assert.match(output, /Read-only file system\nrefused\n$/);
    assert.equal(readFileSync(join(writable, 'new'), 'utf8'), 'y\n');
  });

  test('a mount inside a mount, and one with blanks in its path', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const outer = mkdtempSync(join(place.folder, 'outer volume-'));
    const mounts = [mount('/my data', { hostPath: outer, readOnly: false }), mount('/my data/inner/deep')];
    const { output } = await run(place.runtime, specOf('nested', ['cat', '/my data/inner/deep/a.txt'], { mounts }));
    assert.equal(output, 'one');
  });

  test('a ConfigMap swapped under a running container shows its new content', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const config = mkdtempSync(join(place.folder, 'config-'));
    swapData(config, 'v1', 'old');
    symlinkSync('..data/settings', join(config, 'settings'));
    await place.runtime.start(
      specOf('swap', ['sleep', '1000000'], { mounts: [mount('/etc/app', { hostPath: config })] }),
      signal,
    );
    const read = async () =>
      Buffer.from(
        (
          await place.runtime.exec(
            'swap',
            ['cat', '/etc/app/settings'],
            { timeoutMs: 5000, outputBytesMax: 100 },
            signal,
          )
        ).output,
      ).toString();
    assert.equal(await read(), 'old');
    swapData(config, 'v2', 'new');
    assert.equal(await read(), 'new');
  });

  test("containers do not see each other's mounts", async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    await place.runtime.start(specOf('seen', ['sleep', '1000000'], { mounts: [mount('/only-mine')] }), signal);
    const { output } = await run(place.runtime, specOf('unseen', ['sh', '-c', 'ls / | grep -c only-mine']));
    assert.equal(output, '0\n');
  });

  test('files written beside the mounts go away with the container', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    await run(place.runtime, specOf('scratch', ['sh', '-c', 'echo x > /stray; mkdir /strays']));
    assert.equal(existsSync('/stray') || existsSync('/strays'), false);
    assert.equal(existsSync(join(place.folder, 'containers/scratch/root/stray')), true);
    await place.runtime.remove('scratch', signal);
    assert.equal(existsSync(join(place.folder, 'containers/scratch')), false);
  });

  test('unusable paths are refused by name and leave nothing behind', async (t) => {
    if (!isReal) return t.skip(options().skip as string);
    const cases = [
      mount('/'),
      mount('relative'),
      mount('/a/../b'),
      mount('/a\nb'),
      mount('/x', { hostPath: '/no/such/path' }),
      mount('/etc/passwd/x'),
      mount('/etc/hostname'),
    ];
    for (const item of cases)
      await assert.rejects(
        place.runtime.start(specOf('bad', ['true'], { mounts: [item] }), signal),
        code('PathUnusable'),
        item.path,
      );
    assert.equal(await stateOf(place.runtime, 'bad', signal), undefined);
    assert.deepEqual(
      readdirSync(join(place.folder, 'containers')).filter((name) => name.includes('bad')),
      [],
    );
  });
});

/** Replaces the content of a volume the way the kubelet does: a new folder, then a symbolic link renamed over the old. */
function swapData(volume: string, version: string, content: string): void {
  mkdirSync(join(volume, version));
  writeFileSync(join(volume, version, 'settings'), content);
  symlinkSync(version, join(volume, '..data_new'));
  renameSync(join(volume, '..data_new'), join(volume, '..data'));
}

onRuntime('process runtime: relocated mount paths', { mounts: 'never' }, (place) => {
  test('mount paths lie below PLANFORM_ROOT, expanded in command, environment and working directory', async () => {
    const config = mkdtempSync(join(place.folder, 'config-'));
    swapData(config, 'v1', 'old');
    symlinkSync('..data/settings', join(config, 'settings'));
    const spec = specOf(
      'moved',
      ['sh', '-c', 'cat "$1" "$FILE"; pwd; exec sleep 1000000', 'sh', '$(PLANFORM_ROOT)/etc/app/settings'],
      {
        env: { FILE: '$(PLANFORM_ROOT)/etc/app/settings' },
        workingDir: '$(PLANFORM_ROOT)/etc/app',
        mounts: [{ path: '/etc/app', hostPath: config, readOnly: true }],
      },
    );
    await place.runtime.start(spec, signal);
    const root = join(place.folder, 'containers/moved/root');
    await untilWritten(place.runtime, 'moved', `oldold${config}`, signal);
    assert.equal((await stateOf(place.runtime, 'moved', signal))?.pathsRelocated, true);
    swapData(config, 'v2', 'new');
    const { output } = await place.runtime.exec(
      'moved',
      ['cat', `${root}/etc/app/settings`],
      { timeoutMs: 5000, outputBytesMax: 100 },
      signal,
    );
    assert.equal(Buffer.from(output).toString(), 'new');
  });

  test('fingerprint() says so', async () => {
    const { mounts, reasons } = await place.runtime.fingerprint(signal);
    assert.deepEqual([mounts, reasons[0]], [false, 'mount paths are relocated: switched off']);
  });
});

onRuntime('process runtime: limits', {}, (place) => {
  test('a container beyond its memory limit is killed and says why', async (t) => {
    if (!(await place.runtime.fingerprint(signal)).limits) return t.skip('this host allows no limits');
    const script = 'const keep = []; for (;;) keep.push(Buffer.alloc(8 << 20, 1));';
    const { state } = await run(place.runtime, specOf('greedy', ['node', '-e', script], { memoryBytesMax: 100 << 20 }));
    assert.deepEqual([state.exitCode, state.outOfMemory, state.limitsIgnored], [137, true, false]);
  });

  test('CPU time is limited', async (t) => {
    if (!(await place.runtime.fingerprint(signal)).limits) return t.skip('this host allows no limits');
    await place.runtime.start(specOf('busy', ['sleep', '1000000'], { cpuMilliMax: 250 }), signal);
    const groups = JSON.parse(readFileSync(join(place.folder, 'containers/busy/record.json'), 'utf8'))
      .controlGroups as string[];
    const quotas = groups
      .flatMap((folder) => ['cpu.cfs_quota_us', 'cpu.max'].map((file) => join(folder, file)))
      .filter(existsSync);
    assert.ok(quotas.some((path) => readFileSync(path, 'utf8').startsWith('25000')));
    assert.match(
      readFileSync(`/proc/${(await stateOf(place.runtime, 'busy', signal))?.pid}/cgroup`, 'utf8'),
      /planform-busy/,
    );
  });

  test('groups go away with the container', async () => {
    const { output } = await run(place.runtime, specOf('grouped', ['cat', '/proc/self/cgroup'], { cpuMilliMax: 250 }));
    const groups = JSON.parse(readFileSync(join(place.folder, 'containers/grouped/record.json'), 'utf8'))
      .controlGroups as string[];
    assert.equal(output.includes('planform-grouped'), groups.length > 0);
    await place.runtime.remove('grouped', signal);
    assert.deepEqual(groups.filter(existsSync), []);
  });
});

onRuntime('process runtime: limits and groups where they cannot be had', { controlGroups: 'never' }, (place) => {
  test('ignored limits are reported, on containers that ask for some', async () => {
    await place.runtime.start(specOf('asks', ['sleep', '1000000'], { memoryBytesMax: 1 << 30 }), signal);
    await place.runtime.start(specOf('silent', ['sleep', '1000000']), signal);
    assert.equal((await stateOf(place.runtime, 'asks', signal))?.limitsIgnored, true);
    assert.equal((await stateOf(place.runtime, 'silent', signal))?.limitsIgnored, false);
  });

  test('stop() leaves nothing over, neither by ignoring TERM nor by leaving the session', () =>
    stopsStubbornTree(place.runtime, 'tree'));
});

const stubbornTree = `trap "" TERM
sh -c 'trap "" TERM; setsid sh -c "sleep 1000000 & sleep 1000000" & sleep 1000000' &
sleep 1000000 &
echo ready
while :; do sleep 1000000; done`;

async function stopsStubbornTree(runtime: ProcessRuntime, id: string): Promise<void> {
  await runtime.start(specOf(id, ['sh', '-c', stubbornTree]), signal);
  await untilWritten(runtime, id, 'ready', signal);
  await runtime.stop(id, { graceMs: 100 }, signal);
  assert.deepEqual(await processesOf(id), []);
  assert.equal((await stateOf(runtime, id, signal))?.exitCode, 137);
}

onRuntime('process runtime: ends', {}, (place) => {
  test('stop() leaves nothing over, neither by ignoring TERM nor by leaving the session', () =>
    stopsStubbornTree(place.runtime, 'tree'));

  test('a killed program is noticed within 100 ms', async () => {
    const elapsedMs: number[] = [];
    // The best of three: the other tests share this machine.
    for (const id of ['noticed.0', 'noticed.1', 'noticed.2']) {
      await place.runtime.start(specOf(id, ['sleep', '1000000']), signal);
      const state = await stateOf(place.runtime, id, signal);
      const killedAt = performance.now();
      process.kill(state?.pid ?? 0, 'SIGKILL');
      assert.equal((await untilOver(place.runtime, id, signal)).exitCode, 137);
      elapsedMs.push(performance.now() - killedAt);
    }
    assert.ok(Math.min(...elapsedMs) < 100, `${elapsedMs.join(', ')} ms`);
  });

  test('a program without its supervisor goes on; its end is noticed and it is lost', async () => {
    await place.runtime.start(specOf('orphan', ['sleep', '1000000']), signal);
    const before = await stateOf(place.runtime, 'orphan', signal);
    process.kill(supervisorOf(place.folder, 'orphan'), 'SIGKILL');
    assert.equal((await stateOf(place.runtime, 'orphan', signal))?.status, 'running');
    const killedAt = performance.now();
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const state = await untilOver(place.runtime, 'orphan', signal);
    assert.deepEqual([state.status, state.exitCode], ['lost', undefined]);
    assert.ok(performance.now() - killedAt < 900, `${performance.now() - killedAt} ms`);
  });

  test('stop() of a program without its supervisor works', async () => {
    await place.runtime.start(
      specOf('orphan2', ['sh', '-c', 'trap "" TERM; sleep 1000000 & echo ready; wait; wait']),
      signal,
    );
    await untilWritten(place.runtime, 'orphan2', 'ready', signal);
    process.kill(supervisorOf(place.folder, 'orphan2'), 'SIGKILL');
    await place.runtime.stop('orphan2', { graceMs: 50 }, signal);
    assert.deepEqual(await processesOf('orphan2'), []);
  });

  test('a program that closed its life line and lost its supervisor is still watched', async () => {
    await place.runtime.start(specOf('cut', ['sh', '-c', 'exec 9>&-; echo ready; exec sleep 1000000']), signal);
    await untilWritten(place.runtime, 'cut', 'ready', signal);
    const before = await stateOf(place.runtime, 'cut', signal);
    process.kill(supervisorOf(place.folder, 'cut'), 'SIGKILL');
    assert.equal((await stateOf(place.runtime, 'cut', signal))?.status, 'running');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    assert.equal((await untilOver(place.runtime, 'cut', signal)).status, 'lost');
  });

  test('TERM to the supervisor does not cost the exit code', async () => {
    await place.runtime.start(specOf('termed', ['sleep', '1000000']), signal);
    process.kill(supervisorOf(place.folder, 'termed'), 'SIGTERM');
    process.kill((await stateOf(place.runtime, 'termed', signal))?.pid ?? 0, 'SIGINT');
    assert.equal((await untilOver(place.runtime, 'termed', signal)).exitCode, 130);
  });

  test('attempts of one container are apart, with logs of their own', async () => {
    await run(place.runtime, specOf('pod.web.0', ['sh', '-c', 'echo first; exit 1']));
    await run(place.runtime, specOf('pod.web.1', ['echo', 'second'], { attempt: 1 }));
    assert.equal(await readLog(place.runtime, 'pod.web.0', {}, signal), 'first\n');
    assert.equal(await readLog(place.runtime, 'pod.web.1', {}, signal), 'second\n');
  });
});

describe('process runtime: the agent dies', () => {
  test('containers outlive an agent killed with -9, and their exit codes are kept', async () => {
    const folder = tempFolder();
    const agent = spawn(process.execPath, [join(import.meta.dirname, 'testdata/agent.ts'), folder, 'both'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(agent.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as Record<string, number>;
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    assert.ok((await readProcess(pids['long'] ?? 0)) !== undefined);
    process.kill(pids['short'] ?? 0, 'SIGUSR1'); // it ends with 7 while nobody watches
    while (!existsSync(join(folder, 'exits/short'))) await delay(5);
    const runtime = await openAt(folder);
    try {
      assert.equal((await stateOf(runtime, 'long', signal))?.pid, pids['long']);
      assert.equal((await stateOf(runtime, 'short', signal))?.exitCode, 7);
      assert.equal(await readLog(runtime, 'short', {}, signal), 'ready\nbye\n');
      await runtime.stop('long', { graceMs: 1000 }, signal);
      assert.equal((await stateOf(runtime, 'long', signal))?.exitCode, 143);
    } finally {
      await clear(runtime, folder);
    }
  });

  test('an agent killed at any instant of a start never leaves two copies or a half one', async () => {
    const folder = tempFolder();
    for (let round = 0; round < 12; round++) {
      const agent = spawn(process.execPath, [join(import.meta.dirname, 'testdata/agent.ts'), folder, `many-${round}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(agent.stdout, 'data');
      await delay(randomInt(0, 40)); // the instant is what is tested
      agent.kill('SIGKILL');
      await once(agent, 'exit');
    }
    const runtime = await openAt(folder);
    try {
      const states = await runtime.observe(signal);
      assert.ok(states.length >= 12);
      for (const { id, status, pid } of states) {
        await runtime.start(specOf(id, ['sleep', '1000000']), signal);
        const programs = [];
        for (const member of await processesOf(id))
          if (readFileSync(`/proc/${member}/cmdline`, 'utf8').startsWith('sleep')) programs.push(member);
        if (status === 'running' && pid !== undefined)
          assert.ok(programs.length <= 1 && (programs[0] ?? pid) === pid, id);
        else if (status !== 'running') assert.deepEqual(programs, [], id);
      }
    } finally {
      await clear(runtime, folder);
    }
  });

  test('a recorded container that was never started is lost and stays so', async () => {
    const folder = tempFolder();
    const first = await openAt(folder);
    await first.start(specOf('model', ['true']), signal);
    await untilOver(first, 'model', signal);
    await first[Symbol.asyncDispose]();
    forge(folder, 'model', 'forged', {});
    rmSync(join(folder, 'containers/forged/claim'));
    rmSync(join(folder, 'containers/forged/process'));
    const second = await openAt(folder);
    assert.equal((await stateOf(second, 'forged', signal))?.status, 'lost');
    // A supervisor that comes late finds the claim taken.
    const late = [
      join(import.meta.dirname, 'supervise.sh'),
      join(folder, 'containers/forged'),
      join(folder, 'exits/late'),
      join(folder, 'logs/late.log'),
      'touch',
      join(folder, 'ran'),
    ];
    execFileSync('sh', late, { stdio: 'ignore' });
    assert.equal(existsSync(join(folder, 'ran')), false);
    await clear(second, folder);
  });

  test('a process that reuses the number of a dead program is neither taken for it nor touched', async () => {
    const folder = tempFolder();
    const first = await openAt(folder);
    await first.start(specOf('model', ['true']), signal);
    await untilOver(first, 'model', signal);
    await first[Symbol.asyncDispose]();
    const stranger = spawn('sleep', ['1000000'], { stdio: 'ignore', detached: true });
    forge(folder, 'model', 'reused', {});
    writeFileSync(join(folder, 'containers/reused/process'), `${stranger.pid} 12345\n`);
    writeFileSync(join(folder, 'containers/reused/claim'), `${stranger.pid} 12345\n`);
    const second = await openAt(folder, { controlGroups: 'never' });
    assert.equal((await stateOf(second, 'reused', signal))?.status, 'lost');
    await second.stop('reused', { graceMs: 10 }, signal);
    assert.ok((await readProcess(stranger.pid ?? 0)) !== undefined);
    stranger.kill('SIGKILL');
    await clear(second, folder);
  });

  test('after a reboot of the host what ran is lost and what had ended is as it was', async () => {
    const folder = tempFolder();
    const first = await openAt(folder);
    await first.start(specOf('model', ['sh', '-c', 'exit 3']), signal);
    await untilOver(first, 'model', signal);
    await first[Symbol.asyncDispose]();
    forge(folder, 'model', 'before-boot', { bootId: 'another' });
    const self = (await readProcess(process.pid))?.startTicks;
    writeFileSync(join(folder, 'containers/before-boot/process'), `${process.pid} ${self}\n`);
    const second = await openAt(folder);
    assert.equal((await stateOf(second, 'before-boot', signal))?.status, 'lost');
    assert.equal((await stateOf(second, 'model', signal))?.exitCode, 3);
    await clear(second, folder);
  });

  test('what a crash left half made or half removed is cleared', async () => {
    const folder = tempFolder();
    for (const path of ['containers/.new-a', 'containers/.removed-b', 'exits', 'logs'])
      mkdirSync(join(folder, path), { recursive: true });
    for (const path of ['containers/.new-a/env', 'exits/b', 'logs/b.log', 'logs/b.times'])
      writeFileSync(join(folder, path), 'x');
    const runtime = await openAt(folder);
    assert.deepEqual(
      [
        ...readdirSync(join(folder, 'containers')),
        ...readdirSync(join(folder, 'exits')),
        ...readdirSync(join(folder, 'logs')),
      ],
      [],
    );
    await clear(runtime, folder);
  });
});

/** A copy of a container's folder under another id, with some fields of its record changed. */
function forge(folder: string, model: string, id: string, changes: Record<string, unknown>): void {
  execFileSync('cp', ['-r', join(folder, 'containers', model), join(folder, 'containers', id)]);
  const path = join(folder, 'containers', id, 'record.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), id, controlGroups: [], ...changes }));
}

onRuntime('process runtime: logs', { logBytesMax: 4 << 20 }, (place) => {
  const linesOf = (text: string) => text.trimEnd().split('\n');

  test('stay within bounds under load, and lose no line of what is kept', async () => {
    const script =
      'let n = 0; const go = () => { for (let i = 0; i < 500; i++) process.stdout.write(`${n++} ${"x".repeat(200)}\\n`); n < 300000 ? setImmediate(go) : console.log("done"); }; go()';
    const { state } = await run(place.runtime, specOf('load', ['node', '-e', script]));
    assert.equal(state.exitCode, 0);
    const file = statSync(join(place.folder, 'logs/load.log'));
    assert.ok(file.size > 60_000_000);
    assert.ok(file.blocks * 512 <= (4 << 20) + 65_536, `${file.blocks * 512} bytes on disk`);
    const lines = linesOf(await readLog(place.runtime, 'load', {}, signal));
    assert.equal(lines.pop(), 'done');
    const first = Number.parseInt(lines[0] ?? '', 10);
    assert.equal(lines.length, 300_000 - first);
    for (const [index, line] of lines.entries()) assert.equal(Number.parseInt(line, 10), first + index);
    assert.deepEqual(linesOf(await readLog(place.runtime, 'load', { tailLines: 1 }, signal)), ['done']);
  });

  test('say when lines were written, also after the agent came back', async () => {
    const script = 'echo early; sleep 1; echo late; exec sleep 1000000';
    await place.runtime.start(specOf('timed', ['sh', '-c', script]), signal);
    await untilWritten(place.runtime, 'timed', 'early', signal);
    await place.runtime[Symbol.asyncDispose]();
    while (!readFileSync(join(place.folder, 'logs/timed.log'), 'utf8').includes('late')) await delay(20);
    await place.open({ logBytesMax: 4 << 20 });
    const [early = '', late = ''] = linesOf(await readLog(place.runtime, 'timed', { timestamps: true }, signal));
    const [earlyMs, lateMs] = [Date.parse(early.slice(0, 24)), Date.parse(late.slice(0, 24))];
    assert.deepEqual([early.slice(25), late.slice(25)], ['early', 'late']);
    assert.ok(lateMs - earlyMs > 800 && lateMs - earlyMs < 1500, `${lateMs - earlyMs} ms apart`);
    assert.equal(await readLog(place.runtime, 'timed', { sinceMs: earlyMs + 500 }, signal), 'late\n');
  });

  test('are followed line by line as they are written', async () => {
    const script = 'for n in 1 2 3 4 5; do echo "line $n"; sleep 0.02; done';
    await place.runtime.start(specOf('followed', ['sh', '-c', script]), signal);
    assert.equal(
      await readLog(place.runtime, 'followed', { follow: true, tailLines: 100 }, signal),
      'line 1\nline 2\nline 3\nline 4\nline 5\n',
    );
  });

  test('carry bytes as they are, and lines of any length', async () => {
    const script =
      'process.stdout.write(Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(300000, 0x61), Buffer.from("\\nend")]))';
    await place.runtime.start(specOf('bytes', ['node', '-e', script]), signal);
    await untilOver(place.runtime, 'bytes', signal);
    const pieces: Uint8Array[] = [];
    for await (const bytes of place.runtime.logs('bytes', { follow: false, timestamps: false }, signal))
      pieces.push(bytes);
    const all = Buffer.concat(pieces);
    assert.deepEqual([all.length, all[0], all[2], all.subarray(-3).toString()], [300_007, 0xff, 0x00, 'end']);
    assert.equal(await readLog(place.runtime, 'bytes', { tailLines: 1 }, signal), 'end');
  });
});

describe('process runtime: a full disk', { skip: isRoot ? false : 'needs root to make a small file system' }, () => {
  const folder = tempFolder();
  let runtime: ProcessRuntime;
  before(async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=2000', 'planform-test', folder]);
    runtime = await openAt(folder, { mounts: 'never' });
  });
  after(async () => {
    rmSync(join(folder, 'filler'), { force: true });
    await clear(runtime, join(folder, 'containers'));
    execFileSync('umount', ['--lazy', folder]); // a supervisor may be leaving just now
    rmSync(folder, { recursive: true });
  });

  test('refuses a start with Full and does not cost the exit code of what runs', async () => {
    await runtime.start(
      specOf('runs', ['sh', '-c', 'trap "exit 9" USR1; echo ready; while :; do sleep 0.01; done']),
      signal,
    );
    await untilWritten(runtime, 'runs', 'ready', signal);
    assert.throws(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(4 << 20)), /ENOSPC/);
    await assert.rejects(runtime.start(specOf('refused', ['true']), signal), code('Full'));
    process.kill((await stateOf(runtime, 'runs', signal))?.pid ?? 0, 'SIGUSR1');
    assert.equal((await untilOver(runtime, 'runs', signal)).exitCode, 9);
  });
});
