import { isJsonObject } from '../../../kernel/meta/object.ts';
import { bundleDigestOf } from '../hub-line/digest.ts';
import type { AppliedWork } from './type.ts';

/** The parts of the hub's order that this site acts on. */
export interface Order {
  /** Digest of the bundle; empty when the order has none. */
  readonly digest: string;
  readonly onReconnect: 'HubWins' | 'SiteWins' | 'Report';
}

/** Reads the order of an AppliedWork. The hub has validated it; a site does not rely on that. */
export function readOrder(applied: AppliedWork): Order {
  const { order } = applied.spec;
  const onReconnect = isJsonObject(order.spec) ? order.spec['onReconnect'] : undefined;
  return {
    digest: bundleDigestOf(order),
    onReconnect: onReconnect === 'SiteWins' || onReconnect === 'Report' ? onReconnect : 'HubWins',
  };
}
