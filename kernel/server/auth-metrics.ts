import { askedThrough } from '../auth/authorizers.ts';
import type { Clock } from '../base/clock.ts';
import { Histogram, type MetricFamily, type MetricSample } from '../base/metrics.ts';
import type { AuthorizationDecision, Authorizer, Credentials, UserInfo } from '../ports/auth.ts';

/** Seconds: 1 ms, doubled 14 times (Kubernetes `endpoints/filters/metrics.go`). */
const bucketSeconds = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);
/** Prometheus' default buckets, seconds. */
const cacheBucketSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  count: number;
  readonly seconds: Histogram;
}

function series(bounds: readonly number[] = bucketSeconds): Series {
  return { count: 0, seconds: new Histogram(bounds) };
}

function note(one: Series, seconds: number): void {
  one.count++;
  one.seconds.observe(seconds);
}

/** Names that are told apart; all others are counted as an e-mail address or as something else (Kubernetes `compressUsername`). */
const knownNames: ReadonlySet<string> = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);

/** Who asks and what they may, counted under the names of kube-apiserver 1.36. */
export class AuthMetrics {
  readonly #clock: Clock;
  readonly #attempts = { error: series(), failure: series(), success: series() };
  readonly #decisions = { allowed: series(), denied: series(), 'no-opinion': series() };
  /** Bearer tokens that were remembered, and those that had to be verified. */
  readonly #tokens = { hit: series(cacheBucketSeconds), miss: series(cacheBucketSeconds) };
  readonly #fetches = { ok: 0, error: 0 };
  readonly #users = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an attempt to find out who asks. Throws what `work` throws, or gives what it gives. */
  authentication(credentials: Credentials, work: () => UserInfo | Promise<UserInfo>): UserInfo | Promise<UserInfo> {
    const startedMs = this.#clock.monotonicMs();
    let user: UserInfo | Promise<UserInfo>;
    try {
      user = work();
    } catch (error) {
      this.#refused(credentials, startedMs);
      throw error;
    }
    if (user instanceof Promise) return this.#verified(user, credentials, startedMs);
    const seconds = this.#known(user, startedMs);
    if (credentials.bearerToken !== undefined) note(this.#tokens.hit, seconds);
    return user;
  }

  /** The same authorizer, its decisions counted. */
  authorizer(authorizer: Authorizer): Authorizer {
    const decisions = this.#decisions;
    const clock = this.#clock;
    return askedThrough(authorizer, (attributes) => {
      const startedMs = clock.monotonicMs();
      const decision = authorizer.authorize(attributes);
      note(decisions[resultOf(decision)], (clock.monotonicMs() - startedMs) / 1_000);
      return decision;
    });
  }

  /** What was counted. */
  families(): readonly MetricFamily[] {
    const users = [...this.#users].map(([username, value]) => ({ labels: { username }, value }));
    const fetches = Object.entries(this.#fetches).map(([status, value]) => ({ labels: { status }, value }));
    return [
      counter('authenticated_user_requests', 'Requests of users that are known, by the kind of their name.', users),
      ...counted('authentication', 'attempts', this.#attempts),
      ...counted('authorization', 'attempts_total', this.#decisions),
      ...counted('authentication_token_cache_request', 'total', this.#tokens, 'status'),
      counter('authentication_token_cache_fetch_total', 'Bearer tokens that were verified, by result.', fetches),
    ];
  }

  async #verified(pending: Promise<UserInfo>, credentials: Credentials, startedMs: number): Promise<UserInfo> {
    try {
      const user = await pending;
      this.#fetches.ok++;
      note(this.#tokens.miss, this.#known(user, startedMs));
      return user;
    } catch (error) {
      this.#fetches.error++;
      note(this.#tokens.miss, this.#refused(credentials, startedMs));
      throw error;
    }
  }

  #known({ name }: UserInfo, startedMs: number): number {
    const kind = knownNames.has(name) ? name : name.includes('@') ? 'email_id' : 'other';
    this.#users.set(kind, (this.#users.get(kind) ?? 0) + 1);
    return this.#passed(this.#attempts.success, startedMs);
  }

  /** Kubernetes: credentials that nobody accepts are an error, none where some are needed a failure. */
  #refused({ certificate, refusedCertificate, bearerToken }: Credentials, startedMs: number): number {
    const isWithout = certificate === undefined && refusedCertificate === undefined && bearerToken === undefined;
    return this.#passed(isWithout ? this.#attempts.failure : this.#attempts.error, startedMs);
  }

  #passed(one: Series, startedMs: number): number {
    const seconds = (this.#clock.monotonicMs() - startedMs) / 1_000;
    note(one, seconds);
    return seconds;
  }
}

function resultOf({ verdict }: AuthorizationDecision): 'allowed' | 'denied' | 'no-opinion' {
  if (verdict === 'allow') return 'allowed';
  return verdict === 'deny' ? 'denied' : 'no-opinion';
}

function counter(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: 'counter', samples };
}

/** A counter and the times, by one label; what never happened is left out. */
function counted(
  subject: string,
  countName: string,
  all: Readonly<Record<string, Series>>,
  label = 'result',
): readonly MetricFamily[] {
  const happened = Object.entries(all).filter(([, { count }]) => count > 0);
  const samples = (of: (one: Series) => number | Histogram) =>
    happened.map(([value, one]) => ({ labels: { [label]: value }, value: of(one) }));
  const seconds = samples((one) => one.seconds);
  return [
    counter(
      `${subject}_${countName}`,
      `How often, by ${label}.`,
      samples(({ count }) => count),
    ),
    { name: `${subject}_duration_seconds`, help: `How long, by ${label}.`, type: 'histogram', samples: seconds },
  ];
}
