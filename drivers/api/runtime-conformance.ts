import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ContainerSpec, ContainerState, LogOptions, Runtime } from './runtime.ts';
import { DriverError } from './runtime.ts';

/** What a container of the suite is to do; every host maps it to something it can run. */
export type Behaviour =
  /** Runs until told to end; TERM ends it with 143. */
  | { readonly kind: 'runs' }
  /** Writes one line `ready`, then ignores TERM. */
  | { readonly kind: 'ignoresTerm' }
  /** Writes the lines, then ends with this code. */
  | { readonly kind: 'ends'; readonly exitCode: number; readonly lines: readonly string[] }
  /** Writes the lines, then goes on running. */
  | { readonly kind: 'writes'; readonly lines: readonly string[] }
  /** Names a program that does not exist. */
  | { readonly kind: 'missing' };

/** A host for the suite. */
export interface RuntimeHarness {
  /** Opens a runtime on the host; a second call plays an agent that was restarted. */
  open(): Promise<Runtime>;
  /** Lets go of a runtime without touching what it runs. */
  release(runtime: Runtime): Promise<void>;
  /** Spec of a container that behaves so. */
  spec(id: string, behaviour: Behaviour): ContainerSpec;
  /** Kills the program of a running container from outside, as `kill -9` does. */
  kill(state: ContainerState): void;
  /** A command for `exec` that writes `hello` and ends with code 3. */
  readonly helloCommand: readonly string[];
  /** Removes the host. */
  dispose(): Promise<void>;
}

const wholeLog: LogOptions = { follow: false, timestamps: false };

/** The state of one container; `undefined` when the runtime does not know it. */
export async function stateOf(runtime: Runtime, id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
  return (await runtime.observe(signal)).find((state) => state.id === id);
}

/** Waits until a container is no longer running. */
export async function untilOver(runtime: Runtime, id: string, signal: AbortSignal): Promise<ContainerState> {
  const stop = new AbortController();
  const changes = runtime.changes(AbortSignal.any([signal, stop.signal]));
  try {
    for (;;) {
      const state = await stateOf(runtime, id, signal);
      if (state !== undefined && state.status !== 'running') return state;
      await changes[Symbol.asyncIterator]().next();
      signal.throwIfAborted();
    }
  } finally {
    stop.abort();
  }
}

/** Output of a container as text. */
export async function readLog(
  runtime: Runtime,
  id: string,
  options: Partial<LogOptions>,
  signal: AbortSignal,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const bytes of runtime.logs(id, { ...wholeLog, ...options }, signal)) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

/** Waits until a container has written this line. */
export async function untilWritten(runtime: Runtime, id: string, line: string, signal: AbortSignal): Promise<void> {
  let text = '';
  for await (const bytes of runtime.logs(id, { ...wholeLog, follow: true }, signal)) {
    text += Buffer.from(bytes).toString();
    if (text.split('\n').slice(0, -1).includes(line)) return;
  }
  assert.fail(`The output ended without "${line}": ${text}`);
}

