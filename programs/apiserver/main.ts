import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { customResourceDefinitionKind } from '../../kernel/kinds/customresourcedefinition/type.ts';
import { openLogger } from '../logging.ts';
import { readKernelConfig } from './config.ts';
import { serveKernel } from './serve.ts';

/** Runs a bare API server until `stop` aborts: the kernel's own kinds and those people define, no planes, no drivers. */
export async function runKernel(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const { logLevel, ...config } = readKernelConfig(options);
  await serveKernel(
    {
      ...config,
      names: [],
      name: 'kernel',
      component: 'planform-kernel',
      kinds: [customResourceDefinitionKind],
      clock: systemClock,
      random: systemRandom,
      log: openLogger(logLevel, { component: 'kernel' }),
      open: () => Promise.resolve(undefined),
      plug: () => ({}),
    },
    stop,
  );
}
