import { type Clock, formatMicroTime, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { leaseKind } from '../../../kernel/kinds/lease/type.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { PolicyRule } from '../../../kernel/ports/auth.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';

/** What a controller that keeps leases may do with them. */
export const nodeLeaseRule: PolicyRule = {
  verbs: ['create', 'patch'],
  groups: [leaseKind.group],
  resources: [leaseKind.plural],
};

/** Where the Leases of nodes are (Kubernetes: made by every API server). */
const namespace = 'kube-node-lease';
/** How often a Lease is renewed, and how long it lasts: as the kubelet does it. */
const renewMs = 10_000;
const renewalsPerLease = 4;
/** Renewals written together, so that they share a sync of the disk. */
const sliceMax = 20;
/** With very many nodes their Leases are renewed more rarely and last longer: 1,000 nodes take 20 renewals a second. */
const sliceMs = 1_000;

/** The heartbeats of nodes: a Lease each, renewed as long as `run` runs. */
export class NodeLeases {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Uids of nodes by name. */
  readonly #nodes = new Map<string, string>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** From now on the node's Lease is renewed; the first time it is made if it is not there. */
  async keep({ metadata: { name, uid } }: Node, client: Client, signal: AbortSignal): Promise<void> {
    if (this.#nodes.get(name) === uid) return;
    this.#nodes.set(name, uid);
    await this.#renew(name, uid, client, signal);
  }

  /** The node is gone; garbage collection takes its Lease. */
  drop(name: string): void {
    this.#nodes.delete(name);
  }

  /** Renews until `signal` aborts. A Lease that cannot be renewed is tried again in the next round. */
  async run(client: Client, signal: AbortSignal): Promise<void> {
    let slices: readonly (readonly (readonly [string, string])[])[];
    do {
      slices = slicesOf([...this.#nodes]);
      for (const [index, slice] of slices.entries()) {
        if (index > 0 && !(await sleepUnlessAborted(this.#clock, this.#roundMs / slices.length, signal))) return;
        await Promise.all(slice.map(([name, uid]) => this.#tryToRenew(name, uid, client, signal)));
      }
    } while (await sleepUnlessAborted(this.#clock, this.#roundMs / Math.max(1, slices.length), signal));
  }

  /** Time in which every Lease is renewed once. */
  get #roundMs(): number {
    return Math.max(renewMs, Math.ceil(this.#nodes.size / sliceMax) * sliceMs);
  }

  async #tryToRenew(name: string, uid: string, client: Client, signal: AbortSignal): Promise<void> {
    if (this.#nodes.get(name) !== uid) return;
    try {
      await this.#renew(name, uid, client, signal);
    } catch (error) {
      if (!signal.aborted) this.#log.warn('node lease not renewed', { node: name, error: errorText(error) });
    }
  }

  async #renew(name: string, uid: string, client: Client, signal: AbortSignal): Promise<void> {
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: (this.#roundMs * renewalsPerLease) / 1_000,
      renewTime: formatMicroTime(this.#clock.nowMs()),
    };
    try {
      await client.patch(leaseKind, { namespace, name }, { type: 'merge', body: { spec } }, {}, signal);
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
      await client.create(leaseKind, { metadata: { namespace, name, ownerReferences }, spec }, {}, signal);
    }
  }
}

function slicesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / sliceMax);
  return Array.from({ length: count }, (_, index) => items.slice(index * sliceMax, (index + 1) * sliceMax));
}
