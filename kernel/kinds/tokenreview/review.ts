import { ApiError } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { TokenReviewer, TokenVerdict } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { tokenReviewKind } from './type.ts';

/** Answers TokenReviews: whose a token is that somebody was handed, and whether it is meant for them. */
export function tokenReviews(reviewer: TokenReviewer): ComputedResource {
  return {
    definition: tokenReviewKind,
    async create({ body, receivedAtMs }) {
      const { token, audiences } = isJsonObject(body['spec']) ? body['spec'] : {};
      if (typeof token !== 'string' || token === '') {
        throw new ApiError('BadRequest', 'token is required for TokenReview in authentication');
      }
      const asked = Array.isArray(audiences) ? audiences.filter((item) => typeof item === 'string') : [];
      const verdict = await reviewer.reviewToken(token, asked, receivedAtMs);
      return { ...body, metadata: {}, status: statusOf(verdict) };
    },
  };
}

function statusOf(verdict: TokenVerdict): JsonObject {
  if ('refusal' in verdict) return { authenticated: false, user: {}, error: verdict.refusal };
  const { user, audiences } = verdict;
  const { name: username, groups, uid, extra } = user;
  return {
    authenticated: true,
    user: {
      username,
      ...(uid === undefined ? {} : { uid }),
      groups,
      ...(extra === undefined ? {} : { extra }),
    },
    audiences,
  };
}
