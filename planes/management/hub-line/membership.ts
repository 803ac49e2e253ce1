import { type Clock, formatTime } from '../../../kernel/base/clock.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import { type ConditionDraft, setCondition } from '../../../kernel/meta/conditions.ts';
import type { Json } from '../../../kernel/meta/object.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import { type HubMembership, hubMembershipKind, isConnected } from '../hubmembership/type.ts';

/** What keeping the HubMembership needs. */
export interface MembershipPorts {
  /** Acts as `siteLineUser`. */
  readonly client: Client;
  readonly clock: Clock;
  readonly hubId: string;
  readonly siteName: string;
  readonly hubUrls: readonly string[];
  /** Epoch of this site's own store (`StoreRecovery.epoch`). */
  readonly storeEpoch: string;
}

/** One start of the agent. */
export interface Boot {
  readonly count: number;
  readonly id: string;
}

/** Reads the HubMembership; makes it at the first start. */
export async function ensureMembership(ports: MembershipPorts, signal: AbortSignal): Promise<HubMembership> {
  const { client, hubId: name, siteName, hubUrls } = ports;
  try {
    return await client.get(hubMembershipKind, { name }, signal);
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
    return client.create(hubMembershipKind, { metadata: { name }, spec: { siteName, hubUrls } }, {}, signal);
  }
}

/**
 * Starts that are skipped when the site was restored from a backup: the hub has seen those since then, and turns away what
 * is older. An agent that still runs on the data that was backed up becomes the older one.
 */
const bootsSkippedByRestore = 1_000_000;

/** Counts this start, durably, before the hub hears of it. */
export async function beginBoot(ports: MembershipPorts, bootId: string, signal: AbortSignal): Promise<Boot> {
  const membership = await ensureMembership(ports, signal);
  const { bootCount = 0, storeEpoch = ports.storeEpoch } = membership.status ?? {};
  const wasRestored = storeEpoch !== ports.storeEpoch;
  const count = bootCount + (wasRestored ? bootsSkippedByRestore : 1);
  await patchStatus(ports, { bootCount: count, storeEpoch: ports.storeEpoch }, signal);
  return { count, id: bootId };
}

/** Accepts the first epoch this site meets. @returns whether the site follows that epoch. */
export async function acceptEpoch(ports: MembershipPorts, hubEpoch: string, signal: AbortSignal): Promise<boolean> {
  const membership = await ensureMembership(ports, signal);
  const { acceptedEpoch } = membership.spec;
  if (acceptedEpoch === undefined) {
    const patch = { type: 'merge', body: { spec: { acceptedEpoch: hubEpoch } } } as const;
    await ports.client.patch(hubMembershipKind, { name: ports.hubId }, patch, {}, signal);
  }
  const isAccepted = acceptedEpoch === undefined || acceptedEpoch === hubEpoch;
  const held: ConditionDraft = isAccepted
    ? { type: 'HeldForConfirmation', status: 'False', reason: 'KnownEpoch', message: 'The site follows the hub' }
    : {
        type: 'HeldForConfirmation',
        status: 'True',
        reason: 'UnknownHubEpoch',
        message: `The data of the hub has epoch "${hubEpoch}", this site follows "${acceptedEpoch}": it was restored or replaced. Nothing is taken from it until spec.acceptedEpoch is set to the new epoch`,
      };
  await setStatus(ports, membership, held, { hubEpoch }, signal);
  return isAccepted;
}

/** A session began. The site counts as connected; since when matters for edits, so a short break does not move it. */
export async function markConnected(ports: MembershipPorts, signal: AbortSignal): Promise<void> {
  const membership = await ensureMembership(ports, signal);
  const now = formatTime(ports.clock.nowMs());
  const connectedSince = isConnected(membership) ? (membership.status?.connectedSince ?? now) : now;
  const condition: ConditionDraft = {
    type: 'Connected',
    status: 'True',
    reason: 'SessionOpen',
    message: 'A session with the hub is open',
  };
  await setStatus(ports, membership, condition, { connectedSince, sessionSince: now }, signal);
}

/** There has been no session for so long that people at the site decide. */
export async function markCutOff(ports: MembershipPorts, signal: AbortSignal): Promise<void> {
  const membership = await ensureMembership(ports, signal);
  const message = 'There is no session with the hub: changes made at this site stand';
  const condition: ConditionDraft = { type: 'Connected', status: 'False', reason: 'CutOff', message };
  await setStatus(ports, membership, condition, { connectedSince: null }, signal);
}

/** Names the journal. */
export async function writeJournalEpoch(
  ports: MembershipPorts,
  journalEpoch: string,
  signal: AbortSignal,
): Promise<void> {
  await patchStatus(ports, { journalEpoch }, signal);
}

async function setStatus(
  ports: MembershipPorts,
  before: HubMembership,
  condition: ConditionDraft,
  fields: Record<string, Json>,
  signal: AbortSignal,
): Promise<void> {
  const conditions = setCondition(before.status?.conditions, condition, ports.clock.nowMs());
  await patchStatus(ports, { ...fields, conditions: conditions.map((one) => ({ ...one })) }, signal);
}

async function patchStatus(ports: MembershipPorts, status: Record<string, Json>, signal: AbortSignal): Promise<void> {
  const patch = { type: 'merge', body: { status } } as const;
  await ports.client.patch(hubMembershipKind, { name: ports.hubId }, patch, { subresource: 'status' }, signal);
}
