import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { ApiError } from '../meta/errors.ts';
import type { BodyShare } from './body-budget.ts';

/** Longest time a client may take to send a body. */
const bodyTimeoutMs = 60_000;

/** A body that is on its way. */
export interface IncomingBody {
  readonly incoming: Readable;
  /** Value of the Content-Length header, if there was one. */
  readonly announced: string | undefined;
  /** What it may take of the memory there is for bodies. */
  readonly share: BodyShare;
  readonly clock: Clock;
}

/**
 * Reads the whole body of a request.
 * @throws {ApiError} `RequestEntityTooLarge` beyond `bytesMax`, `TooManyRequests` when other bodies take all the memory,
 *   `Timeout` after a minute, `BadRequest` when the client stops in the middle.
 */
export async function readRequestBody(
  { incoming, announced, share, clock }: IncomingBody,
  bytesMax: number,
): Promise<Uint8Array> {
  if (Number(announced ?? 0) > bytesMax) throw tooLarge(bytesMax);
  if (incoming.destroyed) throw cutBody();
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Buffer[] = [];
  let byteCount = 0;
  const onData = (chunk: Buffer) => {
    byteCount += chunk.byteLength;
    if (byteCount > bytesMax) return reject(tooLarge(bytesMax));
    if (!share.take(chunk.byteLength)) return reject(tooMany());
    chunks.push(chunk);
  };
  const onEnd = () =>
    resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, byteCount));
  const onCut = () => reject(cutBody());
  const onTimeout = () =>
    reject(new ApiError('Timeout', `Cannot read the body: it took longer than ${bodyTimeoutMs} ms`));
  incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('aborted', onCut).on('close', onCut);
  using _timer = clock.timer(bodyTimeoutMs, onTimeout);
  try {
    return await promise;
  } finally {
    incoming.off('data', onData).off('end', onEnd).off('aborted', onCut).off('close', onCut);
    // The error listener stays: a connection that breaks later must not crash the process.
  }
}

/** Bytes of an unwanted body that are thrown away before the stream is closed on the client. */
const droppedBytesMax = 8 * 1024 * 1024;

/**
 * Throws away what a client still sends after its answer. Closing the stream at once would take the answer from the
 * client (it reads the reset first), so that happens only when it goes on for too long.
 */
export function dropRest(stream: ServerHttp2Stream, clock: Clock): void {
  let byteCount = 0;
  const close = () => stream.close(constants.NGHTTP2_NO_ERROR);
  const timer = clock.timer(bodyTimeoutMs, close);
  stream.on('data', (chunk: Buffer) => {
    byteCount += chunk.byteLength;
    if (byteCount > droppedBytesMax) close();
  });
  stream.on('close', () => timer[Symbol.dispose]());
}

function cutBody(): ApiError {
  return new ApiError('BadRequest', 'Cannot read the body: the client stopped sending it');
}

function tooMany(): ApiError {
  const text = 'Cannot read the body: too many others are being read at this moment, try again';
  return new ApiError('TooManyRequests', text, { retryAfterSeconds: 1 });
}

function tooLarge(bytesMax: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${bytesMax}`);
}
