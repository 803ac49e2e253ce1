import { formatAge } from '../../kernel/base/age.ts';
import { parseTime } from '../../kernel/base/clock.ts';
import { findCondition } from '../../kernel/meta/conditions.ts';
import type { JoinToken } from '../../planes/management/jointoken/type.ts';
import type { Site } from '../../planes/management/site/type.ts';

/** The steps after which somebody who was not ready is left out. */
export type JudgedStep = 'switch' | 'retire';

/** Who depends on the authority of a hub, as far as the hub knows. */
export interface Holders {
  readonly sites: readonly Site[];
  readonly joinTokens: readonly JoinToken[];
}

/** The authority that counts alone once the rotation is over. */
export interface NewAuthority {
  /** sha256 of the certificate, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Join files from before do not have it. */
  readonly madeAtMs: number;
}

/** Somebody who would be left out, and why. */
export interface UnreadyHolder {
  /** `site shop-7`. */
  readonly who: string;
  readonly why: string;
}

/**
 * Who would be left out by a step of a rotation: before `switch`, sites that do not trust the next authority and
 * invitations whose files do not name it; before `retire`, sites whose certificate is of the previous one.
 */
export function unreadyHolders(
  step: JudgedStep,
  { sites, joinTokens }: Holders,
  authority: NewAuthority,
  nowMs: number,
): readonly UnreadyHolder[] {
  const left = sites.filter(hasJoined).filter((site) => !isReady(step, site, authority.fingerprint));
  return [
    ...left.map((site) => ({ who: `site ${site.metadata.name}`, why: whyNot(step, site, nowMs) })),
    ...(step === 'retire' ? [] : joinTokens.flatMap((token) => oldInvitation(token, authority, nowMs))),
  ];
}

function hasJoined({ status }: Site): boolean {
  return status?.identity?.publicKeyFingerprint !== undefined;
}

function isReady(step: JudgedStep, { status }: Site, fingerprint: string): boolean {
  const { trusted = [], signedBy = '' } = status?.authorities ?? {};
  return step === 'switch' ? trusted.includes(fingerprint) : signedBy === fingerprint;
}

function whyNot(step: JudgedStep, { spec, status }: Site, nowMs: number): string {
  const lacks = step === 'switch' ? 'does not trust the next authority' : 'has no certificate of the new authority';
  if (spec?.accepted !== true) return `${lacks}: nobody has accepted it`;
  if (status?.fork !== undefined) return `${lacks}: it is quarantined`;
  const connected = findCondition(status?.conditions, 'Connected');
  if (connected?.status === 'True') {
    return status?.authorities === undefined
      ? `is connected and has not said what it trusts: its agent is ${status?.agentVersion ?? 'unknown'}`
      : `${lacks}: it is connected and was told`;
  }
  const since = status?.lastSeen === undefined ? undefined : (connected?.lastTransitionTime ?? status.lastSeen);
  const sinceMs = parseTime(since);
  return sinceMs === undefined
    ? `${lacks}: it has never called`
    : `${lacks}: away since ${since} (${formatAge(nowMs - sinceMs)})`;
}

function oldInvitation(
  { metadata, spec, status }: JoinToken,
  { madeAtMs }: NewAuthority,
  nowMs: number,
): readonly UnreadyHolder[] {
  const isOpen = status?.phase !== 'Used' && status?.phase !== 'Expired' && (parseTime(spec.expiresAt) ?? 0) > nowMs;
  const isOlder = (parseTime(metadata.creationTimestamp) ?? 0) <= madeAtMs;
  if (!isOpen || !isOlder) return [];
  const why = `its join file is from before the next authority; it ends ${spec.expiresAt}`;
  return [{ who: `invitation ${metadata.name}`, why }];
}
