import { randomBytes } from 'node:crypto';
import type { Wickedness } from './hostile-hub.ts';

/** An order as a site holds it. */
export interface Order {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a hostile hub does, and its name. */
export type WickedTurn = readonly [what: string, wickedness: Wickedness];

/** A Work as a hub would send it for an order. */
export function workOf({ name, uid, generation, spec }: Order, more: { readonly deletionTimestamp?: string } = {}) {
  const metadata = { name, uid, generation, namespace: 'site-site-2', resourceVersion: '5', ...more };
  return { apiVersion: 'management.planform.dev/v1alpha1', kind: 'Work', metadata, spec };
}

/** The order to remove what another one made. */
export function tombstoneOf(order: Order) {
  return workOf(order, { deletionTimestamp: '2026-01-01T00:00:00Z' });
}

/** An order nobody gave, for content the site has. */
export function madeUpOrder([known]: readonly Order[], name: string): Order {
  return { name, uid: name, generation: 1, spec: known?.spec ?? {} };
}

/**
 * Everything by which a hub might make a site lose something, in the epoch the site follows but for the first.
 * @param orders what the site holds.
 */
export function wickedTurns(hubEpoch: string, orders: readonly Order[]): readonly WickedTurn[] {
  const names = orders.map(({ name }) => name);
  const bundleOf = (digest: string) => ({ bundle: { digest, namespace: 'default', name: 'x' } });
  return [
    ['another epoch and the deletion of everything', { sync: { hubEpoch: 'other', works: orders.map(tombstoneOf) } }],
    ['an empty set', { sync: { hubEpoch, missing: [...names, '../../pki', 'kube-system', 'default'] } }],
    [
      'events that objects are gone',
      {
        sync: { hubEpoch },
        watch: names.map((name) => ({ type: 'DELETED', object: workOf(madeUpOrder(orders, name)) })),
      },
    ],
    [
      'names that are paths',
      { sync: { hubEpoch, works: oddNames.map((name) => workOf({ ...madeUpOrder(orders, name), uid: 'odd' })) } },
    ],
    [
      'digests that are paths',
      {
        sync: {
          hubEpoch,
          works: oddDigests.map((digest, index) =>
            workOf({ ...madeUpOrder(orders, `digest-${index}`), spec: bundleOf(digest) }),
          ),
        },
      },
    ],
    [
      'bytes that are not those of their digest',
      {
        sync: {
          hubEpoch,
          works: orders.map((order) =>
            workOf({ ...order, generation: 99, spec: bundleOf(`sha256:${'a'.repeat(64)}`) }),
          ),
        },
        blob: () => randomBytes(1_000),
      },
    ],
    ['Works without a name', { sync: '{"current":false,"works":[{"metadata":{}}]}' }],
  ];
}

const oddNames = ['../../../etc/passwd', '..', 'a/b', 'a\0b', '', 'x'.repeat(5_000), 'constructor/__proto__'];
const oddDigests = ['sha256:../../../identity/key.pem', 'sha256:', '../store.db', `sha256:${'0'.repeat(64)}`];
