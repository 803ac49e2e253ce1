import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Address } from '../kernel/golden/wire.ts';
import { freePort } from '../kernel/hub.ts';

const script = join(import.meta.dirname, '../kernel/golden/record.sh');

/** kube-apiserver 1.36.4 itself on etcd, built from its module: needs Go, etcd and openssl. Without controllers. */
export class Upstream implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly address: Address;
  /** The process of kube-apiserver. */
  readonly pid: number;

  private constructor(child: ChildProcess, address: Address, pid: number) {
    this.#child = child;
    this.address = address;
    this.pid = pid;
  }

  /** Builds it, which takes minutes the first time, and waits until it answers. @throws {Error} when it ends instead. */
  static async start(): Promise<Upstream> {
    const ports = { PORT: await freePort(), ETCD_PORT: await freePort(), ETCD_PEER_PORT: await freePort() };
    const named = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    const path = `${process.env['PATH']}:/usr/local/go/bin`;
    const child = spawn('sh', [script, 'standard', 'serve'], {
      env: { ...process.env, ...named, PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const [url = '', caPath = '', certPath = '', keyPath = '', pid = ''] = line.split(' ');
      return new Upstream(child, { url, caPath, certPath, keyPath }, Number(pid));
    }
    throw new Error('Start kube-apiserver: it ended before it answered');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill();
    await ended;
  }
}
