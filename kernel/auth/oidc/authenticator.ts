import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { MetricFamily } from '../../base/metrics.ts';
import { ApiError, errorText } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { Authenticator, Credentials, UserInfo } from '../../ports/auth.ts';
import { authenticatedGroup } from '../authenticators.ts';
import { claimedBy, RememberedTokens } from '../compact-token.ts';
import type { AuthenticationConfiguration } from './configuration.ts';
import { ClaimError, type CompiledIssuer } from './expressions.ts';
import { IssuerKeys, type IssuerKeysPorts } from './issuer-keys.ts';
import { IssuerLatency, issuerMetrics } from './issuer-metrics.ts';

/** Signatures that count (kube-apiserver): those with a public key only, so that no public key can be used as a secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
/** How far clocks of issuers may be ahead, seconds; the end of a token is exact. */
const clockSkewSeconds = 300;
/** A token that was verified counts for so long without another look at it (kube-apiserver). */
const rememberMs = 10_000;

/** What `TokenAuthenticator` needs. */
export interface TokenAuthenticatorOptions extends IssuerKeysPorts {
  /** True for names nobody outside has, besides those that begin with `system:`. */
  readonly isReserved: (name: string) => boolean;
}

interface Issuer extends CompiledIssuer {
  readonly keys: IssuerKeys;
}

interface Verified {
  readonly user: UserInfo;
  readonly endsAtMs: number;
}

/**
 * Users by ID tokens of any number of OpenID issuers, as a configuration maps their claims. A token whose issuer is not
 * configured is left to other authenticators.
 */
export class OidcAuthenticator implements Authenticator, Disposable {
  readonly #options: TokenAuthenticatorOptions;
  #issuers: ReadonlyMap<string, Issuer> = new Map();
  #verified = new RememberedTokens<Verified>();
  readonly #latency = new IssuerLatency();
  #allowsAnonymous: (path: string) => boolean = () => true;

  constructor(options: TokenAuthenticatorOptions, configuration: AuthenticationConfiguration) {
    this.#options = options;
    this.replace(configuration);
  }

  /** From now on another configuration counts. Keys of issuers that stay are kept, verdicts about tokens are not. */
  replace({ issuers, allowsAnonymous }: AuthenticationConfiguration): void {
    const known = new Map([...this.#issuers.values()].map(({ keys }) => [keys.identity, keys]));
    const entries = issuers.map((issuer): readonly [string, Issuer] => {
      const fresh = new IssuerKeys(issuer.issuer, this.#options);
      const keys = known.get(fresh.identity) ?? fresh;
      // So that an issuer which is away later is known by then.
      if (keys === fresh) void keys.refresh();
      return [issuer.issuer.url, { ...issuer, keys }];
    });
    this.#issuers = new Map(entries);
    const asked = new Set(entries.map(([, { keys }]) => keys));
    for (const keys of known.values()) if (!asked.has(keys)) keys[Symbol.dispose]();
    this.#verified = new RememberedTokens();
    this.#allowsAnonymous = allowsAnonymous;
  }

  /** No issuer is asked any more. */
  [Symbol.dispose](): void {
    for (const { keys } of this.#issuers.values()) keys[Symbol.dispose]();
  }

  /** Whether a request without credentials is answered. */
  allowsAnonymous(path: string): boolean {
    return this.#allowsAnonymous(path);
  }

  authenticate({ bearerToken }: Credentials, nowMs: number): UserInfo | undefined | Promise<UserInfo> {
    if (bearerToken === undefined) return undefined;
    const known = this.#verified.get(bearerToken);
    if (known !== undefined && nowMs < known.endsAtMs) return known.user;
    const name = claimedBy(bearerToken)?.['iss'];
    const issuer = typeof name === 'string' ? this.#issuers.get(name) : undefined;
    return issuer === undefined ? undefined : this.#accept(bearerToken, issuer, nowMs);
  }

  async #accept(token: string, issuer: Issuer, nowMs: number): Promise<UserInfo> {
    const verified = this.#verified;
    const { clock } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const took = () => (clock.monotonicMs() - startedAtMs) / 1_000;
    try {
      const claims = await verify(token, issuer, nowMs);
      const user = this.#outsider(issuer.userOf(claims as JsonObject));
      const endsAtMs = Math.min((claims.exp ?? 0) * 1_000, nowMs + rememberMs);
      verified.set(token, { user, endsAtMs });
      this.#latency.observe(issuer.issuer.url, 'success', took());
      return user;
    } catch (cause) {
      this.#latency.observe(issuer.issuer.url, 'failure', took());
      // Whoever sends a token is told nothing; who runs the server may want to know.
      this.#options.log.debug('token refused', { issuer: issuer.issuer.url, why: errorText(cause) });
      throw new ApiError('Unauthorized', 'Unauthorized', {}, { cause });
    }
  }

  /** Names and groups of the system are not for issuers to give: nobody else may grant what these may do. */
  #outsider(user: UserInfo): UserInfo {
    const isOwn = (name: string) => name.startsWith('system:') || this.#options.isReserved(name);
    const own = [user.name, ...user.groups].find(isOwn);
    if (own !== undefined) throw new ClaimError(`${JSON.stringify(own)} is a name of the system`);
    return { ...user, groups: [...user.groups, authenticatedGroup] };
  }

  /** How issuers answer, and how long their tokens take. */
  metrics(): readonly MetricFamily[] {
    const issuers = [...this.#issuers].map(([url, { keys }]) => ({ url, keys }));
    return [...issuerMetrics(issuers), this.#latency.metrics(issuers.map(({ url }) => url))];
  }
}

/** @returns the claims of a token that counts now. @throws {Error} why it does not. */
async function verify(token: string, { issuer, keys }: Issuer, nowMs: number): Promise<JWTPayload> {
  const { errors } = await import('jose');
  const options: JWTVerifyOptions = {
    issuer: issuer.url,
    audience: [...issuer.audiences],
    algorithms,
    currentDate: new Date(nowMs),
    clockTolerance: clockSkewSeconds,
    requiredClaims: ['exp', 'sub'],
  };
  let claims: JWTPayload;
  try {
    claims = await verifySignature(token, keys.find, options);
  } catch (error) {
    const isOfKey = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
    // The issuer may have new keys.
    if (!isOfKey || !(await keys.refresh())) throw error;
    claims = await verifySignature(token, keys.find, options);
  }
  checkClaims(claims, nowMs);
  return claims;
}

/** Where several keys may be the one that signed, since the token names none, each is tried. */
async function verifySignature(token: string, find: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { errors, jwtVerify } = await import('jose');
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** What the library allows and we do not: an end that has passed a little ago, a token from the future, a subject that is no name. */
function checkClaims({ exp = 0, iat, sub }: JWTPayload, nowMs: number): void {
  const nowSeconds = nowMs / 1_000;
  if (exp <= nowSeconds) throw new ClaimError('the token has expired');
  if (iat !== undefined && iat > nowSeconds + clockSkewSeconds)
    throw new ClaimError('the token was issued in the future');
  if (typeof sub !== 'string' || sub === '') throw new ClaimError('the claim "sub" is no name');
}
