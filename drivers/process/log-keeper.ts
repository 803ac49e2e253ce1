import { watch } from 'node:fs';
import { execFile } from 'node:child_process';
import { appendFile, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Clock, sleepUnlessAborted } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { encodeMark, LogTimes } from './log-times.ts';
import { errorCode } from '../api/system-errors.ts';

/** What a keeper needs to know. */
export interface LogKeeperOptions {
  /** The file a container writes its output to. */
  readonly logPath: string;
  /** Where the times are kept. */
  readonly timesPath: string;
  /** Most bytes of output that stay on disk, about; at least 4 MiB. */
  readonly logBytesMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** While a container writes all the time, its file is looked at this often: the precision of the times, too. */
const busyIntervalMs = 250;
/** After a failure to look (no watches left, a full disk) it is tried again after this long. */
const retryIntervalMs = 5000;
/** Holes are punched on this boundary; blocks of file systems divide it. */
const punchAlignment = 65_536;
/** Beyond this length a file is emptied instead of punched: file systems have a largest offset. */
const fileBytesMax = 2 ** 42;

/**
 * Keeps the output of one running container within bounds and notes when it was written. The container writes straight
 * to the file and never waits for anybody; the keeper only looks, so it may die and come back at any time. Old output is
 * dropped by punching a hole at the front of the file: no byte is moved or lost, offsets stay.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isPunchable = true;
  #linesSinceRewrite = 0;
  readonly times: LogTimes;

  /** @param times what `readLogTimes` found. */
  constructor(times: LogTimes, options: LogKeeperOptions) {
    this.times = times;
    this.#options = options;
  }

  /** Starts to watch; accounts for what was written while nobody watched. */
  start(): void {
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Stops watching. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Accounts for the last output of a container that has ended, and stops. */
  async finish(): Promise<void> {
    await this.close();
    try {
      await this.#look();
    } catch (error) {
      this.#warn(error);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.#look()) await this.#options.clock.sleep(busyIntervalMs, signal);
        else await this.#nextWrite(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#warn(error);
        await sleepUnlessAborted(this.#options.clock, retryIntervalMs, signal);
      }
    }
  }

  /** Waits until the file is written to. It is watched before it is looked at, so that no write goes unseen. */
  async #nextWrite(signal: AbortSignal): Promise<void> {
    const written = Promise.withResolvers<void>();
    using _watch = watchFile(this.#options.logPath, written);
    const stopWaiting = () => written.resolve();
    signal.addEventListener('abort', stopWaiting, { once: true });
    try {
      if ((await stat(this.#options.logPath)).size === this.times.size) await written.promise;
    } finally {
      signal.removeEventListener('abort', stopWaiting);
    }
  }

  async #look(): Promise<boolean> {
    const { size, mtimeMs } = await stat(this.#options.logPath);
    if (size < this.times.size) {
      this.times.clear();
      await this.#rewrite();
    }
    const timeMs = Math.floor(mtimeMs);
    const isNew = this.times.note(size, timeMs);
    if (isNew) await this.#append(encodeMark(size, timeMs));
    if (size - this.times.floor > this.#options.logBytesMax) await this.#drop(size);
    return isNew;
  }

  async #append(line: string): Promise<void> {
    this.#linesSinceRewrite++;
    if (this.#linesSinceRewrite > 4 * Math.max(1024, this.times.markCount)) return this.#rewrite();
    await appendFile(this.#options.timesPath, line, { mode: 0o600 });
  }

  async #rewrite(): Promise<void> {
    this.#linesSinceRewrite = 0;
    await writeFile(`${this.#options.timesPath}.new`, this.times.encode(), { mode: 0o600 });
    await rename(`${this.#options.timesPath}.new`, this.#options.timesPath);
  }

  async #drop(size: number): Promise<void> {
    const keepFrom = size - Math.floor((this.#options.logBytesMax * 2) / 3);
    const floor = keepFrom - (keepFrom % punchAlignment);
    if (size < fileBytesMax && (await this.#punch(floor))) this.times.dropBefore(floor);
    else {
      await truncate(this.#options.logPath, 0);
      this.times.clear();
    }
    await this.#rewrite();
  }

  /** fallocate(1) from util-linux, as Node has no such call. */
  async #punch(length: number): Promise<boolean> {
    if (!this.#isPunchable) return false;
    try {
      await promisify(execFile)('fallocate', [
        '--punch-hole',
        '--offset',
        '0',
        '--length',
        String(length),
        this.#options.logPath,
      ]);
      return true;
    } catch (error) {
      this.#isPunchable = false;
      this.#options.logger.warn('cannot punch holes in log files; they are emptied when full', {
        error,
        path: this.#options.logPath,
      });
      return false;
    }
  }

  #warn(error: unknown): void {
    if (errorCode(error) === 'ENOENT') return; // the container was removed
    this.#options.logger.warn('cannot keep the times of a log', { error, path: this.#options.logPath });
  }
}

function watchFile(path: string, written: PromiseWithResolvers<void>): Disposable {
  const watcher = watch(path, { persistent: false }, () => written.resolve());
  watcher.on('error', written.reject);
  return { [Symbol.dispose]: () => watcher.close() };
}

/** The times kept for a log so far; empty when there are none. */
export async function readLogTimes(timesPath: string): Promise<LogTimes> {
  try {
    return LogTimes.parse(await readFile(timesPath, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new LogTimes();
    throw error;
  }
}
