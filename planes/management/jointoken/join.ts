import { type Clock, formatTime } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { type Random, randomSuffix } from '../../../kernel/base/random.ts';
import { ApiError, isApiError } from '../../../kernel/meta/errors.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { type CertificateSigner, siteCertificateValidForMs } from '../identity/certificate-signer.ts';
import { joiningUser, siteUserName, sitesGroup } from '../identity/users.ts';
import { jsonResponse, optionalTextField, readJsonBody, textField } from '../request-body/fields.ts';
import { type Site, managementGroup, siteKind } from '../site/type.ts';
import { planJoin } from './plan.ts';
import { type JoinToken, type JoinTokenUse, joinTokenKind } from './type.ts';

/** What the join handler needs. */
export interface JoinPorts {
  /** Acts as `hubLineUser`. */
  readonly client: Client;
  readonly signer: CertificateSigner;
  readonly hubId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Answer to a join or a renewal. */
export interface JoinAnswer {
  readonly siteName: string;
  readonly hubId: string;
  readonly certificatePem: string;
  readonly notAfter: string;
}

const bodyBytesMax = 64 * 1024;
/** How often a lost race between joins is tried again; at once at first, then after a pause of at most `pauseMsMax`. */
const attemptsMax = 25;
const attemptsAtOnce = 5;
const pauseMsMax = 100;

/**
 * `POST jointokens/<name>/join` {csrPem, agentVersion}: makes a Site of the sender and signs its key. The name of the
 * site comes from the token or is made up here, never from the request. First the use of the token is written, then
 * the Site, then the certificate is signed: a sender whose answer is lost at any point asks again with the same key.
 */
export function joinHandler(ports: JoinPorts): SubresourceHandler {
  return {
    resource: `jointokens.${managementGroup}`,
    subresource: 'join',
    verbs: { POST: 'create' },
    handle: async (request) => jsonResponse(await join(request, ports), 201),
  };
}

async function join(request: SubresourceRequest, ports: JoinPorts): Promise<JoinAnswer> {
  const { signal, name, user } = request;
  if (user.name !== joiningUser(name).name) {
    throw new ApiError('Forbidden', `User "${user.name}" cannot join: only the bearer of join token "${name}" can`);
  }
  const body = await readJsonBody(request, bodyBytesMax);
  const csrPem = textField(body, 'csrPem', bodyBytesMax);
  const agentVersion = optionalTextField(body, 'agentVersion', 64);
  const { publicKeyFingerprint } = await ports.signer.inspect(csrPem, signal);
  const { token, use } = await useToken(name, publicKeyFingerprint, ports, signal);
  await ensureSite({ token, use, agentVersion }, ports, signal);
  const subject = {
    commonName: siteUserName(use.siteName),
    organizations: [sitesGroup],
    validForMs: siteCertificateValidForMs,
  };
  const signed = await ports.signer.sign(csrPem, subject, signal);
  ports.log.info('site joined', { site: use.siteName, joinToken: name });
  return {
    siteName: use.siteName,
    hubId: ports.hubId,
    certificatePem: signed.certificatePem,
    notAfter: formatTime(signed.notAfterMs),
  };
}

interface UsedToken {
  readonly token: JoinToken;
  readonly use: JoinTokenUse;
}

/** Writes the use into the token, unless this key has used it before. Only one of two racing joins gets the last use. */
async function useToken(name: string, fingerprint: string, ports: JoinPorts, signal: AbortSignal): Promise<UsedToken> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const token = await ports.client.get(joinTokenKind, { name }, signal);
    const decision = planJoin(token, fingerprint, ports.clock.nowMs());
    if (decision.kind === 'again') return { token, use: decision.use };
    if (decision.kind === 'refuse')
      throw new ApiError('Forbidden', `Cannot join with join token "${name}": ${decision.why}`);
    const siteName = token.spec.siteName ?? `site-${randomSuffix(ports.random, 6)}`;
    await requireFreeName(siteName, fingerprint, ports, signal);
    const use = { publicKeyFingerprint: fingerprint, siteName, time: formatTime(ports.clock.nowMs()) };
    if (await writeUse(token, use, ports, signal)) return { token, use };
    // What the winner wrote can be read only once it is on disk.
    if (attempt >= attemptsAtOnce) await ports.clock.sleep(ports.random.nextFloat() * pauseMsMax, signal);
  }
  throw new ApiError('Conflict', `Cannot join with join token "${name}": it is in use by others, try again`);
}

/** True if written; false when the token changed meanwhile. */
async function writeUse(
  token: JoinToken,
  use: JoinTokenUse,
  { client }: JoinPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, resourceVersion } = token.metadata;
  const body = { metadata: { resourceVersion }, status: { uses: [...(token.status?.uses ?? []), use] } };
  try {
    await client.patch(joinTokenKind, { name }, { type: 'merge', body }, { subresource: 'status' }, signal);
    return true;
  } catch (error) {
    if (isApiError(error, 'Conflict')) return false;
    throw error;
  }
}

/** A name is free when no Site has it, or one that has not joined yet. */
async function requireFreeName(
  siteName: string,
  fingerprint: string,
  ports: JoinPorts,
  signal: AbortSignal,
): Promise<void> {
  const site = await findSite(siteName, ports, signal);
  const known = site?.status?.identity?.publicKeyFingerprint;
  if (known === undefined || known === fingerprint) return;
  throw new ApiError(
    'Conflict',
    `Cannot join as site "${siteName}": a site of that name has joined with another key; delete the Site first if its machine is gone`,
  );
}

interface NewSite extends UsedToken {
  readonly agentVersion: string | undefined;
}

async function ensureSite({ token, use, agentVersion }: NewSite, ports: JoinPorts, signal: AbortSignal): Promise<void> {
  const { siteName: name, publicKeyFingerprint } = use;
  const existing = await findSite(name, ports, signal);
  if (existing?.status?.identity?.publicKeyFingerprint === publicKeyFingerprint) return;
  if (existing === undefined) {
    const draft = {
      metadata: { name, labels: token.spec.siteLabels ?? {} },
      spec: { accepted: token.spec.accept ?? true },
    };
    await ports.client.create(siteKind, draft, {}, signal);
  }
  const status = { identity: { publicKeyFingerprint }, ...(agentVersion === undefined ? {} : { agentVersion }) };
  await ports.client.patch(siteKind, { name }, { type: 'merge', body: { status } }, { subresource: 'status' }, signal);
}

async function findSite(name: string, { client }: JoinPorts, signal: AbortSignal): Promise<Site | undefined> {
  try {
    return await client.get(siteKind, { name }, signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}
