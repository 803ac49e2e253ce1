import { type FieldError, InvalidError } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import { selfSubjectAccessReviewKind } from './type.ts';

/** Answers SelfSubjectAccessReviews by asking the authorizer that decides on every request. */
export function selfSubjectAccessReviews(authorizer: Authorizer): ComputedResource {
  return {
    definition: selfSubjectAccessReviewKind,
    async create({ body, user }) {
      const { verdict, reason } = authorizer.authorize(attributesOf(body, user));
      const status = {
        allowed: verdict === 'allow',
        ...(verdict === 'deny' ? { denied: true } : {}),
        ...(reason === '' ? {} : { reason }),
      };
      return { ...body, metadata: {}, status };
    },
  };
}

/** @throws {ApiError} `Invalid` unless exactly one of the two kinds of attributes is given (Kubernetes validation). */
function attributesOf(body: JsonObject, user: UserInfo): AuthorizationAttributes {
  const spec = isJsonObject(body['spec']) ? body['spec'] : {};
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isJsonObject(resource) === isJsonObject(path)) throw invalid(isJsonObject(path));
  const source = isJsonObject(resource) ? resource : isJsonObject(path) ? path : {};
  const text = (field: string) => (typeof source[field] === 'string' ? source[field] : '');
  const attributes = {
    user,
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  };
  return isJsonObject(path) ? { ...attributes, path: text('path') } : attributes;
}

function invalid(hasBoth: boolean): InvalidError {
  const error: FieldError = {
    type: 'Invalid',
    path: hasBoth ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes',
    detail: hasBoth
      ? 'cannot be specified in combination with resourceAttributes'
      : 'exactly one of nonResourceAttributes or resourceAttributes must be specified',
  };
  return new InvalidError({ kind: 'SelfSubjectAccessReview', group: 'authorization.k8s.io', name: '' }, [error]);
}
