import { jsonEquals } from '../../meta/json.ts';
import { ApiError } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { Authorizer, UserRules } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { selfSubjectRulesReviewKind } from './type.ts';

/** Answers SelfSubjectRulesReviews with the rules of every authorizer, each rule once. */
export function selfSubjectRulesReviews(authorizer: Required<Authorizer>): ComputedResource {
  return {
    definition: selfSubjectRulesReviewKind,
    async create({ body, user }) {
      const namespace = isJsonObject(body['spec']) ? body['spec']['namespace'] : undefined;
      if (typeof namespace !== 'string' || namespace === '') {
        throw new ApiError('BadRequest', 'no namespace on request');
      }
      return { ...body, metadata: {}, status: statusOf(authorizer.rulesFor(user, namespace)) };
    },
  };
}

function statusOf({ resourceRules, pathRules, problems }: UserRules): JsonObject {
  const resources = resourceRules.map(({ verbs, groups, resources: plurals, names }) => ({
    verbs,
    apiGroups: groups,
    resources: plurals,
    ...(names === undefined ? {} : { resourceNames: names }),
  }));
  return {
    resourceRules: eachOnce(resources),
    nonResourceRules: eachOnce(pathRules.map(({ verbs, paths }) => ({ verbs, nonResourceURLs: paths }))),
    incomplete: problems.length > 0,
    ...(problems.length === 0 ? {} : { evaluationError: problems.join(', ') }),
  };
}

function eachOnce<T extends JsonObject>(rules: readonly T[]): readonly T[] {
  return rules.filter((rule, index) => rules.findIndex((other) => jsonEquals(other, rule)) === index);
}
