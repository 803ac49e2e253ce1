import { createHash } from 'node:crypto';
import { ApiError } from '../meta/errors.ts';
import { anonymousUser, type Authenticator, type Credentials, type UserInfo } from '../ports/auth.ts';

/** Group of every user that proved who it is. */
export const authenticatedGroup = 'system:authenticated';

type Certificate = NonNullable<Credentials['certificate']>;

/** Options of `certificateAuthenticator`. */
export interface CertificateAuthenticatorOptions {
  /** True for certificates that must no longer be accepted. Default: none is revoked. */
  readonly isRevoked?: (certificate: Certificate) => boolean;
  /** True for names of users that live inside the server: nobody comes from outside as one of them. Default: none. */
  readonly isReserved?: (name: string) => boolean;
}

/**
 * Users by client certificate, as in kube-apiserver: the common name is the user, the organizations are the groups.
 * The TLS layer has verified the certificate.
 */
export function certificateAuthenticator(options: CertificateAuthenticatorOptions = {}): Authenticator {
  // All requests of a connection carry the same object.
  const users = new WeakMap<Certificate, UserInfo>();
  return {
    authenticate({ certificate }) {
      if (certificate === undefined) return undefined;
      const { commonName } = certificate;
      if (commonName === '' || options.isReserved?.(commonName) === true) throw unauthorized();
      if (options.isRevoked?.(certificate) === true) throw unauthorized();
      return users.getOrInsertComputed(certificate, userOf);
    },
  };
}

function userOf({ commonName, organizations, fingerprint }: Certificate): UserInfo {
  const groups = [...organizations, authenticatedGroup];
  const extra = { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] };
  return { name: commonName, groups, extra };
}

/** A bearer token, known only by its hash. */
export interface StaticToken {
  /** sha256 of the token's UTF-8 bytes, lower-case hex. */
  readonly sha256: string;
  readonly user: UserInfo;
  /** Milliseconds since the epoch; absent: never expires. */
  readonly expiresAtMs?: number;
}

/** Users by bearer token. The table holds hashes only; a lookup by hash leaks nothing about other tokens. */
export function tokenAuthenticator(tokens: readonly StaticToken[]): Authenticator {
  const byHash = new Map(tokens.map((token) => [token.sha256, token]));
  return {
    authenticate({ bearerToken }, nowMs) {
      if (bearerToken === undefined) return undefined;
      const token = byHash.get(hashToken(bearerToken));
      if (token === undefined) return undefined;
      if (token.expiresAtMs !== undefined && token.expiresAtMs <= nowMs) throw unauthorized();
      const { user } = token;
      const isListed = user.groups.includes(authenticatedGroup);
      return isListed ? user : { ...user, groups: [...user.groups, authenticatedGroup] };
    },
  };
}

/** The form in which tokens are kept. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Asks one after the other; the first that knows the credentials decides. Without credentials the user is anonymous;
 * a bearer token that nobody knows is refused, never taken for anonymous.
 */
export function authenticatorChain(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate(credentials, nowMs) {
      let asked = 0;
      for (const authenticator of authenticators) {
        asked++;
        const user = authenticator.authenticate(credentials, nowMs);
        if (user instanceof Promise) return goOn(user, authenticators.slice(asked), credentials, nowMs);
        if (user !== undefined) return user;
      }
      return unknownUser(credentials);
    },
  };
}

/** The rest of the chain, once somebody had to work something out first. */
async function goOn(
  first: Promise<UserInfo | undefined>,
  others: readonly Authenticator[],
  credentials: Credentials,
  nowMs: number,
): Promise<UserInfo> {
  let user = await first;
  for (const authenticator of others) user ??= await authenticator.authenticate(credentials, nowMs);
  return user ?? unknownUser(credentials);
}

function unknownUser({ bearerToken }: Credentials): UserInfo {
  if (bearerToken !== undefined) throw unauthorized();
  return anonymousUser;
}

function unauthorized(): ApiError {
  return new ApiError('Unauthorized', 'Unauthorized');
}
