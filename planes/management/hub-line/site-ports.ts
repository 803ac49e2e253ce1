import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Random } from '../../../kernel/base/random.ts';
import type { Blobs } from '../../../kernel/ports/blobs.ts';
import type { Client, KindLookup } from '../../../kernel/ports/client.ts';
import type { RowQueue } from '../../../kernel/ports/rows.ts';
import type { HubDialer } from './connection.ts';
import type { HubLink } from './link.ts';
import type { CertificateKeeper } from './renewal.ts';

/** What the site's end of the line needs. */
export interface SiteLinePorts {
  /** Acts as `siteLineUser` at this site. */
  readonly client: Client;
  readonly dialer: HubDialer;
  readonly link: HubLink;
  readonly blobs: Blobs;
  /** The event journal. */
  readonly rows: RowQueue;
  readonly kinds: KindLookup;
  /** Absent when somebody else renews the certificate. */
  readonly certificate?: CertificateKeeper;
  readonly hubId: string;
  readonly hubUrls: readonly string[];
  readonly siteName: string;
  /** Epoch of this site's own store (`StoreRecovery.epoch`). */
  readonly storeEpoch: string;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
