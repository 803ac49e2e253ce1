import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { controlKinds } from '../../planes/control/index.ts';
import { serveKernel } from '../../programs/apiserver/serve.ts';
import { hubKinds } from '../../programs/hub/compose.ts';
import { openLogger } from '../../programs/logging.ts';

/**
 * A kernel with the kinds of hub and site and none of their controllers, so that objects stay as clients leave them.
 * `argv`: `hub --data FOLDER --port PORT`, as the command takes them.
 */
const [, , , , dataFolder = '', , port = ''] = process.argv;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort(new DOMException('Stopped by a signal', 'AbortError')));

await serveKernel(
  {
    dataFolder,
    host: '127.0.0.1',
    port: Number(port),
    names: [],
    name: 'bare',
    component: 'bare-kernel',
    kinds: [...controlKinds, ...hubKinds],
    clock: systemClock,
    random: systemRandom,
    log: openLogger('info', { component: 'bare-kernel' }),
    open: () => Promise.resolve(undefined),
    plug: () => ({}),
  },
  stop.signal,
);
