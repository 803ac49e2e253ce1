import { type FieldError, InvalidError } from '../../meta/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../meta/object.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../../ports/auth.ts';

const group = 'authorization.k8s.io';

/** The `spec` of a review; an empty object when there is none. */
export function specOf(body: JsonObject): JsonObject {
  return isJsonObject(body['spec']) ? body['spec'] : {};
}

/** A text field; empty when it is absent or something else. */
export function textOf(source: JsonObject, field: string): string {
  const value = source[field];
  return typeof value === 'string' ? value : '';
}

/** A list of texts; other items are left out. */
export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** @throws {ApiError} `Invalid`, when there are errors. */
export function requireValid(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new InvalidError({ kind, group, name: '' }, errors);
}

/** What is wrong with what a review asks about: exactly one of a resource and another path. */
export function validateAttributes(spec: JsonObject): readonly FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isJsonObject(resource) !== isJsonObject(path)) return [];
  if (isJsonObject(path)) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    return [{ type: 'Invalid', path: 'spec.nonResourceAttributes', value: path, detail }];
  }
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [{ type: 'Invalid', path: 'spec.resourceAttributes', value: null, detail }];
}

/** The user a SubjectAccessReview asks about. */
export function subjectOf(spec: JsonObject): UserInfo {
  const [uid, extra] = [textOf(spec, 'uid'), spec['extra']];
  return {
    name: textOf(spec, 'user'),
    groups: textsOf(spec['groups']),
    ...(uid === '' ? {} : { uid }),
    ...(isJsonObject(extra)
      ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, textsOf(values)])) }
      : {}),
  };
}

/** What is wrong with the user a review asks about. */
export function validateSubject(spec: JsonObject): readonly FieldError[] {
  if (textOf(spec, 'user') !== '' || textsOf(spec['groups']).length > 0) return [];
  const detail = 'at least one of user or group must be specified';
  return [{ type: 'Invalid', path: 'spec.user', value: '', detail }];
}

/** The `status` of a review whose spec was found valid. */
export function answerReview(authorizer: Authorizer, spec: JsonObject, user: UserInfo): JsonObject {
  const { verdict, reason } = authorizer.authorize(attributesOf(spec, user));
  return {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}

function attributesOf(spec: JsonObject, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const source = isJsonObject(resource) ? resource : isJsonObject(path) ? path : {};
  const attributes = {
    user,
    verb: textOf(source, 'verb'),
    group: textOf(source, 'group'),
    resource: textOf(source, 'resource'),
    subresource: textOf(source, 'subresource'),
    namespace: textOf(source, 'namespace'),
    name: textOf(source, 'name'),
  };
  return isJsonObject(path) ? { ...attributes, path: textOf(path, 'path') } : attributes;
}
