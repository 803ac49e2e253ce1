import { formatTime } from '../../../kernel/base/clock.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { requireSite } from '../identity/users.ts';
import { jsonResponse, readJsonBody } from '../request-body/fields.ts';
import { type Site, managementGroup, siteKind, siteNamespace } from '../site/type.ts';
import { type Work, workKind } from '../work/type.ts';
import { bucketOf, digestOrders, orderDigest, orderOf } from './digest.ts';
import type { HubLinePorts } from './hub-ports.ts';
import {
  type SyncAnswer,
  type SyncRequest,
  decodeSyncRequest,
  protocolVersion,
  protocolVersionMin,
  syncBodyBytesMax,
  syncWorksMax,
} from './protocol.ts';

/**
 * `POST sites/<name>/sync`: the hello of an agent, and the comparison of what it holds with what it should hold.
 * Equal sets exchange some hundred bytes; unequal ones the digests of 256 buckets and then only what differs.
 */
export function syncHandler(ports: HubLinePorts): SubresourceHandler {
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'sync',
    verbs: { POST: 'create' },
    handle: async (request) => jsonResponse(await sync(request, ports)),
  };
}

async function sync(request: SubresourceRequest, ports: HubLinePorts): Promise<SyncAnswer> {
  const { name, signal } = request;
  requireSite(request.user, name);
  const hello = decodeSyncRequest(await readJsonBody(request, syncBodyBytesMax));
  requireProtocol(hello.protocol);
  const site = await ports.client.get(siteKind, { name }, signal);
  requireAccepted(site, request);
  await recordBoot(site, hello, ports, signal);
  ports.sessions.noteHello(name, hello.agentVersion);
  const listed = await ports.client.list(workKind, { namespace: siteNamespace(name) }, signal);
  const answer = {
    hubId: ports.hubId,
    hubEpoch: ports.hubEpoch,
    heartbeatSeconds: ports.sessions.heartbeatSeconds(),
    time: formatTime(ports.clock.nowMs()),
    resourceVersion: listed.resourceVersion,
  };
  return { ...answer, ...compare(hello, listed.items) };
}

/** The part of the answer that compares. Pure. */
export function compare(
  hello: Pick<SyncRequest, 'rootDigest' | 'works'>,
  works: readonly Work[],
): Pick<SyncAnswer, 'current' | 'buckets' | 'works' | 'missing' | 'more'> {
  const ours = digestOrders(works.map(orderOf));
  if (ours.root === hello.rootDigest) return { current: true };
  if (hello.works === undefined) return { current: false, buckets: ours.buckets };
  const theirs = hello.works;
  const differing = works.filter((work) => isDifferent(work, theirs));
  const known = new Set(works.map((work) => work.metadata.name));
  const missing = Object.values(theirs).flatMap((bucket) => Object.keys(bucket).filter((name) => !known.has(name)));
  return {
    current: false,
    buckets: ours.buckets,
    works: differing.slice(0, syncWorksMax),
    missing,
    more: differing.length > syncWorksMax,
  };
}

function isDifferent(work: Work, theirs: NonNullable<SyncRequest['works']>): boolean {
  const { name } = work.metadata;
  const named = theirs[bucketOf(name)];
  return named !== undefined && named[name] !== orderDigest(orderOf(work));
}

function requireProtocol(protocol: number): void {
  if (protocol >= protocolVersionMin && protocol <= protocolVersion) return;
  throw new ApiError(
    'BadRequest',
    `Cannot serve protocol ${protocol}: this hub speaks ${protocolVersionMin} to ${protocolVersion}`,
  );
}

function requireAccepted(site: Site, { credentials, name }: SubresourceRequest): void {
  if (site.spec?.accepted !== true)
    throw new ApiError('Forbidden', `Site "${name}" is not accepted yet: set spec.accepted to true at the hub`);
  const known = site.status?.identity?.publicKeyFingerprint;
  const shown = credentials.certificate?.publicKeyFingerprint;
  if (known === undefined || shown === undefined || known === shown) return;
  throw new ApiError('Forbidden', `Site "${name}" has joined with another key since: this one is no longer valid`);
}

/**
 * Tells a restarted agent from a copied one. A lower boot count is an old request or an old copy: it is turned away.
 * One count with two ids means that two agents run on copies of the same data: neither is served any more.
 */
async function recordBoot(
  site: Site,
  { boot }: SyncRequest,
  { client, log }: HubLinePorts,
  signal: AbortSignal,
): Promise<void> {
  const { name } = site.metadata;
  const { boot: known, fork } = site.status ?? {};
  if (fork !== undefined) throw quarantined(name);
  if (known?.count === boot.count && known.id === boot.id) return;
  if (boot.count < (known?.count ?? 0)) {
    throw new ApiError(
      'Conflict',
      `Cannot serve boot ${boot.count} of site "${name}": boot ${known?.count} has been seen`,
    );
  }
  const isFork = boot.count === known?.count;
  const status = isFork ? { fork: boot } : { boot };
  await client.patch(siteKind, { name }, { type: 'merge', body: { status } }, { subresource: 'status' }, signal);
  if (!isFork) return;
  log.warn('two agents use one identity', { site: name, bootCount: boot.count });
  throw quarantined(name);
}

function quarantined(name: string): ApiError {
  return new ApiError(
    'Forbidden',
    `Site "${name}" is quarantined: two agents have used its identity. Delete the Site and join again`,
  );
}
