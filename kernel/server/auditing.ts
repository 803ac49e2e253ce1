import { isFeed, type Feed } from '../base/feed.ts';
import type { AuditOutcome, AuditTarget, Auditor, RequestAudit } from '../ports/audit.ts';
import type { UserInfo } from '../ports/auth.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import type { Route } from './path.ts';
import { requestVerb } from './request-verb.ts';

/** Header that names a request in the log of its client and in the audit log. */
export const auditIdHeader = 'audit-id';
const clientAuditId = /^[\w.:-]{1,64}$/;

/** The name of a request in the audit log: that of the client, if it gave one that can be kept (kube-apiserver `WithAuditInit`). */
export function auditIdOf({ headers, requestId }: Pick<ApiRequest, 'headers' | 'requestId'>): string {
  const given = headers[auditIdHeader];
  return given !== undefined && clientAuditId.test(given) ? given : requestId;
}

/** Begins the record of a request. @param user absent: nobody accepted the credentials. */
export function beginRecord(
  auditor: Auditor,
  request: ApiRequest,
  route: Route,
  user: UserInfo | undefined,
): RequestAudit | undefined {
  const { path, query } = request;
  return auditor.begin({
    auditId: auditIdOf(request),
    uri: request.uri ?? (query.size === 0 ? path : `${path}?${query.toString()}`),
    userAgent: request.headers['user-agent'] ?? '',
    sourceIps: sourcesOf(request),
    receivedAtMs: request.receivedAtMs,
    user,
    target: targetOf(request, route),
  });
}

const noSources: readonly string[] = [];

/**
 * Where a request comes from: what proxies say, then who sent it to us (Kubernetes `utilnet.SourceIPs`). Only the last one is
 * certain.
 */
function sourcesOf({ headers, remoteAddresses = noSources }: ApiRequest): readonly string[] {
  const [forwarded, real] = [headers['x-forwarded-for'], headers['x-real-ip']];
  if (forwarded === undefined && real === undefined) return remoteAddresses;
  const named = (forwarded ?? '').split(',').map((address) => address.trim());
  const sources = [...new Set([...named, real ?? '', ...remoteAddresses])];
  return sources.filter((address) => address !== '' && address.length <= 64).slice(-16);
}

/** What a request is about, before anything is looked up (kube-apiserver RequestInfo). */
function targetOf(request: ApiRequest, route: Route): AuditTarget {
  if (route.kind !== 'resource') {
    const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
    return { ...none, verb: request.method.toLowerCase(), isResource: false };
  }
  const { group, version, plural: resource, subresource, name } = route;
  const namespace = resource === 'namespaces' && group === '' ? name : route.namespace;
  return {
    verb: requestVerb(request, route),
    isResource: true,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
  };
}

/** What a record says of an answer. */
export function outcomeOf({ status, body, headers, isLongRunning = false }: ApiResponse): AuditOutcome {
  const isJson = body instanceof Uint8Array && headers['content-type']?.startsWith('application/json') === true;
  if (!isJson) return { code: status, isLongRunning };
  // Refusals are small; what was answered otherwise is parsed only if the policy asks for it.
  if (status < 400) return { code: status, body, isLongRunning };
  return { code: status, status: JSON.parse(Buffer.from(body).toString()) as object };
}

/** An answer that goes on, telling the record when it is over. */
export function untilEnd(response: ApiResponse, audit: RequestAudit): ApiResponse {
  const { body } = response;
  if (response.isLongRunning !== true || body === undefined || body instanceof Uint8Array) return response;
  let isOver = false;
  const end = () => {
    if (!isOver) audit.ended();
    isOver = true;
  };
  return { ...response, body: isFeed(body) ? watchedFeed(body, end) : watchedStream(body, end) };
}

function watchedFeed(feed: Feed<Uint8Array>, end: () => void): Feed<Uint8Array> {
  return {
    take: () => feed.take(),
    get isEnded() {
      if (feed.isEnded) end();
      return feed.isEnded;
    },
    onWake: (wake) => feed.onWake(wake),
    close() {
      feed.close();
      end();
    },
    [Symbol.asyncIterator]: () => watchedStream(feed, end)[Symbol.asyncIterator](),
  };
}

async function* watchedStream(chunks: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array, void> {
  try {
    yield* chunks;
  } finally {
    end();
  }
}
