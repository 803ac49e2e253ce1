import type { ObjectRef } from '../meta/object.ts';

/** How a pass ended when nothing failed. Failures are exceptions and retried with back-off. */
export type Outcome =
  /** As desired; nothing to do until something changes, or until a routine look after `againAfterMs`. */
  | { readonly kind: 'settled'; readonly againAfterMs?: number }
  /** On the way; look again after `afterMs` at the latest, or when something watched changes. */
  | {
      readonly kind: 'waiting';
      readonly afterMs: number;
      readonly reason: string;
      readonly message?: string;
      readonly on?: readonly ObjectRef[];
    }
  /** A person has to act; looked at again only when something watched changes. */
  | { readonly kind: 'stalled'; readonly reason: string; readonly message: string; readonly on?: readonly ObjectRef[] };

/** Nothing is left to do. */
export const settled: Outcome = { kind: 'settled' };
