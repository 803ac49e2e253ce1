import { ApiError } from '../../meta/errors.ts';

/** One request of a client. */
export interface TransportRequest {
  readonly method: string;
  /** With query, percent-encoded. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** The answer; the body is read as it comes. Leaving the loop over it early gives the request up. */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries requests to one server. */
export interface Transport {
  /** @throws {ApiError} `ServiceUnavailable` when the server cannot be reached; the abort reason when given up. */
  request(request: TransportRequest): Promise<TransportResponse>;
}

/** The failure of a connection as the API reports it. Abort reasons and API errors pass through. */
export function transportError(error: unknown, action: string, signal: AbortSignal): unknown {
  if (error instanceof ApiError) return error;
  if (signal.aborted) return signal.reason;
  const text = error instanceof Error ? error.message : String(error);
  return new ApiError('ServiceUnavailable', `Cannot ${action}: ${text}`, {}, { cause: error });
}

/** Reads a whole body. @throws {ApiError} `RequestEntityTooLarge` beyond `bytesMax`. */
export async function readWhole(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    byteCount += chunk.byteLength;
    if (byteCount > bytesMax) {
      throw new ApiError('RequestEntityTooLarge', `Cannot read the answer: it has more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, byteCount);
}
