import { hash } from 'node:crypto';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { errorText } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { JwtConfiguration } from './configuration-file.ts';
import type { DocumentAddress, FetchDocument } from './documents.ts';

/** Least time between two looks at an issuer, whatever tokens come meanwhile. */
const pauseMs = 10_000;
/** Keys older than that are fetched again when they are next used; until that worked the old ones count. */
const freshMs = 10 * 60_000;
/** Longest time for both documents of an issuer together. */
const fetchTimeoutMs = 10_000;
/** Most keys of one issuer. */
const keysMax = 100;

/** What the keys of an issuer are fetched with. */
export interface IssuerKeysPorts {
  readonly fetch: FetchDocument;
  readonly clock: Clock;
  readonly log: Logger;
}

/** When an issuer was looked at last, with which result; seconds since the epoch. */
export type FetchTimes = Partial<Record<'success' | 'failure', number>>;

/**
 * The public keys of one issuer (OpenID Connect Discovery 1.0, RFC 7517). They are fetched when a token needs them, by one
 * request for all who wait, and never more often than every ten seconds; once known they count while the issuer is away.
 */
export class IssuerKeys {
  readonly #issuer: JwtConfiguration['issuer'];
  readonly #ports: IssuerKeysPorts;
  readonly times: FetchTimes = {};
  #known: { readonly find: JWTVerifyGetKey; readonly fetchedAtMs: number } | undefined;
  #fetching: Promise<void> | undefined;
  #triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(issuer: JwtConfiguration['issuer'], ports: IssuerKeysPorts) {
    this.#issuer = issuer;
    this.#ports = ports;
  }

  /** Issuers that are the same in this have the same keys. */
  get identity(): string {
    const { url, discoveryURL = '', certificateAuthority = '' } = this.#issuer;
    return JSON.stringify([url, discoveryURL, certificateAuthority]);
  }

  /** The key of a token, for `jwtVerify`. @throws {Error} when there is none and the issuer cannot be asked. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#known === undefined) await this.refresh();
    const known = this.#known;
    if (known === undefined) throw new Error(`the keys of ${JSON.stringify(this.#issuer.url)} are not known yet`);
    if (this.#ports.clock.monotonicMs() - known.fetchedAtMs > freshMs) void this.refresh();
    return known.find(header, token);
  };

  /** Fetches the keys again, unless that was tried just now. Never rejects. @returns false if nothing new can be known. */
  async refresh(): Promise<boolean> {
    const before = this.#known;
    const nowMs = this.#ports.clock.monotonicMs();
    if (this.#fetching === undefined && nowMs - this.#triedAtMs >= pauseMs) {
      this.#triedAtMs = nowMs;
      this.#fetching = this.#fetch().finally(() => (this.#fetching = undefined));
    }
    await this.#fetching;
    return this.#known !== before;
  }

  async #fetch(): Promise<void> {
    const { clock, log } = this.#ports;
    const { url } = this.#issuer;
    try {
      const keys = await this.#fetchKeys();
      const { createLocalJWKSet } = await import('jose');
      this.#known = { find: createLocalJWKSet(keys), fetchedAtMs: clock.monotonicMs() };
      this.times.success = clock.nowMs() / 1_000;
      log.info('fetched the keys of an issuer', { issuer: url, keys: keys.keys.length });
    } catch (error) {
      this.times.failure = clock.nowMs() / 1_000;
      log.warn('cannot fetch the keys of an issuer', { issuer: url, error: errorText(error) });
    }
  }

  async #fetchKeys(): Promise<JSONWebKeySet> {
    const { fetch, clock } = this.#ports;
    const { url, discoveryURL = '', certificateAuthority = '' } = this.#issuer;
    const signal = clock.timeoutSignal(fetchTimeoutMs);
    const trusted = certificateAuthority === '' ? {} : { caPem: certificateAuthority };
    const wellKnown = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const from = (address: string): DocumentAddress => ({ url: address, ...trusted });
    const { issuer, jwks_uri: keysUrl } = await fetch(from(discoveryURL === '' ? wellKnown : discoveryURL), signal);
    // Else any tenant of a host could vouch for another one's users (OpenID Connect Discovery 1.0 §4.3).
    if (issuer !== url) throw new Error(`the issuer calls itself ${JSON.stringify(issuer)}`);
    if (typeof keysUrl !== 'string' || !keysUrl.startsWith('https://')) {
      throw new Error(`its jwks_uri is ${JSON.stringify(keysUrl)}: it must be https`);
    }
    return readKeys(await fetch(from(keysUrl), signal));
  }
}

/** The keys for signatures that anybody may know: a symmetric key in such a list would let everybody sign. */
function readKeys({ keys }: JsonObject): JSONWebKeySet {
  if (!Array.isArray(keys)) throw new Error('its list of keys has no keys');
  if (keys.length > keysMax) throw new Error(`it has ${keys.length} keys: ${keysMax} are allowed`);
  const isPublic = (key: JsonObject) => key['kty'] === 'RSA' || key['kty'] === 'EC';
  return { keys: keys.filter(isJsonObject).filter(isPublic) };
}

/** How metrics name an issuer (kube-apiserver). */
export function issuerHash(url: string): string {
  return `sha256:${hash('sha256', url)}`;
}
