import { parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { StoreError } from '../../ports/store.ts';
import { toStoreError } from './failure.ts';
import type { LogFileOptions } from './log-file.ts';
import { LogService } from './log-service.ts';
import type { RowsFileOptions } from './rows-file.ts';
import { RowsService } from './rows-service.ts';
import type { ServiceRequest, ThreadMessage, ThreadRequest } from './thread.ts';
import { transferOf } from './thread.ts';

/** The other side of `SqliteThread`: does one request after the other, answers, then tidies up. */
const port = parentPort;
assert(port !== null, 'This file runs in a worker thread');

/** A service and the file it works on. */
interface OpenService {
  readonly service: LogService | RowsService;
  readonly path: string;
}

const services = new Map<number, OpenService>();

port.on('message', (request: ThreadRequest) => {
  if ('releaseGarbage' in request) globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
  else serve(request);
});

function serve(request: ServiceRequest): void {
  try {
    const result = 'open' in request ? openService(request) : callService(request);
    if (result instanceof Promise) {
      result.then(
        (value) => answer(request.id, value),
        (error) => refuse(request, error),
      );
    } else {
      answer(request.id, result);
      if ('service' in request && request.method === 'append') tidyAfterAppend(request.service);
    }
  } catch (error) {
    refuse(request, error);
  }
}

function openService({ id, open, options }: Extract<ServiceRequest, { readonly open: unknown }>): number {
  const service =
    open === 'log' ? new LogService(options as LogFileOptions, warn) : new RowsService(options as RowsFileOptions);
  services.set(id, { service, path: pathOf(options) });
  return id;
}

function pathOf(options: unknown): string {
  return (options as LogFileOptions | RowsFileOptions).path;
}

function callService({
  service: id,
  method,
  parameters,
}: Extract<ServiceRequest, { readonly service: number }>): unknown {
  const { service } = services.get(id) ?? {};
  const call: unknown = service === undefined ? undefined : Reflect.get(service, method);
  assert(typeof call === 'function', `The service has a method ${method}`);
  const result: unknown = Reflect.apply(call, service, parameters);
  if (method === 'close') services.delete(id);
  return result;
}

/** The append was answered; whatever goes wrong here costs space, not commits. */
function tidyAfterAppend(id: number): void {
  try {
    services.get(id)?.service.afterAppend();
  } catch (error) {
    warn('cannot tidy up after an append', { error: String(error) });
  }
}

function answer(id: number, value: unknown): void {
  send({ id, value }, transferOf([value]));
}

function refuse(request: ServiceRequest, thrown: unknown): void {
  const { id } = request;
  const isSqlite = thrown instanceof Error && 'errcode' in thrown;
  const path = 'service' in request ? services.get(request.service)?.path : pathOf(request.options);
  const error = isSqlite ? toStoreError(thrown, `read "${path}"`) : thrown;
  const message = error instanceof Error ? error.message : String(error);
  send({ id, failure: error instanceof StoreError ? { code: error.code, message } : { message } });
}

function warn(warning: string, fields: Readonly<Record<string, unknown>>): void {
  send({ warning, fields });
}

function send(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
