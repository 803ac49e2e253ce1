import type { ControllerHost } from '../../kernel/controller/controller-host.ts';
import type { HealthCheck } from '../../kernel/server/health.ts';
import type { MeasuredStore } from './kernel-metrics.ts';

/** What the health endpoints of a kernel look at, under the names of kube-apiserver where it has them. */
export interface KernelHealth {
  readonly liveness: readonly HealthCheck[];
  readonly readiness: readonly HealthCheck[];
  /** To be run beside the controllers, so that it is known when they work. */
  follow(stop: AbortSignal): Promise<void>;
}

/** Checks of a kernel: its store takes commits, its controllers have read what they look at, and nobody stops it. */
export function kernelHealth(host: ControllerHost, store: MeasuredStore): KernelHealth {
  let [runs, stops] = [false, false];
  const isUnsynced = () => (!runs || host.isSynced ? undefined : 'controllers have not read all kinds yet');
  return {
    liveness: [
      { name: 'log', problem: () => undefined },
      { name: 'etcd', problem: store.problem },
    ],
    readiness: [
      { name: 'etcd-readiness', problem: store.problem },
      { name: 'informer-sync', problem: isUnsynced },
      { name: 'shutdown', problem: () => (stops ? 'process is shutting down' : undefined) },
    ],
    async follow(stop) {
      runs = true;
      await new Promise<void>((resolve) => {
        stop.addEventListener('abort', () => resolve(), { once: true });
        if (stop.aborted) resolve();
      });
      stops = true;
    },
  };
}
