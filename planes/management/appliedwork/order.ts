import { isJsonObject } from '../../../kernel/meta/object.ts';
import type { AppliedWork } from './type.ts';

/** The parts of the hub's order that this site acts on. */
export interface Order {
  /** Digest of the bundle; empty when the order has none. */
  readonly digest: string;
  readonly onReconnect: 'HubWins' | 'SiteWins' | 'Report';
}

/** Reads the order of an AppliedWork. The hub has validated it; a site does not rely on that. */
export function readOrder(applied: AppliedWork): Order {
  const { spec } = applied.spec.order;
  const bundle = isJsonObject(spec) ? spec['bundle'] : undefined;
  const digest = isJsonObject(bundle) ? bundle['digest'] : undefined;
  const onReconnect = isJsonObject(spec) ? spec['onReconnect'] : undefined;
  return {
    digest: typeof digest === 'string' ? digest : '',
    onReconnect: onReconnect === 'SiteWins' || onReconnect === 'Report' ? onReconnect : 'HubWins',
  };
}
