import type { Clock } from '../../../kernel/base/clock.ts';
import { type Heartbeat, heartbeatSecondsDefault } from './protocol.ts';

/** What the hub knows in memory of one site's contact. */
export interface SiteContact {
  /** When anything was heard last: monotonic, and wall-clock for people. */
  readonly lastSeenMs: number;
  readonly lastSeenAtMs: number;
  /** Streams open now; a site has one, briefly two while it reconnects. */
  readonly openSessions: number;
  /** The last session ended and no other has begun. */
  readonly hasLeft: boolean;
  readonly agentVersion: string | undefined;
  readonly heartbeat: Heartbeat | undefined;
  /** How far the site's clock is ahead of the hub's, at the last heartbeat. */
  readonly clockSkewMs: number;
}

/** Heartbeats per second the hub takes over all sites; beyond, the interval grows (Nomad's rule). */
const heartbeatsPerSecondMax = 200;
const heartbeatSecondsMax = 300;

/**
 * Contact with sites, in memory: a heartbeat costs no write. The Site controller is woken when contact begins or ends
 * and writes what is worth keeping.
 */
export class SiteSessions {
  readonly #clock: Clock;
  readonly #contacts = new Map<string, SiteContact>();
  readonly #listeners = new Set<(siteName: string) => void>();
  readonly #startedMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Milliseconds since the hub began to listen. Silence counts from here on at the earliest. */
  get listeningForMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** What is known of a site; `undefined` when it has not been heard since the hub started. */
  get(siteName: string): SiteContact | undefined {
    return this.#contacts.get(siteName);
  }

  /** Number of sites heard since the hub started. */
  get siteCount(): number {
    return this.#contacts.size;
  }

  /** Interval to ask of every site now: 10 s, more beyond 2,000 sites, at most 300 s. */
  heartbeatSeconds(): number {
    const paced = Math.ceil(this.#contacts.size / heartbeatsPerSecondMax);
    return Math.min(heartbeatSecondsMax, Math.max(heartbeatSecondsDefault, paced));
  }

  /** A hello arrived. */
  noteHello(siteName: string, agentVersion: string): void {
    this.#note(siteName, { agentVersion, hasLeft: false });
    this.#notify(siteName);
  }

  /** A heartbeat arrived; `siteTimeMs` is the time at the site. */
  noteHeartbeat(siteName: string, heartbeat: Heartbeat, siteTimeMs: number): void {
    const before = this.#contacts.get(siteName);
    this.#note(siteName, { heartbeat, clockSkewMs: siteTimeMs - this.#clock.nowMs() });
    const isNews =
      before?.heartbeat === undefined ||
      JSON.stringify({ ...before.heartbeat, time: '' }) !== JSON.stringify({ ...heartbeat, time: '' });
    if (isNews) this.#notify(siteName);
  }

  /** A session stream opened; dispose when it ended. */
  open(siteName: string): Disposable {
    this.#note(siteName, { openSessions: (this.#contacts.get(siteName)?.openSessions ?? 0) + 1, hasLeft: false });
    this.#notify(siteName);
    return {
      [Symbol.dispose]: () => {
        const contact = this.#contacts.get(siteName);
        if (contact === undefined) return;
        const openSessions = contact.openSessions - 1;
        this.#contacts.set(siteName, { ...contact, openSessions, hasLeft: openSessions === 0 });
        this.#notify(siteName);
      },
    };
  }

  /** Forgets a site that no longer exists. */
  forget(siteName: string): void {
    this.#contacts.delete(siteName);
  }

  /** Calls `listener` when contact with a site began, ended, or brought news. */
  onChange(listener: (siteName: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #note(siteName: string, news: Partial<SiteContact>): void {
    const before = this.#contacts.get(siteName) ?? {
      openSessions: 0,
      hasLeft: false,
      agentVersion: undefined,
      heartbeat: undefined,
      clockSkewMs: 0,
    };
    this.#contacts.set(siteName, {
      ...before,
      ...news,
      lastSeenMs: this.#clock.monotonicMs(),
      lastSeenAtMs: this.#clock.nowMs(),
    });
  }

  #notify(siteName: string): void {
    for (const listener of this.#listeners) listener(siteName);
  }
}
