import { ApiError } from '../../../kernel/meta/errors.ts';
import type { ContentEdges } from '../../../kernel/ports/auth.ts';
import { type Blobs, BlobError } from '../../../kernel/ports/blobs.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { ApiResponse, SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { managementGroup } from '../site/type.ts';
import { workKind } from './type.ts';

/** What serving blobs needs. */
export interface WorkBlobsPorts {
  /** Acts as `hubLineUser`. */
  readonly client: Client;
  readonly blobs: Blobs;
  /** Work → Bundle → digests. */
  readonly edges: ContentEdges;
}

const resource = `works.${managementGroup}`;

/**
 * `GET works/<name>/blobs/<digest>`: bytes of a digest that the bundle of this Work refers to, and of no other. Who may
 * read the Work may read its content; knowing a digest is no right to it.
 */
export function workBlobsHandler(ports: WorkBlobsPorts): SubresourceHandler {
  return {
    resource,
    subresource: 'blobs',
    verbs: { GET: 'get' },
    kind: 'Blob',
    handle: (request) => serveBlob(request, ports),
  };
}

async function serveBlob(
  { namespace, name, rest, signal }: SubresourceRequest,
  { client, blobs, edges }: WorkBlobsPorts,
): Promise<ApiResponse> {
  const [digest, ...more] = rest;
  if (digest === undefined || more.length > 0)
    throw new ApiError('BadRequest', 'Cannot serve a blob: the path must end in "blobs/<digest>"');
  if (!edges.leadsTo({ resource, namespace, name }, digest)) {
    // Says so if it is the Work that is not there.
    await client.get(workKind, { namespace, name }, signal);
    throw new ApiError('NotFound', `Work "${name}" does not refer to blob "${digest}"`);
  }
  try {
    const body = await blobs.read(digest, signal);
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body };
  } catch (cause) {
    if (!(cause instanceof BlobError)) throw cause;
    throw new ApiError('InternalError', `Cannot read blob "${digest}" of Work "${name}"`, {}, { cause });
  }
}
