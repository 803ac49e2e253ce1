// An agent for tests to kill: <folder> <configuration as JSON>. Says the pid of its proxy on standard output.
import { silentLogger } from '../../../kernel/base/logger.ts';
import { systemClock } from '../../../kernel/base/system-clock.ts';
import type { ProxyConfig } from '../../api/proxy.ts';
import { openTcpProxy } from '../tcp-proxy.ts';

const [folder = '', config = ''] = process.argv.slice(2);
setInterval(() => undefined, 1000); // it runs until it is killed
const { signal } = new AbortController();
const proxy = await openTcpProxy({
  folder,
  nodeBinaryPath: process.execPath,
  clock: systemClock,
  logger: silentLogger,
});
await proxy.apply(JSON.parse(config) as ProxyConfig, signal);
process.stdout.write(String((await proxy.observe(signal))?.pid));
