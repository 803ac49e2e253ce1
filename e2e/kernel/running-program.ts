import { spawn } from 'node:child_process';
import { eventually } from '../world.ts';
import { plain } from './plain.ts';

/** A real program that follows something until it is ended or ends by itself. */
export class RunningProgram implements AsyncDisposable {
  readonly ended: Promise<number | null>;
  readonly #kill: (signal: NodeJS.Signals) => void;
  stdout = '';
  stderr = '';

  constructor(path: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.ended = new Promise((resolve) => child.once('close', resolve));
    this.#kill = (signal) => child.kill(signal);
  }

  /** Waits until its output matches, but for ages, alignment and colours. */
  async shows(pattern: RegExp): Promise<void> {
    await eventually(`${pattern} in the output`, 20_000, () => {
      if (pattern.test(plain(this.stdout))) return true;
      throw new Error(`it is:\n${this.stdout.slice(-4_000)}${this.stderr.slice(-4_000)}`);
    });
  }

  /** Waits until its last line matches. */
  async arrivesAt(pattern: RegExp): Promise<void> {
    await eventually(`${pattern} at the end of the output`, 20_000, () => {
      if (pattern.test(this.stdout.trimEnd().split('\n').at(-1) ?? '')) return true;
      throw new Error(`it is:\n${this.stdout.slice(-4_000)}${this.stderr.slice(-4_000)}`);
    });
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#kill(signal);
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
