import type { KeyObject } from 'node:crypto';
import type { CachedObject } from '../cache/cached-object.ts';
import { parseTime } from '../base/clock.ts';
import { ApiError, errorText } from '../meta/errors.ts';
import type {
  Authenticator,
  Credentials,
  ObjectReference,
  TokenClaims,
  TokenIssuer,
  TokenVerdict,
  UserInfo,
} from '../ports/auth.ts';
import { authenticatedGroup } from './authenticators.ts';
import { claimedBy, RememberedTokens } from './compact-token.ts';
import { formatTokenClaims, readTokenClaims } from './token-claims.ts';

/** Keys of the issuer. */
export interface TokenKeys {
  /** ECDSA P-256: signs new tokens. */
  readonly signing: { readonly id: string; readonly privateKey: KeyObject };
  /** Public keys whose tokens count, by key id; that of the signing key among them. */
  readonly verifying: ReadonlyMap<string, KeyObject>;
}

/** What the tokens of ServiceAccounts are made and checked with. */
export interface ServiceAccountTokensOptions {
  readonly keys: TokenKeys;
  /** `iss` of all tokens, and the audience of those that ask for none. */
  readonly issuer: string;
  /** Finds an object as clients see it now; `resource` is a plural of the core group. */
  readonly find: (resource: string, namespace: string, name: string) => CachedObject | undefined;
}

/** A token whose signature was right, with what has to be looked at again at every request. */
interface VerifiedToken {
  readonly claims: TokenClaims;
  readonly user: UserInfo;
}

/** Objects on their way out go on vouching for tokens for so long after their time is over (kube-apiserver). */
const deletionLeewayMs = 60_000;

/**
 * Issues the tokens of ServiceAccounts and knows them again (JWT, ES256). A signature is verified once; after that a request costs a hash
 * and a look at the objects the token stands for: it ends with its ServiceAccount and with the object it is bound to.
 */
export class ServiceAccountTokens implements Authenticator, TokenIssuer {
  readonly #options: ServiceAccountTokensOptions;
  readonly #verified = new RememberedTokens<VerifiedToken>();

  constructor(options: ServiceAccountTokensOptions) {
    this.#options = options;
  }

  get ownAudience(): string {
    return this.#options.issuer;
  }

  async issueToken(claims: TokenClaims): Promise<string> {
    const { SignJWT } = await import('jose');
    const { keys, issuer } = this.#options;
    const header = { alg: 'ES256', kid: keys.signing.id };
    const payload = { ...formatTokenClaims(claims), iss: issuer };
    return new SignJWT(payload).setProtectedHeader(header).sign(keys.signing.privateKey);
  }

  authenticate({ bearerToken }: Credentials, nowMs: number): UserInfo | undefined | Promise<UserInfo> {
    if (bearerToken === undefined) return undefined;
    const known = this.#verified.get(bearerToken);
    if (known !== undefined) return this.#accept(known, [], nowMs).user;
    if (!this.#isOwn(bearerToken)) return undefined;
    return this.#verify(bearerToken, nowMs).then((verified) => this.#accept(verified, [], nowMs).user);
  }

  /** What a TokenReview says of a token; `undefined` when it is not of this issuer. See `TokenReviewer`. */
  async review(token: string, audiences: readonly string[], nowMs: number): Promise<TokenVerdict | undefined> {
    if (!this.#isOwn(token)) return undefined;
    try {
      const verified = this.#verified.get(token) ?? (await this.#verify(token, nowMs));
      return this.#accept(verified, audiences, nowMs);
    } catch (error) {
      if (error instanceof ApiError) return { refusal: `[invalid bearer token, ${errorText(error.cause)}]` };
      throw error;
    }
  }

  /** True for what claims to be of this issuer: other tokens are for other authenticators. */
  #isOwn(token: string): boolean {
    return claimedBy(token)?.['iss'] === this.#options.issuer;
  }

  async #verify(token: string, nowMs: number): Promise<VerifiedToken> {
    const { jwtVerify } = await import('jose');
    const { keys, issuer } = this.#options;
    const keyOf = ({ kid = '' }: { readonly kid?: string }) => {
      const key = keys.verifying.get(kid);
      if (key === undefined) throw new Error(`no key has the id ${JSON.stringify(kid)}`);
      return key;
    };
    let payload: unknown;
    try {
      ({ payload } = await jwtVerify(token, keyOf, { issuer, algorithms: ['ES256'], currentDate: new Date(nowMs) }));
    } catch (cause) {
      throw unauthorized('its signature is not one of ours', cause);
    }
    const claims = readTokenClaims(payload);
    if (claims === undefined) throw unauthorized('its claims are not those of a ServiceAccount');
    const verified = { claims, user: userOf(claims) };
    this.#verified.set(token, verified);
    return verified;
  }

  /** @throws {ApiError} `Unauthorized` when the token is too early, too late, or what it stands for is gone. */
  #accept({ claims, user }: VerifiedToken, asked: readonly string[], nowMs: number) {
    if (nowMs < claims.notBeforeMs) throw unauthorized('it is not valid yet');
    if (nowMs >= claims.expiresAtMs) throw unauthorized('it has expired');
    const { namespace, serviceAccount, pod, secret, node } = claims;
    this.#requireThere('serviceaccounts', namespace, serviceAccount, nowMs);
    if (pod !== undefined) this.#requireThere('pods', namespace, pod, nowMs);
    if (secret !== undefined) this.#requireThere('secrets', namespace, secret, nowMs);
    // The node of a pod is told, but the pod alone decides (kube-apiserver `serviceaccount.validator`).
    if (node !== undefined && pod === undefined) this.#requireThere('nodes', '', node, nowMs);
    const wanted = asked.length === 0 ? [this.#options.issuer] : asked;
    const audiences = wanted.filter((audience) => claims.audiences.includes(audience));
    if (audiences.length === 0) {
      const others = `token audiences ${formatList(claims.audiences)}`;
      throw unauthorized(`${others} is invalid for the target audiences ${formatList(wanted)}`);
    }
    return { user, audiences };
  }

  #requireThere(resource: string, namespace: string, { name, uid }: ObjectReference, nowMs: number): void {
    const object = this.#options.find(resource, namespace, name);
    if (object === undefined || object.row.uid !== uid) throw unauthorized(`its ${resource} "${name}" is gone`);
    if (!object.row.isTerminating) return;
    const endsAtMs = parseTime(object.parsed().metadata.deletionTimestamp ?? '') ?? 0;
    if (endsAtMs + deletionLeewayMs < nowMs) throw unauthorized(`its ${resource} "${name}" has been deleted`);
  }
}

/** Names as kube-apiserver gives them (`serviceaccount.UserInfo`). */
function userOf({ namespace, serviceAccount, pod, node, tokenId }: TokenClaims): UserInfo {
  const prefix = 'authentication.kubernetes.io';
  const told = (key: string, value: string | undefined) =>
    value === undefined ? {} : { [`${prefix}/${key}`]: [value] };
  return {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticatedGroup],
    extra: {
      ...told('credential-id', tokenId === undefined ? undefined : `JTI=${tokenId}`),
      ...told('node-name', node?.name),
      ...told('node-uid', node?.uid),
      ...told('pod-name', pod?.name),
      ...told('pod-uid', pod?.uid),
    },
  };
}

function formatList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

/** Clients are told no more than that (kube-apiserver); TokenReviews show the cause. */
function unauthorized(why: string, cause?: unknown): ApiError {
  return new ApiError('Unauthorized', 'Unauthorized', {}, { cause: new Error(why, { cause }) });
}
