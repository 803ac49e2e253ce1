import { parseTime } from '../../../kernel/base/clock.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { phaseOf } from './plan.ts';
import { type JoinToken, joinTokenKind } from './type.ts';

/** A token that is of no use any more is kept this long for people to see, then deleted. */
const keptAfterExpiryMs = 7 * 24 * 3_600_000;
/** Longest time until the next look. */
const lookMsMax = 3_600_000;

/** Shows whether a token can still be used, and removes it a week after it expired. */
export async function reconcileJoinToken(pass: Pass<JoinToken>): Promise<Outcome> {
  const { object, clock, client, signal } = pass;
  const nowMs = clock.nowMs();
  const expiresAtMs = parseTime(object.spec.expiresAt) ?? 0;
  if (nowMs >= expiresAtMs + keptAfterExpiryMs) {
    const { name, uid } = object.metadata;
    await client.delete(joinTokenKind, { name }, { preconditions: { uid } }, signal);
    return settled;
  }
  pass.status.phase = phaseOf(object, nowMs);
  const nextMs = nowMs < expiresAtMs ? expiresAtMs : expiresAtMs + keptAfterExpiryMs;
  return { kind: 'waiting', afterMs: Math.min(lookMsMax, nextMs - nowMs), reason: 'WaitingForExpiry' };
}
