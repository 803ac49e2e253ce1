import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { readProcess } from '../api/processes.ts';
import type { ProxyBackend } from '../api/proxy.ts';
import type { Place } from '../api/proxy-conformance.ts';
import { listenerAt, testProxy } from '../api/proxy-conformance.ts';
import { DriverError } from '../api/runtime.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { openTcpProxy } from './tcp-proxy.ts';

// Runs the real proxy on loopback addresses of this host.
const signal = AbortSignal.timeout(120_000); // a test that hangs fails

function openAt(folder: string): Promise<TcpProxy> {
  return openTcpProxy({ folder, nodeBinaryPath: process.execPath, clock: systemClock, logger: silentLogger });
}

/** Everything a test listens with, closed at its end. */
class Backends {
  readonly #servers: Server[] = [];

  async listen(serve: (socket: Socket) => void, place?: Place): Promise<Place> {
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket.on('error', () => socket.destroy())));
    this.#servers.push(server.listen(place?.port ?? 0, place?.address ?? '127.0.0.1'));
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    return { address, port };
  }

  /** Answers with its name and ends. */
  async named(name: string): Promise<ProxyBackend> {
    return { ...(await this.listen((socket) => socket.end(name))), podUid: name };
  }

  async free(): Promise<Place> {
    const place = await this.listen((socket) => socket.destroy());
    await this.#close(this.#servers.pop() as Server);
    return place;
  }

  async closeAll(): Promise<void> {
    for (const server of this.#servers) await this.#close(server);
  }

  async #close(server: Server): Promise<void> {
    server.close();
    await once(server, 'close');
  }
}

/** Connects and reads to the end. @throws what the connection failed with. */
async function ask(place: Place): Promise<string> {
  const socket = connect({ host: place.address, port: place.port });
  const pieces: Buffer[] = [];
  for await (const bytes of socket) pieces.push(bytes as Buffer);
  return Buffer.concat(pieces).toString();
}

async function untilDead(pid: number): Promise<void> {
  while ((await readProcess(pid)) !== undefined) await new Promise((resolve) => setImmediate(resolve));
}

