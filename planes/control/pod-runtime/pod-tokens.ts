import type { Clock } from '../../../kernel/base/clock.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { MissingInput } from './missing-input.ts';

/** What a token is asked for: it is worth nothing once its pod is gone. */
export interface PodTokenRequest {
  readonly namespace: string;
  readonly pod: { readonly name: string; readonly uid: string };
  /** Name of the ServiceAccount. */
  readonly account: string;
  /** Whom it is for; empty: the API server. */
  readonly audience: string;
  readonly seconds: number;
}

/** A token and how long it counts. */
export interface PodToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly endsAtMs: number;
}

/** Port: the API server of this site, as far as it issues tokens. */
export interface TokenIssuer {
  /** @throws {ApiError} to refuse. */
  issue(request: PodTokenRequest, signal: AbortSignal): Promise<PodToken>;
}

/** A projected source `serviceAccountToken`. */
export interface TokenSource {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

interface Kept extends PodToken {
  readonly renewAtMs: number;
}

/** Kubernetes: an hour when nothing is said. */
const secondsDefault = 3_600;
/** Kubernetes: a token is renewed when a fifth of its life is left, or after a day. */
const renewAfter = { part: 0.8, ms: 24 * 3_600_000 };
/** A token that could not be renewed counts until it ends; another one is asked for after this. */
const retryMs = 10_000;

/** The tokens of the pods of one host. A restarted agent asks for new ones. */
export class PodTokens {
  readonly #issuer: TokenIssuer | undefined;
  readonly #clock: Clock;
  /** By pod uid, then by what was asked for. */
  readonly #kept = new Map<string, Map<string, Kept>>();

  /** @param issuer absent: there are no tokens here. */
  constructor(issuer: TokenIssuer | undefined, clock: Clock) {
    this.#issuer = issuer;
    this.#clock = clock;
  }

  /**
   * The token of a source of a volume, renewed when it is time.
   * @throws {MissingInput} when none is to be had and no earlier one counts any more.
   */
  async get(pod: Pod, volumeName: string, source: TokenSource, signal: AbortSignal): Promise<string> {
    const request = requestOf(pod, source);
    const key = `${request.seconds} ${request.audience}`;
    const kept = this.#kept.get(pod.metadata.uid)?.get(key);
    const nowMs = this.#clock.nowMs();
    if (kept !== undefined && nowMs < kept.renewAtMs) return kept.token;
    try {
      return this.#keep(pod, key, await this.#issue(request, signal));
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (kept !== undefined && nowMs < kept.endsAtMs)
        return this.#put(pod, key, { ...kept, renewAtMs: nowMs + retryMs });
      const why = `failed to fetch token: ${error.message}`;
      const message = `MountVolume.SetUp failed for volume "${volumeName}" : ${why}`;
      throw new MissingInput('ContainerCreating', message, { kind: 'ServiceAccount', name: request.account });
    }
  }

  /** When the next token of a pod is to be renewed, milliseconds since the epoch; `undefined` when it has none. */
  renewAtMs(podUid: string): number | undefined {
    const times = Array.from(this.#kept.get(podUid)?.values() ?? [], ({ renewAtMs }) => renewAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Drops the tokens of a pod. */
  forget(podUid: string): void {
    this.#kept.delete(podUid);
  }

  async #issue(request: PodTokenRequest, signal: AbortSignal): Promise<PodToken> {
    if (this.#issuer !== undefined) return this.#issuer.issue(request, signal);
    const message = 'projected source serviceAccountToken is not supported by this runtime';
    throw new MissingInput('ContainerCreating', message);
  }

  #keep(pod: Pod, key: string, token: PodToken): string {
    const nowMs = this.#clock.nowMs();
    const renewInMs = Math.min((token.endsAtMs - nowMs) * renewAfter.part, renewAfter.ms);
    return this.#put(pod, key, { ...token, renewAtMs: nowMs + renewInMs });
  }

  #put({ metadata: { uid } }: Pod, key: string, kept: Kept): string {
    const own = this.#kept.get(uid) ?? new Map<string, Kept>();
    this.#kept.set(uid, own.set(key, kept));
    return kept.token;
  }
}

function requestOf({ metadata, spec }: Pod, { audience = '', expirationSeconds }: TokenSource): PodTokenRequest {
  const { namespace = '', name, uid } = metadata;
  const account = spec?.serviceAccountName ?? 'default';
  return { namespace, pod: { name, uid }, account, audience, seconds: expirationSeconds ?? secondsDefault };
}
