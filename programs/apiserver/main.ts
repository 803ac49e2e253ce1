import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { simulationControllers } from '../../planes/control/index.ts';
import { openLogger } from '../logging.ts';
import { type KernelConfig, readKernelConfig } from './config.ts';
import { bareKernelKinds } from './kinds.ts';
import { planformVersion } from '../version.ts';
import { serveKernel } from './serve.ts';

/**
 * Runs a bare API server until `stop` aborts: the standard kinds and those people define, no drivers, and no controllers
 * but the kernel's own and, on request, those that play nodes.
 */
export async function runKernel(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const { logLevel, ...config } = readKernelConfig(options);
  await serveBareKernel({ ...config, log: openLogger(logLevel, { component: 'kernel' }) }, stop);
}

/** How a bare API server is run. */
export interface BareKernelOptions extends Omit<KernelConfig, 'logLevel'> {
  readonly log: Logger;
  /** Called once it answers; the process that started this one is told otherwise. */
  readonly onReady?: (url: string) => void;
}

/** Serves what `runKernel` runs. @throws {CommandError} when it cannot start. */
export async function serveBareKernel(
  { simulatedNodes, ...config }: BareKernelOptions,
  stop: AbortSignal,
): Promise<void> {
  await serveKernel(
    {
      ...config,
      names: [],
      name: 'kernel',
      component: 'planform-kernel',
      kinds: bareKernelKinds,
      clock: systemClock,
      random: systemRandom,
      open: () => Promise.resolve(undefined),
      plug: (_environment, { clock, log }) => {
        if (simulatedNodes === 0) return {};
        return {
          controllers: simulationControllers({ nodeCount: simulatedNodes, version: `v${planformVersion}`, clock, log }),
        };
      },
    },
    stop,
  );
}
