import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { ApiError } from '../../meta/errors.ts';
import type { Credentials } from '../../ports/auth.ts';
import type { ApiRequest, ApiResponse, RequestHandler } from '../../ports/endpoint.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** What the in-memory transport needs besides the handler. */
export interface HandlerTransportOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A transport straight onto a request handler: everything but sockets and TLS is as over HTTP. For the simulator and
 * for tests.
 */
export function handlerTransport(handler: RequestHandler, options: HandlerTransportOptions): Transport {
  return {
    async request(request) {
      request.signal.throwIfAborted();
      const response = await handler.handle(apiRequest(request, options));
      return { status: response.status, headers: response.headers, body: bodyOf(response, request.signal) };
    },
  };
}

function apiRequest(request: TransportRequest, { credentials, clock, random }: HandlerTransportOptions): ApiRequest {
  const question = request.path.indexOf('?');
  const body = request.body ?? new Uint8Array();
  return {
    method: request.method,
    path: question < 0 ? request.path : request.path.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : request.path.slice(question + 1)),
    headers: request.headers,
    credentials,
    async readBody(bytesMax) {
      if (body.byteLength <= bytesMax) return body;
      throw new ApiError(
        'RequestEntityTooLarge',
        `Cannot read a body of ${body.byteLength} bytes: limit is ${bytesMax}`,
      );
    },
    signal: request.signal,
    receivedAtMs: clock.nowMs(),
    requestId: random.uuid(),
  };
}

async function* bodyOf({ body }: ApiResponse, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (body === undefined) return;
  if (body instanceof Uint8Array) {
    yield body;
    return;
  }
  for await (const chunk of body) {
    signal.throwIfAborted();
    yield chunk;
  }
}
