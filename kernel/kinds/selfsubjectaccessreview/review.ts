import type { Authorizer } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { answerReview, requireValid, specOf, validateAttributes } from '../access-review/question.ts';
import { selfSubjectAccessReviewKind } from './type.ts';

/** Answers SelfSubjectAccessReviews by asking the authorizer that decides on every request. */
export function selfSubjectAccessReviews(authorizer: Authorizer): ComputedResource {
  return {
    definition: selfSubjectAccessReviewKind,
    async create({ body, user }) {
      const spec = specOf(body);
      requireValid('SelfSubjectAccessReview', validateAttributes(spec));
      return { ...body, metadata: {}, status: answerReview(authorizer, spec, user) };
    },
  };
}
