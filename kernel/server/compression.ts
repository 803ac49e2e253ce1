import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import type { ApiResponse } from '../ports/endpoint.ts';

/** Smallest answer worth compressing, bytes (kube-apiserver `defaultGzipThresholdBytes`). */
const compressBytesMin = 128 * 1024;
/** Fastest level: better ones cost several times the processor time for a few per cent. */
const options = { level: constants.Z_BEST_SPEED };
const gzipAsync = promisify(gzip);

/** True when an answer should be sent with gzip: large, finite, asked for, and going over a real network. */
export function isWorthCompressing(
  response: ApiResponse,
  acceptEncoding: string | undefined,
  isLoopback: boolean,
): boolean {
  if (isLoopback || acceptEncoding === undefined || !/\bgzip\b/.test(acceptEncoding)) return false;
  const { body, isLongRunning = false, headers } = response;
  if (body === undefined || isLongRunning || headers['content-encoding'] !== undefined) return false;
  return !(body instanceof Uint8Array) || body.byteLength > compressBytesMin;
}

/** The same answer with its body compressed; streams stay streams. */
export async function compressed(response: ApiResponse): Promise<ApiResponse> {
  const { body } = response;
  if (body === undefined) return response;
  const headers = { ...response.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  if (body instanceof Uint8Array) return { ...response, headers, body: await gzipAsync(body, options) };
  const stream = createGzip(options);
  // A failure of the source destroys the compressor, whose reader then sees it; there is nothing else to do here.
  pipeline(Readable.from(body), stream, () => undefined);
  return { ...response, headers, body: stream };
}
