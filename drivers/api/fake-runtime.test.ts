import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import type { FakeProgram } from './fake-runtime.ts';
import { FakeHost } from './fake-runtime.ts';
import type { ContainerSpec } from './runtime.ts';
import { DriverError } from './runtime.ts';
import type { Behaviour } from './runtime-conformance.ts';
import { testRuntime } from './runtime-conformance.ts';

testRuntime('fake', async () => {
  const behaviours = new Map<string, Behaviour>();
  const host = new FakeHost({ clock: systemClock, programFor: ({ id }) => fakeProgram(behaviours.get(id)) });
  return {
    open: async () => host.openRuntime(),
    release: async () => undefined,
    spec: (id, behaviour) => {
      behaviours.set(id, behaviour);
      return specNamed(id);
    },
    kill: ({ id }) => host.exit(id, 137),
    helloCommand: ['hello'],
    dispose: async () => undefined,
  };
});

function fakeProgram(behaviour: Behaviour | undefined): FakeProgram {
  const exec = () => ({ exitCode: 3, output: Buffer.from('hello') });
  switch (behaviour?.kind) {
    case 'ends':
      return { output: behaviour.lines, exitAfterMs: 1, exitCode: behaviour.exitCode };
    case 'writes':
      return { output: behaviour.lines };
    case 'ignoresTerm':
      return { output: ['ready'], onTerm: 'ignored' };
    case 'missing':
      return { startFailure: new DriverError('StartFailed', 'Cannot find the program') };
    default:
      return { exec };
  }
}

const { signal } = new AbortController();

function specNamed(id: string): ContainerSpec {
  return {
    id,
    podUid: 'uid',
    podName: 'default/web',
    containerName: 'web',
    attempt: 0,
    command: ['server'],
    env: {},
    mounts: [],
  };
}

function hostRunning(program: FakeProgram): { clock: VirtualClock; host: FakeHost } {
  const clock = new VirtualClock();
  return { clock, host: new FakeHost({ clock, programFor: () => program }) };
}

test('FakeHost ends a scripted program at its virtual time and tells listeners', async () => {
  const { clock, host } = hostRunning({ exitAfterMs: 10_000, exitCode: 3 });
  const runtime = host.openRuntime();
  const seen: string[] = [];
  const stop = new AbortController();
  const listening = (async () => {
    for await (const id of runtime.changes(stop.signal)) seen.push(id);
  })();
  await runtime.start(specNamed('a'), signal);
  await clock.advance(9_999);
  assert.equal((await runtime.observe(signal))[0]?.status, 'running');
  await clock.advance(1);
  const [state] = await runtime.observe(signal);
  assert.deepEqual([state?.status, state?.exitCode, state?.finishedAtMs], ['exited', 3, clock.nowMs()]);
  assert.deepEqual(seen, ['a']);
  stop.abort();
  await listening;
});

test('FakeHost keeps containers while runtimes come and go', async () => {
  const { host } = hostRunning({});
  await host.openRuntime().start(specNamed('a'), signal);
  const again = host.openRuntime();
  await again.start(specNamed('a'), signal);
  assert.equal(host.startCounts.get('a'), 1);
  assert.equal((await again.observe(signal))[0]?.pid, 1000);
});

test('FakeHost stops a program that ignores TERM only after the grace period', async () => {
  const { clock, host } = hostRunning({ onTerm: 'ignored' });
  const runtime = host.openRuntime();
  await runtime.start(specNamed('a'), signal);
  const stopping = runtime.stop('a', { graceMs: 30_000 }, signal);
  await clock.advance(29_999);
  assert.equal(host.containers[0]?.status, 'running');
  await clock.advance(1);
  await stopping;
  assert.equal(host.containers[0]?.exitCode, 137);
});

test('FakeHost.reboot() loses what ran and keeps what had exited', async () => {
  const { host } = hostRunning({});
  const runtime = host.openRuntime();
  await runtime.start(specNamed('a'), signal);
  await runtime.start(specNamed('b'), signal);
  host.exit('a', 0);
  host.reboot();
  assert.deepEqual(
    host.containers.map((state) => state.status),
    ['exited', 'lost'],
  );
});
