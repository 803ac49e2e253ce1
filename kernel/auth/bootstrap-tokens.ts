import { timingSafeEqual } from 'node:crypto';
import { parseTime } from '../base/clock.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import { ApiError } from '../meta/errors.ts';
import { isJsonObject } from '../meta/object.ts';
import type { Authenticator, UserInfo } from '../ports/auth.ts';
import { authenticatedGroup } from './authenticators.ts';

/** `type` of the Secrets that are such tokens. */
const secretType = 'bootstrap.kubernetes.io/token';
const namespace = 'kube-system';
const group = 'system:bootstrappers';
/** `id.secret` (Kubernetes `cluster-bootstrap/token/api`). */
const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const extraGroupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Finds a Secret as clients see it now. */
export type SecretLookup = (namespace: string, name: string) => CachedObject | undefined;

/**
 * Users by bootstrap token, as in kube-apiserver: the Secret `bootstrap-token-<id>` in kube-system says what the token is for
 * and until when. It is looked at again at every request, and secrets are compared in constant time.
 */
export function bootstrapTokenAuthenticator(find: SecretLookup): Authenticator {
  return {
    authenticate({ bearerToken }, nowMs) {
      const [, id, secret] = tokenForm.exec(bearerToken ?? '') ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const object = find(namespace, `bootstrap-token-${id}`);
      const user = object === undefined ? undefined : userOf(object, { id, secret, nowMs });
      if (user === undefined) throw new ApiError('Unauthorized', 'Unauthorized');
      return user;
    },
  };
}

interface ShownToken {
  readonly id: string;
  readonly secret: string;
  readonly nowMs: number;
}

function userOf(object: CachedObject, { id, secret, nowMs }: ShownToken): UserInfo | undefined {
  const { type, data } = object.parsed() as { readonly type?: unknown; readonly data?: unknown };
  if (object.row.isTerminating || type !== secretType || !isJsonObject(data)) return undefined;
  const field = (name: string): string => {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  };
  if (!isSame(field('token-secret'), secret) || field('token-id') !== id) return undefined;
  const expiration = field('expiration');
  // Kubernetes: a time that cannot be read has passed.
  if (expiration !== '' && (parseTime(expiration) ?? 0) <= nowMs) return undefined;
  if (field('usage-bootstrap-authentication') !== 'true') return undefined;
  const extra = field('auth-extra-groups')
    .split(',')
    .filter((name) => name !== '');
  if (!extra.every((name) => extraGroupForm.test(name))) return undefined;
  return { name: `system:bootstrap:${id}`, groups: [...new Set([...extra, group]), authenticatedGroup] };
}

function isSame(expected: string, shown: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(shown)];
  return a.length === b.length && timingSafeEqual(a, b);
}
