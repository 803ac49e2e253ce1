import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { encodeJson } from '../meta/json.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { chunkedBody } from './chunks.ts';
import { parseAccept } from './negotiation.ts';
import { PackedBytes } from './packed-bytes.ts';

/** A document that is made from the served kinds, with a digest to compare it by. */
export interface CachedDocument {
  /** Upper-case hex. */
  readonly digest: string;
  body(): Uint8Array | AsyncIterable<Uint8Array>;
}

/** Encodes a document and digests it. */
export function makeDocument(value: unknown): CachedDocument {
  const packed = new PackedBytes(encodeJson(value));
  return { digest: packed.digest, body: () => packed.bytes() };
}

/** A document of parts that are kept elsewhere, put together when it is read. */
export function joinedDocument(parts: readonly (PackedBytes | string)[], clock: Clock): CachedDocument {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'string' ? part : part.digest);
  function* bytes(): Iterable<Uint8Array> {
    for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part.bytes();
  }
  return { digest: hash.digest('hex').toUpperCase(), body: () => chunkedBody(bytes(), clock) };
}

/** Answers a document, or 304 when the client has it already (If-None-Match). */
export function documentAnswer(
  request: ApiRequest,
  document: CachedDocument,
  headers: Readonly<Record<string, string>>,
): ApiResponse {
  const etag = `"${document.digest}"`;
  const isKnown = request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag) === true;
  return isKnown
    ? { status: 304, headers: { ...headers, etag }, body: undefined }
    : { status: 200, headers: { ...headers, etag }, body: document.body() };
}

/** Version of the aggregated discovery document that an Accept header prefers; `undefined` for the older documents. */
export function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return undefined;
  for (const { mediaType, parameters } of parseAccept(accept)) {
    if (mediaType !== 'application/json') continue;
    const version = parameters.get('v');
    const isAggregated =
      parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('as') === 'APIGroupDiscoveryList';
    if (isAggregated && (version === 'v2' || version === 'v2beta1')) return version;
    if (!parameters.has('as')) return undefined;
  }
  return undefined;
}
