import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { misbehaviourNamed, type Victim } from './clients.ts';

/** Who misbehaves against whom. */
interface CrowdOptions {
  /** Name of the misbehaviour. */
  readonly name: string;
  readonly victim: Victim;
  readonly clientCount: number;
}

/** Clients that begin between two pauses: a server that has to shake hands with all of them at once is not what this is about. */
const beginAtOnce = 20;
const pauseMs = 10;

/**
 * Lets many clients misbehave in the same way until it is disposed, in a thread of their own, so that what a good client waits
 * for is the server and not them. Resolves when all have begun.
 */
export async function startCrowd(options: CrowdOptions): Promise<AsyncDisposable> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  worker.unref(); // a test that has failed meanwhile does not wait for its end
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.once('message', () => resolve());
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`The crowd ended with ${code} before all had begun`)));
  await promise;
  return {
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

async function misbehave({ name, victim, clientCount }: CrowdOptions): Promise<void> {
  const misbehaviour = misbehaviourNamed(name);
  for (let index = 0; index < clientCount; index++) {
    misbehaviour.begin(victim);
    if (index % beginAtOnce === beginAtOnce - 1) await sleep(pauseMs);
  }
  parentPort?.postMessage('begun', []);
}

if (!isMainThread) await misbehave(workerData as CrowdOptions);
