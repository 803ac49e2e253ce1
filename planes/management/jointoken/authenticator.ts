import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { Authenticator } from '../../../kernel/ports/auth.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import { joiningUser } from '../identity/users.ts';
import { parseJoinToken } from './join-file.ts';
import { isExpired } from './plan.ts';
import type { JoinToken } from './type.ts';

/** Finds a JoinToken in memory; `undefined` when there is none of that name. */
export type JoinTokenLookup = (name: string) => JoinToken | undefined;

/**
 * Authenticates bearers of join tokens. Only the sha256 of a secret is stored; comparison takes the same time wherever
 * the texts differ. A used-up token still authenticates, so that a site whose answer got lost can ask again and others
 * get a clear refusal from the join handler.
 */
export function joinTokenAuthenticator(find: JoinTokenLookup): Authenticator {
  return {
    authenticate({ bearerToken }, nowMs) {
      const parsed = bearerToken === undefined ? undefined : parseJoinToken(bearerToken);
      if (parsed === undefined) return undefined;
      const token = find(parsed.name);
      if (token === undefined || !isSecretOf(token, parsed.secret)) {
        throw new ApiError(
          'Unauthorized',
          `Join token "${parsed.name}" is not known or its secret is wrong: create a new one at the hub`,
        );
      }
      if (isExpired(token, nowMs)) {
        throw new ApiError(
          'Unauthorized',
          `Join token "${parsed.name}" expired at ${token.spec.expiresAt}: create a new one at the hub`,
        );
      }
      return joiningUser(parsed.name);
    },
  };
}

function isSecretOf(token: JoinToken, secret: string): boolean {
  const [expected, found] = [Buffer.from(token.spec.secretHash), Buffer.from(sha256Digest(secret))];
  return expected.length === found.length && timingSafeEqual(expected, found);
}
