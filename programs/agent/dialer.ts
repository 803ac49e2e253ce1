import type { Clock } from '../../kernel/base/clock.ts';
import { createHttpClient, jsonOrText, requestJson } from '../../kernel/client/http/http-client.ts';
import { connectNodeTransport, type NodeTransport } from '../../kernel/client/http/node-transport.ts';
import { readWhole, type Transport, transportError } from '../../kernel/client/http/transport.ts';
import { ApiError, errorText } from '../../kernel/meta/errors.ts';
import type { JsonObject } from '../../kernel/meta/object.ts';
import { statusToError } from '../../kernel/server/status.ts';
import type { HubConnection, HubDialer } from '../../planes/management/hub-line/connection.ts';
import { planformVersion } from '../version.ts';
import type { SiteIdentity } from './identity.ts';

/** What the dialer needs. */
export interface HubDialerOptions {
  /** The identity as it is now: a renewed certificate is used by the next session. */
  readonly identity: () => SiteIdentity;
  readonly clock: Clock;
}

/** Opens sessions with the hub: one outbound mutual-TLS HTTP/2 connection each, to the first address that answers. */
export function hubDialer({ identity, clock }: HubDialerOptions): HubDialer {
  return {
    async dial(hubUrls, signal) {
      const { caPem, certificatePem, keyPem } = identity();
      const failures: string[] = [];
      for (const url of hubUrls) {
        try {
          const transport = await connectNodeTransport(
            { url, caPem, identity: { certificatePem, keyPem }, clock },
            signal,
          );
          return nodeConnection(transport);
        } catch (error) {
          signal.throwIfAborted();
          failures.push(errorText(error));
        }
      }
      throw new ApiError('ServiceUnavailable', `Cannot reach the hub: ${failures.join('; ')}`);
    },
  };
}

function nodeConnection(transport: NodeTransport): HubConnection {
  return {
    ...hubConnection(transport),
    async [Symbol.asyncDispose]() {
      transport.destroy();
      await transport.closed;
    },
  };
}

/** A session over any transport; ending the transport is the caller's business. */
export function hubConnection(transport: Transport): Omit<HubConnection, typeof Symbol.asyncDispose> {
  const userAgent = `planform-agent/${planformVersion}`;
  const get = async (path: string, accept: string, signal: AbortSignal) => {
    try {
      const response = await transport.request({
        method: 'GET',
        path,
        headers: { accept, 'user-agent': userAgent },
        body: undefined,
        signal,
      });
      if (response.status < 400) return response;
      throw statusToError(response.status, jsonOrText(await readWhole(response.body, errorBytesMax)));
    } catch (error) {
      throw transportError(error, `GET ${path}`, signal);
    }
  };
  return {
    client: createHttpClient({ transport, userAgent }),
    async requestJson({ method, path, body }, signal): Promise<JsonObject> {
      const { value } = await requestJson(
        { transport, userAgent },
        { method, path, ...(body === undefined ? {} : { body }) },
        signal,
      );
      return (value ?? {}) as JsonObject;
    },
    async readBytes(path, bytesMax, signal) {
      const response = await get(path, '*/*', signal);
      return readWhole(response.body, bytesMax);
    },
    async *openStream(path, signal) {
      const response = await get(path, '*/*', signal);
      yield* response.body;
    },
  };
}

/** Longest refusal that is read. */
const errorBytesMax = 64 * 1024;
