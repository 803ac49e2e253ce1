import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { SiteSessions } from './sessions.ts';

/** What the hub's end of the line needs. */
export interface HubLinePorts {
  /** Acts as `hubLineUser`. */
  readonly client: Client;
  readonly sessions: SiteSessions;
  /** Name of this hub, for ever. */
  readonly hubId: string;
  /** Epoch of the hub's store (`StoreRecovery.epoch`). */
  readonly hubEpoch: string;
  /** Authorities by which sites know this hub. Absent: sites are told of none. */
  readonly trust?: HubTrust;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The authorities of a hub, which may be replaced one day. */
export interface HubTrust {
  /** Certificates of all that are trusted, PEM; the one that signs first. */
  readonly trustedPem: string;
  /** The newer of two, certified by the older one, PEM; empty when there is one. */
  readonly endorsementPem: string;
  /** Calls back when that changed, as long as the process lives. */
  onChange(changed: () => void): void;
}
