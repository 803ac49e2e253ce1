import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A folder that goes away with the bench. */
export function scratchFolder(name: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), `planform-bench-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A running server under measurement. */
export interface MeasuredServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** Process start → answering, milliseconds. */
  readonly readyMs: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The command as people start it. */
export const launcher = join(import.meta.dirname, '..', 'planform');

/** Starts `planform hub` (or another subcommand) through the launcher and waits until it says that it is ready. */
export async function startPlanform(args: readonly string[]): Promise<MeasuredServer> {
  const startedMs = performance.now();
  const log = process.env['BENCH_LOG'] === undefined ? 'ignore' : 'inherit';
  const child = spawn(launcher, args, { stdio: ['ignore', 'ignore', log, 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { type: string; url?: string; message?: string }) => {
      if (message.type === 'ready') resolve(message.url ?? '');
      else reject(new Error(message.message));
    });
    child.on('exit', (code) => reject(new Error(`planform ${args.join(' ')} ended with ${code}`)));
  });
  return { url, child, readyMs: performance.now() - startedMs, stop: (signal) => stop(child, signal ?? 'SIGTERM') };
}

/** Starts etcd on its own folder with its defaults (fsync on). */
export async function startEtcd(folder: string): Promise<MeasuredServer> {
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const startedMs = performance.now();
  const child = spawn(
    'etcd',
    [
      '--data-dir',
      folder,
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
      '--listen-peer-urls',
      peerUrl,
      '--initial-advertise-peer-urls',
      peerUrl,
      '--initial-cluster',
      `default=${peerUrl}`,
      '--log-level',
      'error',
    ],
    { stdio: 'ignore' },
  );
  for (;;) {
    try {
      if ((await fetch(`${url}/health`)).ok) break;
    } catch (error) {
      if (child.exitCode !== null) throw new Error('etcd ended during its start', { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, child, readyMs: performance.now() - startedMs, stop: (signal) => stop(child, signal ?? 'SIGTERM') };
}

function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

/** Takes the credentials of a kubeconfig apart into files that the load generator reads. */
export function credentialFiles(
  kubeconfigPath: string,
  folder: string,
): { readonly caPath: string; readonly certPath: string; readonly keyPath: string } {
  const config = parse(readFileSync(kubeconfigPath, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const write = (name: string, base64: string | undefined) => {
    const path = join(folder, name);
    writeFileSync(path, Buffer.from(base64 ?? '', 'base64'));
    return path;
  };
  return {
    caPath: write('ca.pem', config.clusters[0]?.cluster['certificate-authority-data']),
    certPath: write('cert.pem', config.users[0]?.user['client-certificate-data']),
    keyPath: write('key.pem', config.users[0]?.user['client-key-data']),
  };
}

/** Memory of a process, KiB. */
export function memoryOf(pid: number): { readonly rssKib: number; readonly anonymousKib: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { rssKib: field('VmRSS'), anonymousKib: field('RssAnon') };
}

/** CPU time a process has used, milliseconds (user and system). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