testProxy('tcp-proxy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-proxy-'));
  const backends = new Backends();
  return {
    open: () => openAt(folder),
    release: (proxy) => (proxy as TcpProxy)[Symbol.asyncDispose](),
    kill: async ({ pid }) => {
      process.kill(pid, 'SIGKILL');
      await untilDead(pid);
    },
    freePlace: () => backends.free(),
    occupy: async (place) => void (await backends.listen((socket) => socket.destroy(), place)),
    backend: (name) => backends.named(name),
    reach: (place) => ask(place).catch(() => undefined), // nobody answered
    dispose: async () => {
      await backends.closeAll();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('tcp-proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-proxy-'));
  const backends = new Backends();
  let proxy: TcpProxy;
  let place: Place;
  before(async () => {
    proxy = await openAt(folder);
    place = await backends.free();
  });
  after(async () => {
    await proxy.stop(signal);
    await proxy[Symbol.asyncDispose]();
    await backends.closeAll();
    rmSync(folder, { recursive: true });
  });
  const serve = (...list: readonly ProxyBackend[]): Promise<void> =>
    proxy.apply({ listeners: [listenerAt(place, list)] }, signal);

  test('spreads connections evenly', async () => {
    await serve(await backends.named('a'), await backends.named('b'), await backends.named('c'));
    const counts: Record<string, number> = {};
    for (let n = 0; n < 30; n++) {
      const name = await ask(place);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    assert.deepEqual(counts, { a: 10, b: 10, c: 10 });
  });

  test('passes over backends that refuse, and resets the client when all do', async () => {
    const dead = { ...(await backends.free()), podUid: 'dead' };
    await serve(dead, await backends.named('alive'), dead);
    for (let n = 0; n < 9; n++) assert.equal(await ask(place), 'alive');
    await serve(dead, dead);
    await assert.rejects(ask(place), { code: 'ECONNRESET' });
  });

  test('lets the client end first and still get its answer', async () => {
    const echo = await backends.listen((socket) => {
      const pieces: Buffer[] = [];
      socket.on('data', (bytes: Buffer) => pieces.push(bytes)).on('end', () => socket.end(Buffer.concat(pieces)));
    });
    await serve({ ...echo, podUid: 'echo' });
    const socket = connect({ host: place.address, port: place.port, allowHalfOpen: true });
    socket.end('all of the question');
    const pieces: Buffer[] = [];
    for await (const bytes of socket) pieces.push(bytes as Buffer);
    assert.equal(Buffer.concat(pieces).toString(), 'all of the question');
  });

  test('passes much data both ways unchanged, and holds little of it', async () => {
    const size = 64 << 20;
    const source = await backends.listen((socket) => socket.end(Buffer.alloc(size, 'planform')));
    await serve({ ...source, podUid: 'source' });
    const { pid } = (await proxy.observe(signal)) ?? assert.fail('The proxy does not run');
    const socket = connect({ host: place.address, port: place.port });
    let received = 0;
    let peakKb = 0;
    for await (const bytes of socket) {
      received += (bytes as Buffer).length;
      peakKb = Math.max(peakKb, Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]));
    }
    assert.equal(received, size);
    assert.ok(peakKb < 130_000, `${peakKb} kB resident`);
  });

  test('keeps connections whose backend leaves the configuration', async () => {
    const echo = await backends.listen((socket) => socket.pipe(socket));
    await serve({ ...echo, podUid: 'echo' });
    const socket = connect({ host: place.address, port: place.port });
    socket.write('before');
    assert.equal(String((await once(socket, 'data'))[0]), 'before');
    await serve(await backends.named('other'));
    await proxy.apply({ listeners: [] }, signal);
    socket.write('after');
    assert.equal(String((await once(socket, 'data'))[0]), 'after');
    socket.end();
    await once(socket, 'close');
  });

  test('answers every request while its backends change 50 times', async () => {
    const pool = await Promise.all(['a', 'b', 'c', 'd'].map((name) => backends.named(name)));
    await serve(pool[0] as ProxyBackend);
    const stop = new AbortController();
    const asking = askUntil(place, stop.signal);
    for (let n = 0; n < 50; n++) await serve(...pool.filter((_, index) => (n + index) % 3 !== 0));
    stop.abort();
    const { answers, failures } = await asking;
    assert.deepEqual([failures, answers >= 50], [[], true]);
  });

  test('is started again by itself when it is killed', async () => {
    await serve(await backends.named('a'));
    const { pid } = (await proxy.observe(signal)) ?? assert.fail('The proxy does not run');
    process.kill(pid, 'SIGKILL');
    await untilDead(pid);
    while ((await proxy.observe(signal)) === undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await ask(place), 'a');
  });

  test('opens a listener as soon as its address is free', async () => {
    const taken = new Backends();
    const there = await taken.listen((socket) => socket.destroy());
    await proxy.apply({ listeners: [listenerAt(there, [await backends.named('a')], 'late')] }, signal);
    assert.deepEqual(
      (await proxy.observe(signal))?.failures.map(({ name }) => name),
      ['late'],
    );
    await taken.closeAll();
    while (((await proxy.observe(signal))?.failures.length ?? 1) > 0)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await ask(there), 'a');
  });

  test('refuses a configuration that makes no sense', async () => {
    const bad = (error: unknown) => error instanceof DriverError && error.code === 'BadConfig';
    for (const listener of [
      listenerAt({ address: 'localhost', port: 80 }, []),
      listenerAt({ address: '127.0.0.1', port: 0 }, []),
    ]) {
      await assert.rejects(proxy.apply({ listeners: [listener] }, signal), bad);
    }
    await assert.rejects(proxy.apply({ listeners: [listenerAt(place, []), listenerAt(place, [])] }, signal), bad);
  });

  test('is not taken for a process that reuses its number', async () => {
    const before = readFileSync(join(folder, 'status.json'), 'utf8');
    writeFileSync(
      join(folder, 'status.json'),
      JSON.stringify({ ...JSON.parse(before), pid: process.pid, startTicks: '1' }),
    );
    assert.equal(await proxy.observe(signal), undefined);
    writeFileSync(join(folder, 'status.json'), before);
  });

  test('a second program in the same folder ends at once', async () => {
    const { pid } = (await proxy.observe(signal)) ?? assert.fail('The proxy does not run');
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const [exitCode] = (await once(spawn(program, args), 'exit')) as [number];
    assert.equal(exitCode, 3);
    assert.equal((await proxy.observe(signal))?.pid, pid);
  });

  test('answers every request while the agent that started it is killed and another takes over', async () => {
    const other = mkdtempSync(join(tmpdir(), 'planform-proxy-'));
    const [there, backend] = [await backends.free(), await backends.named('a')];
    const config = { listeners: [listenerAt(there, [backend])] };
    const agent = spawn(
      process.execPath,
      [join(import.meta.dirname, 'testdata/agent.ts'), other, JSON.stringify(config)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(agent.stdout, 'data')) as [Buffer];
    const stop = new AbortController();
    const asking = askUntil(there, stop.signal);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    const next = await openAt(other);
    assert.equal((await next.observe(signal))?.pid, Number(line.toString()));
    await next.apply({ listeners: [listenerAt(there, [backend, await backends.named('b')])] }, signal);
    stop.abort();
    const { answers, failures } = await asking;
    assert.deepEqual([failures, answers >= 50], [[], true]);
    assert.equal((await next.observe(signal))?.pid, Number(line.toString()));
    await next.stop(signal);
    await next[Symbol.asyncDispose]();
    rmSync(other, { recursive: true });
  });
});

/** Asks over and over, four at a time, until stopped but at least 50 times, and counts. */
async function askUntil(
  place: Place,
  stop: AbortSignal,
): Promise<{ readonly answers: number; readonly failures: readonly unknown[] }> {
  let answers = 0;
  const failures: unknown[] = [];
  const loop = async () => {
    while ((!stop.aborted || answers < 50) && failures.length < 100) {
      try {
        assert.match(await ask(place), /^[a-d]$/);
        answers++;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all([loop(), loop(), loop(), loop()]);
  return { answers, failures };
}
