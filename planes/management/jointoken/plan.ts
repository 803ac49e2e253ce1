import { parseTime } from '../../../kernel/base/clock.ts';
import type { JoinToken, JoinTokenUse } from './type.ts';

/** What becomes of a request to join. */
export type JoinDecision =
  /** This key joined with this token before (its answer was lost): it gets a certificate again. */
  | { readonly kind: 'again'; readonly use: JoinTokenUse }
  /** The token has a use left. */
  | { readonly kind: 'join' }
  | { readonly kind: 'refuse'; readonly why: string };

/** Decides whether a key may join with a token. The secret has been checked by authentication. */
export function planJoin(token: JoinToken, publicKeyFingerprint: string, nowMs: number): JoinDecision {
  const uses = token.status?.uses ?? [];
  const use = uses.find((candidate) => candidate.publicKeyFingerprint === publicKeyFingerprint);
  if (use !== undefined) return { kind: 'again', use };
  if (isExpired(token, nowMs)) return { kind: 'refuse', why: `it expired at ${token.spec.expiresAt}` };
  const usesMax = token.spec.usesMax ?? 1;
  if (uses.length < usesMax) return { kind: 'join' };
  const sites = uses.map((known) => `"${known.siteName}"`).join(', ');
  return { kind: 'refuse', why: `it was used by ${sites} with another key (uses ${uses.length}, allowed ${usesMax})` };
}

/** Phase to show. */
export function phaseOf(token: JoinToken, nowMs: number): 'Active' | 'Used' | 'Expired' {
  if ((token.status?.uses?.length ?? 0) >= (token.spec.usesMax ?? 1)) return 'Used';
  return isExpired(token, nowMs) ? 'Expired' : 'Active';
}

/** True from `spec.expiresAt` on. */
export function isExpired(token: JoinToken, nowMs: number): boolean {
  return nowMs >= (parseTime(token.spec.expiresAt) ?? 0);
}
