import { createHash } from 'node:crypto';
import { encodeJson } from '../meta/json.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { parseAccept } from './negotiation.ts';

/** A document that is made from the served kinds: encoded once, with a digest to compare it by. */
export interface CachedDocument {
  readonly bytes: Uint8Array;
  /** sha256 of the bytes, upper-case hex. */
  readonly digest: string;
}

/** Encodes a document and digests it. */
export function makeDocument(value: unknown): CachedDocument {
  return documentOfBytes(encodeJson(value));
}

/** A document of bytes that are encoded already. */
export function documentOfBytes(bytes: Uint8Array): CachedDocument {
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex').toUpperCase() };
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
    : { status: 200, headers: { ...headers, etag }, body: document.bytes };
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
