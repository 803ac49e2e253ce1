import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Clock } from '../../kernel/base/clock.ts';
import type { ExecResult } from '../api/runtime.ts';
import { DriverError } from '../api/runtime.ts';
import { signalProcess } from '../api/processes.ts';

/** One run of a host command on behalf of a container. */
export interface CommandOrder {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Open file the command gets as descriptor 3. */
  readonly descriptor3: number;
  readonly timeoutMs: number;
  /** Output beyond it is read and dropped. */
  readonly outputBytesMax: number;
}

/**
 * Runs a command as a process group of its own and collects what it writes. When it ends, or time is up, or the signal
 * aborts, the whole group is killed.
 * @throws {DriverError} `TimedOut`, `StartFailed`; the abort reason.
 */
export async function runCommand(order: CommandOrder, clock: Clock, signal: AbortSignal): Promise<ExecResult> {
  signal.throwIfAborted();
  const [program = '', ...args] = order.command;
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    env: { ...order.env },
    stdio: ['ignore', 'pipe', 'pipe', order.descriptor3, 'ignore'],
  });
  const killGroup = () => child.pid !== undefined && signalProcess(-child.pid, 'SIGKILL');
  const output = new BoundedOutput(order.outputBytesMax);
  child.stdout?.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => output.push(bytes));
  child.once('exit', killGroup);
  let hasTimedOut = false;
  using _timeout = clock.timer(order.timeoutMs, () => {
    hasTimedOut = true;
    killGroup();
  });
  signal.addEventListener('abort', killGroup, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => reject(new DriverError('StartFailed', `Cannot run "${program}"`, { cause })));
      child.once('close', (code, signalName) => resolve(code ?? 128 + constants.signals[signalName ?? 'SIGKILL']));
    });
    signal.throwIfAborted();
    if (hasTimedOut) throw new DriverError('TimedOut', `Command did not end within ${order.timeoutMs} ms`);
    return { exitCode, output: output.bytes() };
  } finally {
    signal.removeEventListener('abort', killGroup);
  }
}

/** Keeps the first bytes of an output. */
class BoundedOutput {
  readonly #pieces: Buffer[] = [];
  #bytesLeft: number;

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax;
  }

  push(bytes: Buffer): void {
    if (this.#bytesLeft <= 0) return;
    this.#pieces.push(bytes.subarray(0, this.#bytesLeft));
    this.#bytesLeft -= bytes.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}
