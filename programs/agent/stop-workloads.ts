import { join, resolve } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { openProcessRuntime } from '../../drivers/process/process-runtime.ts';
import { openTcpProxy } from '../../drivers/tcp-proxy/tcp-proxy.ts';
import { CommandError } from '../cli/exit.ts';
import { note } from '../cli/output.ts';
import { openLogger } from '../logging.ts';
import { readLiveProcess } from '../process-file.ts';

/** Time containers get between TERM and KILL. */
const graceMs = 10_000;

/** Where the process runtime of a site keeps everything. */
export function runtimeFolder(dataFolder: string): string {
  return join(dataFolder, 'runtime');
}

/** Where the service proxy of a site keeps everything. */
export function proxyFolder(dataFolder: string): string {
  return join(dataFolder, 'proxy');
}

/**
 * Stops every container and the proxy of a site whose agent is stopped. What the site should run stays in its store: the
 * next `agent run` starts it again. @throws {CommandError} while the agent runs, since it would start them at once.
 */
export async function stopWorkloads(options: Readonly<Record<string, unknown>>): Promise<void> {
  const dataFolder = resolve(String(options['data']));
  const agent = await readLiveProcess(dataFolder);
  if (agent !== undefined)
    throw new CommandError(
      `The agent of ${dataFolder} runs (pid ${agent.pid})`,
      'stop it first: it would start the workloads again',
    );
  // Timers of drivers do not keep a process alive; here there is nothing else that would.
  using _alive = keptAlive();
  const log = openLogger('warn', { component: 'agent' });
  const shared = { clock: systemClock, logger: log, nodeBinaryPath: process.execPath };
  const { signal } = new AbortController();
  await using runtime = await openProcessRuntime({ ...shared, folder: runtimeFolder(dataFolder) }, signal);
  const running = (await runtime.observe(signal)).filter((container) => container.status === 'running');
  await Promise.all(running.map((container) => runtime.stop(container.id, { graceMs }, signal)));
  await using proxy = await openTcpProxy({ ...shared, folder: proxyFolder(dataFolder) });
  await proxy.stop(signal);
  note(`stopped ${running.length} ${running.length === 1 ? 'container' : 'containers'}`);
}

function keptAlive(): Disposable {
  const timer = setInterval(() => undefined, 60_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
