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
  readonly clock: Clock;
  readonly log: Logger;
}
