import type { Authorizer } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import {
  answerReview,
  requireValid,
  specOf,
  subjectOf,
  validateAttributes,
  validateSubject,
} from '../access-review/question.ts';
import { subjectAccessReviewKind } from './type.ts';

/** Answers SubjectAccessReviews by asking the authorizer that decides on every request. */
export function subjectAccessReviews(authorizer: Authorizer): ComputedResource {
  return {
    definition: subjectAccessReviewKind,
    async create({ body }) {
      const spec = specOf(body);
      requireValid('SubjectAccessReview', [...validateAttributes(spec), ...validateSubject(spec)]);
      return { ...body, metadata: {}, status: answerReview(authorizer, spec, subjectOf(spec)) };
    },
  };
}
