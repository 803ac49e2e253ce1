import { isApiError } from '../meta/errors.ts';
import type { Authenticator, TokenReviewer } from '../ports/auth.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/**
 * Reviews the tokens of ServiceAccounts by their audiences, and all others as the server would at a request: they are for
 * nobody but this server.
 * @param others what the server knows credentials by, ServiceAccounts or not.
 */
export function tokenReviewer(tokens: ServiceAccountTokens, others: Authenticator): TokenReviewer {
  return {
    async reviewToken(token, audiences, nowMs) {
      const verdict = await tokens.review(token, audiences, nowMs);
      if (verdict !== undefined) return verdict;
      const { ownAudience } = tokens;
      if (audiences.length > 0 && !audiences.includes(ownAudience)) return { refusal: 'invalid bearer token' };
      try {
        const user = await others.authenticate({ bearerToken: token }, nowMs);
        return user === undefined ? { refusal: 'invalid bearer token' } : { user, audiences: [ownAudience] };
      } catch (error) {
        if (isApiError(error, 'Unauthorized')) return { refusal: 'invalid bearer token' };
        throw error;
      }
    },
  };
}
