import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../kernel/base/clock.ts';
import type { Logger } from '../kernel/base/logger.ts';
import { errorText } from '../kernel/meta/errors.ts';

/** Files are often written in several steps; they are read when nothing happened for so long. */
const settleMs = 100;

/** Calls `look`, one after the other, after changes of files in a folder, until `stop` aborts. `look` never rejects. */
export async function followFolder(
  folder: string,
  look: () => Promise<void>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  stop: AbortSignal,
): Promise<void> {
  let settling: Disposable | undefined;
  let last = Promise.resolve();
  const lost = (error: unknown) => log.error('changes in a folder are not seen', { folder, error: errorText(error) });
  const onChange = () => {
    settling?.[Symbol.dispose]();
    settling = clock.timer(settleMs, () => {
      last = last.then(look);
    });
  };
  const watcher = open(folder, onChange, lost);
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  stop.addEventListener('abort', () => resolve(), { once: true });
  if (!stop.aborted) await stopped;
  watcher?.close();
  settling?.[Symbol.dispose]();
  await last;
}

/** `undefined` when the system has no watches left: the server goes on without. */
function open(folder: string, onChange: () => void, lost: (error: unknown) => void): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, onChange).on('error', lost);
  } catch (error) {
    lost(error);
    return undefined;
  }
}
