// An agent for tests to kill: <folder> <both|many-n>. Says on standard output what it started, or a dot for every start.
import { silentLogger } from '../../../kernel/base/logger.ts';
import { systemClock } from '../../../kernel/base/system-clock.ts';
import { untilWritten } from '../../api/runtime-conformance.ts';
import { openProcessRuntime } from '../process-runtime.ts';

const [folder = '', mode = ''] = process.argv.slice(2);
setInterval(() => undefined, 1000); // it runs until it is killed
const { signal } = new AbortController();
const runtime = await openProcessRuntime(
  { folder, nodeBinaryPath: process.execPath, clock: systemClock, logger: silentLogger },
  signal,
);
const start = (id: string, command: readonly string[]) =>
  runtime.start(
    { id, podUid: 'uid', podName: 'default/pod', containerName: 'web', attempt: 0, command, env: {}, mounts: [] },
    signal,
  );

if (mode === 'both') {
  await start('long', ['sleep', '1000000']);
  await start('short', ['sh', '-c', 'trap "echo bye; exit 7" USR1; echo ready; while :; do sleep 0.01; done']);
  await untilWritten(runtime, 'short', 'ready', signal);
  const pids = (await runtime.observe(signal)).map((state) => [state.id, state.pid]);
  process.stdout.write(JSON.stringify(Object.fromEntries(pids)));
  } else {
  for (let n = 0; n < 100; n++) {
    await start(`${mode}-${n}`, ['sleep', '1000000']);
    process.stdout.write('.');
  }
}
