import { formatCount } from '../../../kernel/base/count.ts';
import type { ConditionDraft } from '../../../kernel/meta/conditions.ts';
import { missedHeartbeatsMax } from '../hub-line/protocol.ts';
import type { SiteContact } from '../hub-line/sessions.ts';
import { type Work, isCurrent } from '../work/type.ts';
import type { Site, SiteConditionType } from './type.ts';

/** What is known when a Site is judged. */
export interface SiteObservation {
  readonly site: Site;
  /** Absent when the site has not been heard since the hub started. */
  readonly contact: SiteContact | undefined;
  readonly works: readonly Work[];
  /** Interval asked of sites, seconds. */
  readonly heartbeatSeconds: number;
  /** How long the hub has been listening, milliseconds. */
  readonly listeningForMs: number;
  readonly monotonicMs: number;
}

/** What is to be shown of a Site. */
export interface SitePlan {
  readonly phase: NonNullable<NonNullable<Site['status']>['phase']>;
  readonly conditions: readonly (ConditionDraft & { readonly type: SiteConditionType })[];
  readonly works: { readonly current: number; readonly total: number };
  /** When silence would change the phase, milliseconds from now; absent when it would not. */
  readonly lookAfterMs?: number;
}

/** Clocks further apart than this are reported. */
const clockSkewMsMax = 5_000;

type Contact = {
  readonly isConnected: boolean;
  readonly reason: string;
  readonly message: string;
  readonly lookAfterMs?: number;
};

/** Judges a Site. Silence counts from the start of the hub at the earliest: a restarted hub does not cry wolf. */
export function planSite(observation: SiteObservation): SitePlan {
  const { site, works } = observation;
  const contact = judgeContact(observation);
  const conditions = [
    joined(site),
    connected(contact),
    clockSkew(observation.contact),
    held(observation),
    forked(site),
  ];
  const worries = conditions.filter(
    (condition) => ['ClockSkew', 'HeldForConfirmation'].includes(condition.type) && condition.status === 'True',
  );
  const phase = phaseOf(site, contact, worries.length > 0);
  return {
    phase,
    conditions,
    works: { current: works.filter(isCurrent).length, total: works.length },
    ...(contact.lookAfterMs === undefined ? {} : { lookAfterMs: contact.lookAfterMs }),
  };
}

function phaseOf(site: Site, contact: Contact, hasWorries: boolean): SitePlan['phase'] {
  const { status, spec } = site;
  if (status?.fork !== undefined) return 'Quarantined';
  if (spec?.accepted !== true || status?.identity?.publicKeyFingerprint === undefined) return 'Pending';
  // Never heard of at all: it has joined but not called yet.
  if (!contact.isConnected) return contact.reason === 'NeverSeen' ? 'Pending' : 'Unreachable';
  return hasWorries ? 'Degraded' : 'Ready';
}

function judgeContact({ site, contact, heartbeatSeconds, listeningForMs, monotonicMs }: SiteObservation): Contact {
  const silenceMsMax = missedHeartbeatsMax * heartbeatSeconds * 1_000;
  if (contact?.hasLeft === true)
    return { isConnected: false, reason: 'SessionClosed', message: 'The session of the agent ended' };
  const silenceMs = contact === undefined ? listeningForMs : monotonicMs - contact.lastSeenMs;
  if (contact === undefined && site.status?.lastSeen === undefined) {
    return { isConnected: false, reason: 'NeverSeen', message: 'The agent has not called yet' };
  }
  if (silenceMs >= silenceMsMax) {
    return {
      isConnected: false,
      reason: 'NoHeartbeat',
      message: `The agent has not been heard for ${missedHeartbeatsMax} heartbeats`,
    };
  }
  const lookAfterMs = silenceMsMax - silenceMs;
  if (contact !== undefined)
    return { isConnected: true, reason: 'SessionOpen', message: 'The agent is in contact', lookAfterMs };
  const wasConnected = site.status?.phase === 'Ready' || site.status?.phase === 'Degraded';
  return {
    isConnected: wasConnected,
    reason: 'HubRestarted',
    message: 'The hub has restarted and waits for the agent to call',
    lookAfterMs,
  };
}

type Draft = SitePlan['conditions'][number];

function joined(site: Site): Draft {
  const hasJoined = site.status?.identity?.publicKeyFingerprint !== undefined;
  if (!hasJoined)
    return { type: 'Joined', status: 'False', reason: 'NotJoined', message: 'No agent has joined as this site' };
  if (site.spec?.accepted !== true) {
    return {
      type: 'Joined',
      status: 'False',
      reason: 'NotAccepted',
      message: 'The agent has joined; set spec.accepted to true to serve it',
    };
  }
  return { type: 'Joined', status: 'True', reason: 'Joined', message: 'The agent has joined and is accepted' };
}

function connected({ isConnected, reason, message }: Contact): Draft {
  return { type: 'Connected', status: isConnected ? 'True' : 'False', reason, message };
}

function clockSkew(contact: SiteContact | undefined): Draft {
  const skewMs = contact?.clockSkewMs ?? 0;
  if (Math.abs(skewMs) <= clockSkewMsMax) {
    return { type: 'ClockSkew', status: 'False', reason: 'InStep', message: 'The clocks of site and hub agree' };
  }
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return {
    type: 'ClockSkew',
    status: 'True',
    reason: 'ClockSkew',
    message: `The clock of the site is about ${seconds} s ${direction} that of the hub`,
  };
}

function held({ contact, works }: SiteObservation): Draft {
  const reason = contact?.heartbeat?.held ?? '';
  if (reason !== '') {
    const message =
      'The site does not follow this hub until a person at the site confirms (HubMembership spec.acceptedEpoch)';
    return { type: 'HeldForConfirmation', status: 'True', reason, message };
  }
  const waiting = works.filter(
    (work) =>
      work.status?.conditions?.some(({ type, status }) => type === 'HeldForConfirmation' && status === 'True') === true,
  );
  if (waiting.length === 0)
    return { type: 'HeldForConfirmation', status: 'False', reason: 'NotHeld', message: 'Nothing waits for a person' };
  const message = `${formatCount(waiting.length, 'Work')} held until a person confirms, for example "${waiting[0]?.metadata.name}"`;
  return { type: 'HeldForConfirmation', status: 'True', reason: 'WorksHeld', message };
}

function forked(site: Site): Draft {
  return site.status?.fork === undefined
    ? { type: 'Forked', status: 'False', reason: 'OneAgent', message: 'One agent uses the identity of this site' }
    : {
        type: 'Forked',
        status: 'True',
        reason: 'TwoAgents',
        message: 'Two agents have used the identity of this site: delete the Site and join again',
      };
}

/** Writes of `lastSeen` per second over all sites; the more sites, the rarer for each. */
const flushesPerSecondMax = 20;

/** How old `status.lastSeen` may become while a site is in contact, milliseconds. */
export function flushIntervalMs(siteCount: number, heartbeatSeconds: number): number {
  return Math.max(heartbeatSeconds * 1_000, (siteCount / flushesPerSecondMax) * 1_000);
}
