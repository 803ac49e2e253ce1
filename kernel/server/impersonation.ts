import { authenticatedGroup } from '../auth/authenticators.ts';
import { ApiError } from '../meta/errors.ts';
import { anonymousUser, type Authorizer, type UserInfo } from '../ports/auth.ts';
import type { ApiRequest } from '../ports/endpoint.ts';
import { requireAllowed } from './authorized-resources.ts';

const userHeader = 'impersonate-user';
const groupHeader = 'impersonate-group';
const uidHeader = 'impersonate-uid';
const extraPrefix = 'impersonate-extra-';
const serviceAccountPrefix = 'system:serviceaccount:';
const identityGroup = 'authentication.k8s.io';

/**
 * The user a request is answered as: `user`, or whom its `Impersonate-*` headers name (`kubectl --as`). The user needs
 * the right to `impersonate` every single part of that identity (kube-apiserver `filters/impersonation`).
 * @throws {ApiError} `Forbidden`; `BadRequest` for groups, a uid or extras without a user.
 */
export function impersonated(
  user: UserInfo,
  { headers }: Pick<ApiRequest, 'headers'>,
  authorizer: Authorizer,
): UserInfo {
  if (!isAsked(headers)) return user;
  const name = headers[userHeader] ?? '';
  const groups = listOf(headers[groupHeader]);
  const uid = headers[uidHeader] ?? '';
  const extra = extraOf(headers);
  if (name === '') {
    if (groups.length === 0 && uid === '' && extra.length === 0) return user;
    throw new ApiError(
      'BadRequest',
      'Cannot impersonate groups, a uid or extras without a user: set Impersonate-User too',
    );
  }
  const require = (
    resource: string,
    value: string,
    more: { group?: string; namespace?: string; subresource?: string } = {},
  ) =>
    requireAllowed(authorizer, {
      user,
      verb: 'impersonate',
      group: '',
      namespace: '',
      subresource: '',
      ...more,
      resource,
      name: value,
    });
  const account = serviceAccountOf(name);
  if (account === undefined) require('users', name);
  else require('serviceaccounts', account.name, { namespace: account.namespace });
  for (const group of groups) require('groups', group);
  if (uid !== '') require('uids', uid, { group: identityGroup });
  for (const [key, values] of extra) {
    for (const value of values) require('userextras', value, { group: identityGroup, subresource: key });
  }
  return {
    name,
    groups: withImpliedGroups(name, groups.length === 0 && account !== undefined ? account.groups : groups),
    ...(uid === '' ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

/** Almost no request impersonates: those pay for nothing but this look. */
function isAsked(headers: ApiRequest['headers']): boolean {
  for (const header in headers) if (header.startsWith('impersonate-')) return true;
  return false;
}

/** Several header lines arrive as one, joined by commas. */
function listOf(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function extraOf(headers: ApiRequest['headers']): readonly (readonly [key: string, values: readonly string[]])[] {
  return Object.entries(headers)
    .filter(([header]) => header.startsWith(extraPrefix))
    .map(([header, value]) => [decodeKey(header.slice(extraPrefix.length)), listOf(value)] as const);
}

/** Keys are percent-encoded; one that is not is taken as it is. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function serviceAccountOf(user: string) {
  const [namespace, name, ...rest] = user.startsWith(serviceAccountPrefix)
    ? user.slice(serviceAccountPrefix.length).split(':')
    : [];
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined;
  return { namespace, name, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] };
}

function withImpliedGroups(name: string, groups: readonly string[]): readonly string[] {
  const implied = name === anonymousUser.name ? anonymousUser.groups : [authenticatedGroup];
  return [...groups, ...implied.filter((group) => !groups.includes(group))];
}
