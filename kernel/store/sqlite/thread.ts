import { Worker } from 'node:worker_threads';
import { AssertionFailure } from '../../base/assert.ts';
import type { Logger } from '../../base/logger.ts';
import type { StoreErrorCode } from '../../ports/store.ts';
import { StoreError } from '../../ports/store.ts';
import type { LogFileOptions } from './log-file.ts';
import type { LogService } from './log-service.ts';
import type { RowsFileOptions } from './rows-file.ts';
import type { RowsService } from './rows-service.ts';

/** What can be opened in the thread, by name. */
export interface Services {
  readonly log: { readonly options: LogFileOptions; readonly service: LogService };
  readonly rows: { readonly options: RowsFileOptions; readonly service: RowsService };
}

/** Opens a service, or calls one that is open; or gives unused memory back. */
export type ThreadRequest = ServiceRequest | { readonly releaseGarbage: true };

/** A request that is answered. */
export type ServiceRequest =
  | { readonly id: number; readonly open: keyof Services; readonly options: unknown }
  | { readonly id: number; readonly service: number; readonly method: string; readonly parameters: readonly unknown[] };

/** The answer to one request, or a line for the log. */
export type ThreadMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: { readonly code?: StoreErrorCode; readonly message: string } }
  | { readonly warning: string; readonly fields: Readonly<Record<string, unknown>> };

/** Names of the methods of a service. */
type MethodOf<Service> = {
  [Name in keyof Service]: Service[Name] extends (...parameters: never[]) => unknown ? Name : never;
}[keyof Service] &
  string;

/** A service in the thread: calls are done one after the other, in call order. */
export interface ServiceHandle<Service> {
  /** @throws {StoreError} what the service threw; `Failed` when the thread died. */
  call<Name extends MethodOf<Service>>(
    method: Name,
    ...parameters: Service[Name] extends (...parameters: infer Parameters) => unknown ? Parameters : never
  ): Promise<Service[Name] extends (...parameters: never[]) => infer Result ? Awaited<Result> : never>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The worker thread that owns SQLite connections: its calls block on the disk, the main thread never does. A program
 * starts one and opens all its databases in it; a second thread would cost 12 MB for nothing.
 */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #death: StoreError | undefined;

  /** Starts the thread; it is ready about 20 ms later, requests wait. */
  constructor(logger: Logger) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'sqlite',
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 },
    });
    this.#worker.on('message', (message: ThreadMessage) => {
      if ('warning' in message) logger.warn(message.warning, message.fields);
      else this.#answer(message);
    });
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
    this.#worker.unref();
  }

  /** Opens a service. @throws {StoreError} why it cannot be opened. */
  async open<Name extends keyof Services>(
    name: Name,
    options: Services[Name]['options'],
  ): Promise<ServiceHandle<Services[Name]['service']>> {
    const service = (await this.#request((id) => ({ id, open: name, options }))) as number;
    return {
      call: (method, ...parameters) =>
        this.#request((id) => ({ id, service, method, parameters })) as ReturnType<
          ServiceHandle<Services[Name]['service']>['call']
        >,
    };
  }

  /** Gives memory that nothing uses any more back to the system. Does nothing without `--expose-gc`. */
  releaseGarbage(): void {
    const request: ThreadRequest = { releaseGarbage: true };
    this.#worker.postMessage(request, []);
  }

  /** Ends the thread. Close what is open in it first. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #request(make: (id: number) => ServiceRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#death) return reject(this.#death);
      const id = this.#nextId++;
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      const request = make(id);
      this.#worker.postMessage(request, transferOf('parameters' in request ? request.parameters : []));
    });
  }

  #answer(message: Exclude<ThreadMessage, { readonly warning: string }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('failure' in message) waiting?.reject(toError(message.failure));
    else waiting?.resolve(message.value);
  }

  #die(cause: unknown): void {
    this.#death ??= new StoreError('Failed', 'Cannot use the database: its thread ended', { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }
}

/** Memory of the packed values among `values`: handed over to the other thread instead of copied. */
export function transferOf(values: readonly unknown[]): ArrayBuffer[] {
  return values.flatMap((value) => {
    const bytes = value !== null && typeof value === 'object' && 'packed' in value ? value.packed : undefined;
    return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
  });
}

function toError({ code, message }: { readonly code?: StoreErrorCode; readonly message: string }): Error {
  return code === undefined ? new AssertionFailure(message) : new StoreError(code, message);
}
