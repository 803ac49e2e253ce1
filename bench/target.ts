import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadJob, LoadResult } from './h2-load.ts';
import { credentialFiles, cpuMsOf, freePort, type MeasuredServer, scratchFolder, startPlanform } from './servers.ts';

const execute = promisify(execFile);

/** Bytes of the value of every object the bench writes; the stored object has some 400 more. */
export const valueBytes = 1024;

/** A server under load and what it takes to reach it. */
export interface Target {
  readonly server: MeasuredServer;
  readonly credentials: ReturnType<typeof credentialFiles>;
}

/** A hub on an empty folder; disposing stops it and removes the folder. */
export function openHub(): Promise<Target & AsyncDisposable> {
  return openServer('hub');
}

/** A bare API server on an empty folder, likewise. */
export function openKernel(options: readonly string[] = []): Promise<Target & AsyncDisposable> {
  return openServer('kernel', options);
}

async function openServer(
  subcommand: 'hub' | 'kernel',
  options: readonly string[] = [],
): Promise<Target & AsyncDisposable> {
  const folder = scratchFolder(subcommand);
  const place = ['--data', folder.path, '--port', String(await freePort())];
  const server = await startPlanform([subcommand, ...place, ...options]);
  const credentials = credentialFiles(join(folder.path, 'kubeconfig'), folder.path);
  return {
    server,
    credentials,
    async [Symbol.asyncDispose]() {
      await server.stop();
      folder[Symbol.dispose]();
    },
  };
}

/** A job against the target; `part` says what differs from one client that gets objects of `default`. */
export function jobOf({ server, credentials }: Target, part: Partial<LoadJob>): LoadJob {
  const job = { kind: 'get', clientCount: 1, requestCount: 1_000, namespace: 'default', prefix: 'load' } as const;
  return { url: server.url, ...credentials, ...job, valueBytes, ...part };
}

/** Runs a load generator in a process of its own, so that its processor time is not the server's. */
export async function load(file: 'h2-load.ts' | 'etcd-load.ts', job: object): Promise<LoadResult> {
  const { stdout } = await execute(process.execPath, [join(import.meta.dirname, file), JSON.stringify(job)]);
  return JSON.parse(stdout) as LoadResult;
}

/** A result and what it cost the server, milliseconds of processor time per request. */
export type CostedResult = LoadResult & { readonly cpuMs: number };

/** Runs a job and says what it cost. */
export async function costedLoad(target: Target, job: LoadJob): Promise<CostedResult> {
  const pid = target.server.child.pid ?? 0;
  const before = cpuMsOf(pid);
  const result = await load('h2-load.ts', job);
  return { ...result, cpuMs: (cpuMsOf(pid) - before) / job.requestCount };
}
