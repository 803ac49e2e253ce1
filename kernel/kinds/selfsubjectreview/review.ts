import { formatTime } from '../../base/clock.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { selfSubjectReviewKind } from './type.ts';

/** Answers SelfSubjectReviews with the user of the request. */
export const selfSubjectReviews: ComputedResource = {
  definition: selfSubjectReviewKind,
  async create({ body, user, receivedAtMs }) {
    const { name: username, groups, uid, extra } = user;
    return {
      ...body,
      metadata: { creationTimestamp: formatTime(receivedAtMs) },
      status: {
        userInfo: {
          username,
          groups,
          ...(uid === undefined ? {} : { uid }),
          ...(extra === undefined ? {} : { extra }),
        },
      },
    };
  },
};
