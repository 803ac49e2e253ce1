import type { JsonObject } from '../../../kernel/meta/object.ts';
import type { Client } from '../../../kernel/ports/client.ts';

/**
 * Port: one session with the hub. All requests share one connection that the agent opened. When the other end has been
 * dead for 15 s, whatever the line looks like, the connection ends and all requests on it fail.
 */
export interface HubConnection extends AsyncDisposable {
  /** Acts at the hub as this site. */
  readonly client: Client;
  /** Sends a JSON body, reads a JSON object. @throws {ApiError} as the hub answered, `ServiceUnavailable` without an answer. */
  requestJson(request: HubRequest, signal: AbortSignal): Promise<JsonObject>;
  /** Reads bytes. @throws {ApiError} as above, `RequestEntityTooLarge` beyond `bytesMax`. */
  readBytes(path: string, bytesMax: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Reads an answer that goes on until either side ends it. @throws {ApiError} as above. */
  openStream(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** One request with a JSON body. */
export interface HubRequest {
  readonly method: 'POST' | 'GET';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
}

/** Port: opens sessions with the hub. Back-off is the caller's. */
export interface HubDialer {
  /**
   * Dials the first of `hubUrls` that answers.
   * @throws {ApiError} `ServiceUnavailable` when none does.
   */
  dial(hubUrls: readonly string[], signal: AbortSignal): Promise<HubConnection>;
}