/** Registers the suite every runtime, and the fake, is held to. */
export function testRuntime(name: string, openHarness: () => Promise<RuntimeHarness>): void {
  describe(`Runtime contract: ${name}`, () => {
    let harness: RuntimeHarness;
    let runtime: Runtime;
    const signal = AbortSignal.timeout(120_000); // a test that hangs fails
    const code = (expected: string) => (error: unknown) => error instanceof DriverError && error.code === expected;
    const start = async (id: string, behaviour: Behaviour): Promise<void> =>
      runtime.start(harness.spec(id, behaviour), signal);

    before(async () => {
      harness = await openHarness();
      runtime = await harness.open();
    });
    after(async () => {
      for (const { id } of await runtime.observe(signal)) {
        await runtime.stop(id, { graceMs: 0 }, signal);
        await runtime.remove(id, signal);
      }
      await harness.release(runtime);
      await harness.dispose();
    });

    test('fingerprint() gives a reason for everything that does not work', async () => {
      const { mounts, limits, reasons } = await runtime.fingerprint(signal);
      assert.equal(reasons.length > 0, !mounts || !limits);
    });

    test('start() runs a container and observe() tells who it is', async () => {
      const spec = {
        ...harness.spec('c1', { kind: 'runs' }),
        podUid: 'uid-1',
        podName: 'ns/pod',
        containerName: 'web',
        attempt: 4,
      };
      await runtime.start(spec, signal);
      const state = await stateOf(runtime, 'c1', signal);
      assert.equal(state?.status, 'running');
      assert.deepEqual(
        [state.podUid, state.podName, state.containerName, state.attempt],
        ['uid-1', 'ns/pod', 'web', 4],
      );
      assert.ok(state.pid !== undefined && state.startedAtMs > 0);
      assert.equal(state.exitCode, undefined);
    });

    test('start() of a known id does nothing, running or ended', async () => {
      await start('c2', { kind: 'runs' });
      const first = await stateOf(runtime, 'c2', signal);
      await start('c2', { kind: 'runs' });
      assert.equal((await stateOf(runtime, 'c2', signal))?.pid, first?.pid);
      await runtime.stop('c2', { graceMs: 1000 }, signal);
      await start('c2', { kind: 'runs' });
      assert.equal((await stateOf(runtime, 'c2', signal))?.status, 'exited');
    });

    test('start() called twice at once starts one container', async () => {
      const spec = harness.spec('c3', { kind: 'ends', exitCode: 0, lines: ['once'] });
      await Promise.all([runtime.start(spec, signal), runtime.start(spec, signal)]);
      await untilOver(runtime, 'c3', signal);
      assert.equal(await readLog(runtime, 'c3', {}, signal), 'once\n');
    });

    test('start() of a missing program throws StartFailed and keeps nothing', async () => {
      await assert.rejects(start('c4', { kind: 'missing' }), code('StartFailed'));
      assert.equal(await stateOf(runtime, 'c4', signal), undefined);
      await start('c4', { kind: 'runs' });
      assert.equal((await stateOf(runtime, 'c4', signal))?.status, 'running');
    });

    test('changes() yields a container that ended, with its exit code', async () => {
      const changes = runtime.changes(AbortSignal.any([signal]))[Symbol.asyncIterator]();
      await start('c5', { kind: 'ends', exitCode: 42, lines: [] });
      for (let id = ''; id !== 'c5'; ) id = (await changes.next()).value as string;
      const state = await untilOver(runtime, 'c5', signal);
      await changes.return?.();
      assert.deepEqual([state.status, state.exitCode, state.pid], ['exited', 42, undefined]);
      assert.ok((state.finishedAtMs ?? 0) >= state.startedAtMs);
    });

    test('changes() ends when its signal aborts', async () => {
      const stop = new AbortController();
      const next = runtime.changes(stop.signal)[Symbol.asyncIterator]().next();
      stop.abort();
      assert.equal((await next).done, true);
    });

    test('a killed program has exit code 137', async () => {
      await start('c6', { kind: 'runs' });
      const state = await stateOf(runtime, 'c6', signal);
      assert.ok(state);
      harness.kill(state);
      assert.equal((await untilOver(runtime, 'c6', signal)).exitCode, 137);
    });

    test('stop() ends a container by TERM', async () => {
      await start('c7', { kind: 'runs' });
      await runtime.stop('c7', { graceMs: 10_000 }, signal);
      assert.equal((await stateOf(runtime, 'c7', signal))?.exitCode, 143);
    });

    test('stop() ends a container that ignores TERM by KILL after the grace period', async () => {
      await start('c8', { kind: 'ignoresTerm' });
      await untilWritten(runtime, 'c8', 'ready', signal);
      await runtime.stop('c8', { graceMs: 50 }, signal);
      assert.equal((await stateOf(runtime, 'c8', signal))?.exitCode, 137);
    });

    test('stop() and remove() of a container that is gone do nothing', async () => {
      await runtime.stop('nobody', { graceMs: 0 }, signal);
      await runtime.remove('nobody', signal);
      await start('c9', { kind: 'ends', exitCode: 0, lines: [] });
      await untilOver(runtime, 'c9', signal);
      await runtime.stop('c9', { graceMs: 0 }, signal);
      assert.equal((await stateOf(runtime, 'c9', signal))?.exitCode, 0);
    });

    test('remove() refuses while it runs and forgets it afterwards', async () => {
      await start('c10', { kind: 'runs' });
      await assert.rejects(runtime.remove('c10', signal), code('StillRunning'));
      await runtime.stop('c10', { graceMs: 1000 }, signal);
      await runtime.remove('c10', signal);
      assert.equal(await stateOf(runtime, 'c10', signal), undefined);
      await assert.rejects(readLog(runtime, 'c10', {}, signal), code('UnknownContainer'));
    });

    test('logs() gives all lines, the last ones, or so many bytes', async () => {
      await start('c11', { kind: 'ends', exitCode: 0, lines: ['one', 'two', 'three'] });
      await untilOver(runtime, 'c11', signal);
      assert.equal(await readLog(runtime, 'c11', {}, signal), 'one\ntwo\nthree\n');
      assert.equal(await readLog(runtime, 'c11', { tailLines: 2 }, signal), 'two\nthree\n');
      assert.equal(await readLog(runtime, 'c11', { tailLines: 0 }, signal), '');
      assert.equal(await readLog(runtime, 'c11', { tailLines: 9 }, signal), 'one\ntwo\nthree\n');
      assert.equal(await readLog(runtime, 'c11', { limitBytes: 5 }, signal), 'one\nt');
    });

    test('logs() puts times before lines and chooses by time', async () => {
      await start('c12', { kind: 'ends', exitCode: 0, lines: ['one', 'two'] });
      const { startedAtMs } = await untilOver(runtime, 'c12', signal);
      const lines = (await readLog(runtime, 'c12', { timestamps: true }, signal)).trimEnd().split('\n');
      assert.equal(lines.length, 2);
      for (const line of lines) {
        assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (one|two)$/);
        assert.ok(Math.abs(Date.parse(line.split(' ')[0] as string) - startedAtMs) < 5000);
      }
      assert.equal(await readLog(runtime, 'c12', { sinceMs: startedAtMs - 60_000 }, signal), 'one\ntwo\n');
      assert.equal(await readLog(runtime, 'c12', { sinceMs: startedAtMs + 60_000 }, signal), '');
    });

    test('logs() follows until the container ends', async () => {
      await start('c13', { kind: 'writes', lines: ['first'] });
      const following = readLog(runtime, 'c13', { follow: true }, signal);
      await untilWritten(runtime, 'c13', 'first', signal);
      await runtime.stop('c13', { graceMs: 1000 }, signal);
      assert.equal(await following, 'first\n');
    });

    test('logs() stops following when its signal aborts', async () => {
      await start('c14', { kind: 'writes', lines: ['first'] });
      const stop = new AbortController();
      const pieces: string[] = [];
      const follow = async () => {
        for await (const bytes of runtime.logs('c14', { ...wholeLog, follow: true }, stop.signal)) {
          pieces.push(Buffer.from(bytes).toString());
          if (pieces.join('') === 'first\n') stop.abort();
        }
      };
      await follow().catch((error: unknown) => assert.equal(error, stop.signal.reason));
      assert.equal(pieces.join(''), 'first\n');
    });

    test('exec() gives exit code and output, cut at the bound', async () => {
      await start('c15', { kind: 'runs' });
      const result = await runtime.exec(
        'c15',
        harness.helloCommand,
        { timeoutMs: 10_000, outputBytesMax: 1000 },
        signal,
      );
      assert.deepEqual([result.exitCode, Buffer.from(result.output).toString()], [3, 'hello']);
      const cut = await runtime.exec('c15', harness.helloCommand, { timeoutMs: 10_000, outputBytesMax: 2 }, signal);
      assert.equal(Buffer.from(cut.output).toString(), 'he');
    });

    test('exec() refuses where nothing runs', async () => {
      const options = { timeoutMs: 1000, outputBytesMax: 10 };
      await assert.rejects(runtime.exec('nobody', ['true'], options, signal), code('UnknownContainer'));
      await start('c16', { kind: 'ends', exitCode: 0, lines: [] });
      await untilOver(runtime, 'c16', signal);
      await assert.rejects(runtime.exec('c16', ['true'], options, signal), code('UnknownContainer'));
    });

    test('an aborted call throws the abort reason', async () => {
      const reason = new Error('enough');
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(runtime.observe(aborted), reason);
      await assert.rejects(runtime.start(harness.spec('c17', { kind: 'runs' }), aborted), reason);
      assert.equal(await stateOf(runtime, 'c17', signal), undefined);
    });

    test('a runtime opened later finds everything again', async () => {
      await start('c18', { kind: 'runs' });
      await start('c19', { kind: 'writes', lines: ['before'] });
      await untilWritten(runtime, 'c19', 'before', signal);
      const before = await stateOf(runtime, 'c18', signal);
      const dying = await stateOf(runtime, 'c19', signal);
      assert.ok(before && dying);
      await harness.release(runtime);
      harness.kill(dying);
      runtime = await harness.open();
      assert.equal((await stateOf(runtime, 'c18', signal))?.pid, before.pid);
      assert.equal((await untilOver(runtime, 'c19', signal)).exitCode, 137);
      assert.equal(await readLog(runtime, 'c19', {}, signal), 'before\n');
      await start('c18', { kind: 'runs' });
      assert.equal((await stateOf(runtime, 'c18', signal))?.pid, before.pid);
    });
  });
}
