import { ApiError, type FieldError } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { Authorizer } from '../../ports/auth.ts';
import type { ComputedResource } from '../../ports/endpoint.ts';
import {
  answerReview,
  requireValid,
  specOf,
  subjectOf,
  textOf,
  validateAttributes,
  validateSubject,
} from '../access-review/question.ts';
import { localSubjectAccessReviewKind } from './type.ts';

/** Answers LocalSubjectAccessReviews: about what is in the namespace of the request, nothing else. */
export function localSubjectAccessReviews(authorizer: Authorizer): ComputedResource {
  return {
    definition: localSubjectAccessReviewKind,
    async create({ body, namespace }) {
      requireNamespace(body, namespace);
      const spec = specOf(body);
      const errors = [...validateAttributes(spec), ...validateSubject(spec), ...validateLocal(spec, namespace)];
      requireValid('LocalSubjectAccessReview', errors);
      return { ...body, metadata: { namespace }, status: answerReview(authorizer, spec, subjectOf(spec)) };
    },
  };
}

function requireNamespace({ metadata }: JsonObject, namespace: string): void {
  const given = isJsonObject(metadata) ? textOf(metadata, 'namespace') : '';
  if (given === '' || given === namespace) return;
  const text = 'the namespace of the provided object does not match the namespace sent on the request';
  throw new ApiError('BadRequest', text);
}

function validateLocal(spec: JsonObject, namespace: string): readonly FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (isJsonObject(nonResourceAttributes)) {
    const detail = 'disallowed on this kind of request';
    return [{ type: 'Invalid', path: 'spec.nonResourceAttributes', value: nonResourceAttributes, detail }];
  }
  const asked = isJsonObject(resourceAttributes) ? textOf(resourceAttributes, 'namespace') : namespace;
  if (asked === namespace) return [];
  const path = 'spec.resourceAttributes.namespace';
  return [{ type: 'Invalid', path, value: asked, detail: 'must match metadata.namespace' }];
}
