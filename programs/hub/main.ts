import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { serveKernel } from '../apiserver/serve.ts';
import { openLogger } from '../logging.ts';
import { plugHub, hubKinds } from './compose.ts';
import { readHubConfig } from './config.ts';

/** Runs a hub until `stop` aborts. */
export async function runHub(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const { dataFolder, host, port, names, logLevel } = readHubConfig(options);
  const log = openLogger(logLevel, { component: 'hub' });
  await serveKernel(
    {
      dataFolder,
      host,
      port,
      names,
      name: 'hub',
      component: 'planform-hub',
      kinds: hubKinds,
      clock: systemClock,
      random: systemRandom,
      log,
      plug: plugHub,
    },
    stop,
  );
}
