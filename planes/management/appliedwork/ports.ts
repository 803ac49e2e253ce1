import type { Client, KindLookup, ObjectName } from '../../../kernel/ports/client.ts';
import type { HistoryEntry } from '../../../kernel/ports/resources.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { BundleLibrary } from '../bundle-content/library.ts';

/** What enforcing Works at a site needs. */
export interface DeliveryPorts {
  /** A client that acts as `deliveryUser(hubId)`: the site's authorizer decides what a hub may do here. */
  readonly deliveryClient: (hubId: string) => Client;
  /** Kinds this site serves now. */
  readonly kinds: KindLookup;
  /** Kinds whose objects are watched, so that a change to a delivered object is seen at once. Fixed at start. */
  readonly watchedKinds: readonly KindDefinition[];
  readonly library: BundleLibrary;
  readonly history: ObjectHistory;
}

/** Port: past states of objects, deleted ones included. */
export interface ObjectHistory {
  /** Newest first, at most `entriesMax` (1 … 500). Empty when nothing is known. */
  read(kind: KindDefinition, at: ObjectName, entriesMax: number, signal: AbortSignal): Promise<readonly HistoryEntry[]>;
}
