import type { JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { errorText } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { JwtConfiguration } from './configuration-file.ts';
import type { FetchDocument } from './documents.ts';
import { isPublicKey, readIssuerKeys, shortName } from './issuer-documents.ts';

/** Least time between two looks at an issuer that tokens ask for, whatever tokens come meanwhile. */
const pauseMs = 10_000;
/** Keys older than that are fetched again when they are next used; until that worked the old ones count. */
const freshMs = 10 * 60_000;
/** Longest time for both documents of an issuer together. */
const fetchTimeoutMs = 10_000;
/** An issuer that did not answer is asked again by itself: after a second first, then after twice as long, up to a minute. */
const retryMs = { first: 1_000, last: 60_000 };
/** Keys from before a restart count for so long after the issuer named them, while it cannot be asked. */
const keptMaxMs = 24 * 3_600_000;

/** Keys an issuer named once, public all of them. */
export interface KeptKeySet {
  readonly keys: readonly JsonObject[];
  /** Milliseconds since the epoch. */
  readonly fetchedAtMs: number;
}

/** Where keys of issuers outlive the process. */
export interface KeptKeys {
  /** What was last written for an issuer, as `IssuerKeys.identity` names it. */
  read(identity: string): KeptKeySet | undefined;
  /** Never rejects: what cannot be kept is missed at the next start only. */
  write(identity: string, keys: KeptKeySet): Promise<void>;
}

/** What the keys of an issuer are fetched with. */
export interface IssuerKeysPorts {
  readonly fetch: FetchDocument;
  /** Absent: a restart forgets all keys. */
  readonly kept?: KeptKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

/** When an issuer was looked at last, with which result; seconds since the epoch. */
type FetchTimes = Partial<Record<'success' | 'failure', number>>;

interface KnownKeys {
  readonly find: JWTVerifyGetKey;
  readonly hash: string;
  /** Monotonic. */
  readonly staleAtMs: number;
  /** Wall clock. */
  readonly endsAtMs: number;
}

/**
 * The public keys of one issuer. They are fetched at once and when a token needs them, by one request for all who wait. An issuer
 * that does not answer is asked again until it does. Keys that were fetched count while it is away, those from before a
 * restart for a day.
 */
export class IssuerKeys implements Disposable {
  readonly #issuer: JwtConfiguration['issuer'];
  readonly #ports: IssuerKeysPorts;
  readonly times: FetchTimes = {};
  /** Whether the last look at the issuer worked; `undefined` before the first has ended. */
  isReachable: boolean | undefined;
  #known: KnownKeys | undefined;
  #fetching: Promise<void> | undefined;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #retryMs = retryMs.first;
  #retry: Disposable | undefined;
  #isDisposed = false;

  constructor(issuer: JwtConfiguration['issuer'], ports: IssuerKeysPorts) {
    this.#issuer = issuer;
    this.#ports = ports;
  }

  /** Issuers that are the same in this have the same keys. */
  get identity(): string {
    const { url, discoveryURL = '', certificateAuthority = '' } = this.#issuer;
    return JSON.stringify([url, discoveryURL, certificateAuthority]);
  }

  /** Names the keys that count; `undefined` while none is known. */
  get hash(): string | undefined {
    return this.#current()?.hash;
  }

  /** The key of a token, for `jwtVerify`. @throws {Error} when there is none and the issuer cannot be asked. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#current() === undefined) await this.refresh();
    const known = this.#current();
    if (known === undefined) throw new Error(`the keys of ${JSON.stringify(this.#issuer.url)} are not known yet`);
    if (this.#ports.clock.monotonicMs() > known.staleAtMs) void this.refresh();
    return known.find(header, token);
  };

  /** Fetches the keys again, unless that was tried just now. Never rejects. @returns false if nothing new can be known. */
  async refresh(): Promise<boolean> {
    const before = this.#known;
    if (this.#ports.clock.monotonicMs() - this.#triedAtMs >= pauseMs) this.#start();
    await this.#fetching;
    return this.#known !== before;
  }

  /** The issuer is not asked any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#retry?.[Symbol.dispose]();
  }

  #current(): KnownKeys | undefined {
    if (this.#known !== undefined && this.#ports.clock.nowMs() >= this.#known.endsAtMs) this.#known = undefined;
    return this.#known;
  }

  #start(): void {
    if (this.#fetching !== undefined || this.#isDisposed) return;
    this.#retry?.[Symbol.dispose]();
    this.#triedAtMs = this.#ports.clock.monotonicMs();
    this.#fetching = this.#fetch().finally(() => (this.#fetching = undefined));
  }

  async #fetch(): Promise<void> {
    const { fetch, kept, clock, log } = this.#ports;
    const { url } = this.#issuer;
    try {
      const keys = await readIssuerKeys(this.#issuer, fetch, clock.timeoutSignal(fetchTimeoutMs));
      const fetchedAtMs = clock.nowMs();
      await this.#learn(keys, { staleAtMs: clock.monotonicMs() + freshMs, endsAtMs: Number.POSITIVE_INFINITY });
      this.times.success = fetchedAtMs / 1_000;
      this.isReachable = true;
      this.#retryMs = retryMs.first;
      log.info('fetched the keys of an issuer', { issuer: url, keys: keys.length });
      await kept?.write(this.identity, { keys, fetchedAtMs });
    } catch (error) {
      this.times.failure = clock.nowMs() / 1_000;
      this.isReachable = false;
      const againMs = this.#retryLater();
      log.warn('cannot fetch the keys of an issuer', { issuer: url, error: errorText(error), againMs });
      if (this.#known === undefined) await this.#recall();
    }
  }

  /** @returns after how many milliseconds. */
  #retryLater(): number {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(delayMs * 2, retryMs.last);
    if (!this.#isDisposed) this.#retry = this.#ports.clock.timer(delayMs, () => this.#start());
    return delayMs;
  }

  /** Takes what was known before a restart, if that is not too long ago. */
  async #recall(): Promise<void> {
    const { kept, clock, log } = this.#ports;
    const found = kept?.read(this.identity);
    if (found === undefined) return;
    const { fetchedAtMs } = found;
    const ageMs = clock.nowMs() - fetchedAtMs;
    if (ageMs < 0 || ageMs >= keptMaxMs) return;
    // Stale at once: each token makes it look for the issuer.
    const until = { staleAtMs: Number.NEGATIVE_INFINITY, endsAtMs: fetchedAtMs + keptMaxMs };
    await this.#learn(found.keys.filter(isPublicKey), until);
    this.times.success = fetchedAtMs / 1_000;
    log.warn('an issuer is known from before the start only', { issuer: this.#issuer.url, ageMs });
  }

  async #learn(keys: readonly JsonObject[], until: Pick<KnownKeys, 'staleAtMs' | 'endsAtMs'>): Promise<void> {
    const { createLocalJWKSet } = await import('jose');
    this.#known = { find: createLocalJWKSet({ keys: [...keys] }), hash: shortName(JSON.stringify(keys)), ...until };
  }
}
