import type { ContainerSpec, ContainerState } from '../drivers/api/runtime.ts';
import { findCondition } from '../kernel/meta/conditions.ts';
import type { StoreRow } from '../kernel/ports/store.ts';
import { type AppliedWork, workLabel } from '../planes/management/appliedwork/type.ts';
import { siteNamespace } from '../planes/management/site/type.ts';
import type { LocalEdit, Work } from '../planes/management/work/type.ts';
import { bundleDigests, bundleManifests } from './bundles.ts';
import type { Machine } from './machine.ts';
import type { SiteHost } from './site-host.ts';
import { labelledObjects, nameOf, objectOf, type SeenObject } from './state.ts';
import { describeRow } from './store-witness.ts';

/** User whose deletions at a site are its own affair. */
export const localUser = 'anna';

const worksResource = 'works.management.planform.dev';
const appliedWorksResource = 'appliedworks.management.planform.dev';

type Order = AppliedWork['spec']['order'];

/**
 * Watches one site and what the hub believes of it, row by row, from the disks alone.
 * - Nothing disappears without a reason: a delivered object only because an order the hub really gave is a tombstone or
 *   does not contain it, or because a local user deleted it; a dependent because its owner is gone; a container because
 *   its pod is.
 * - Nothing is confirmed that is not so: what the hub holds as persisted is on the disk of the site, what it holds as
 *   removed is gone.
 * - A site holds only orders the hub gave, and never goes back to an older one.
 * - An edit that stood is taken back only when the hub knows of it.
 * - No pod has two containers of one name at a time.
 */
export class SiteWatch {
  readonly #siteName: string;
  readonly #hub: Machine;
  readonly #host: SiteHost;
  readonly #violate: (rule: string, message: string) => void;
  #site: Machine | undefined;
  /** uids of objects that are deleted, or marked. */
  readonly #leaving = new Set<string>();
  /** uids of current objects, with the revision that made them. */
  readonly #present = new Map<string, number>();
  /** uids of pods that are or were in the store. */
  readonly #pods = new Set<string>();
  /** By name of the Work: revision of the hub at which the newest order held here so far was given. */
  readonly #newestOrders = new Map<string, number>();
  readonly #contents = new Map<string, ReadonlySet<string>>();

  constructor(
    siteName: string,
    {
      hub,
      host,
      violate,
    }: { readonly hub: Machine; readonly host: SiteHost; readonly violate: (rule: string, message: string) => void },
  ) {
    this.#siteName = siteName;
    this.#hub = hub;
    this.#host = host;
    this.#violate = (rule, message) => violate(rule, `${siteName}: ${message}`);
  }

  /** Watches the rows of the site's store and of the hub's from now on. */
  follow(site: Machine): void {
    this.#site = site;
    site.witness.onRow((row) => this.#onSiteRow(row));
    this.#hub.witness.onRow((row) => this.#onHubRow(row));
  }

  /** A container is about to be started. */
  onContainerStart({ id, podUid, podName, containerName }: ContainerSpec): void {
    const other = this.#host.running.find(
      (state) => state.podUid === podUid && state.containerName === containerName && state.id !== id,
    );
    if (other !== undefined) this.#violate('OneContainer', `${id} of pod ${podName} starts while ${other.id} runs`);
    if (!this.#pods.has(podUid))
      this.#violate('OneContainer', `${id} starts, its pod ${podName} was never in the store`);
  }

  /** A container is about to be stopped. */
  onContainerStop({ id, podUid, podName }: ContainerState): void {
    if (this.#leaving.has(podUid)) return;
    this.#violate('TombstoneOnly', `container ${id} is stopped, its pod ${podName} is not deleted`);
  }

  #onSiteRow(row: StoreRow): void {
    const object = objectOf(row);
    const { uid, deletionTimestamp } = object.metadata;
    const isLeaving = row.operation === 'delete' || deletionTimestamp !== undefined;
    if (isLeaving && !this.#leaving.has(uid)) {
      this.#leaving.add(uid);
      this.#judgeRemoval(row, object);
    }
    if (row.resource === 'pods') this.#pods.add(uid);
    if (row.resource === appliedWorksResource && row.operation !== 'delete') {
      this.#judgeOrder(row, object as SeenObject & AppliedWork);
      this.#judgeReverts(row, object as SeenObject & AppliedWork);
    }
    if (row.operation === 'delete') this.#present.delete(uid);
    else if (!this.#present.has(uid)) this.#present.set(uid, row.revision);
  }

  #judgeRemoval(row: StoreRow, object: SeenObject): void {
    if (row.actor === localUser) return;
    const work = object.metadata.labels?.[workLabel];
    if (work !== undefined && !this.#isOrderedGone(work, object)) {
      this.#violate(
        'TombstoneOnly',
        `${describeRow(row)} by ${row.actor}: no order of the hub for Work "${work}" takes it away`,
      );
    }
    const owners = object.metadata.ownerReferences ?? [];
    const isOrphaned =
      owners.length === 0 || owners.some((owner) => this.#leaving.has(owner.uid) || !this.#present.has(owner.uid));
    if (row.actor.endsWith(':garbage-collector') && !isOrphaned) {
      this.#violate('TombstoneOnly', `${describeRow(row)} by the garbage collector: its owners are there`);
    }
  }

  /** A site never goes back to what the hub wanted earlier, not even after it has forgotten the Work. */
  #judgeOrder(row: StoreRow, { spec: { order } }: AppliedWork): void {
    const given = this.#workRows(order.name).find((work) => isOrder(order, objectOf(work) as SeenObject & Work));
    if (given === undefined)
      return this.#violate('OrdersGoForward', `${describeRow(row)} holds an order the hub never gave`);
    const newest = this.#newestOrders.get(order.name) ?? 0;
    if (given.revision < newest) {
      this.#violate(
        'OrdersGoForward',
        `${describeRow(row)} holds the order of revision ${given.revision}, after that of ${newest}`,
      );
    }
    this.#newestOrders.set(order.name, Math.max(newest, given.revision));
  }

  /** An edit that stood is taken back only when the hub knows of it. */
  #judgeReverts(row: StoreRow, { status }: AppliedWork): void {
    const before = this.#site?.disk.rowsOf(row).findLast(({ revision }) => revision < row.revision);
    if (before === undefined) return;
    const stood = editsOf(objectOf(before) as SeenObject & AppliedWork).filter(
      ({ resolution }) => resolution !== 'Reverted',
    );
    for (const edit of status?.localEdits ?? []) {
      if (edit.resolution !== 'Reverted' || !stood.some((other) => isSameEdit(edit, other))) continue;
      const isKnown = this.#workRows(row.name).some((work) =>
        editsOf(objectOf(work) as SeenObject & Work).some((other) => isSameEdit(edit, other)),
      );
      if (isKnown) continue;
      this.#violate(
        'ReportedBeforeReverted',
        `${describeRow(row)} takes back ${edit.kind} ${edit.name} ${edit.path}, which the hub never heard of`,
      );
    }
  }

  /** Whether, as long as the object has been there, the site held an order of the hub that does not want it. */
  #isOrderedGone(workName: string, object: SeenObject): boolean {
    const since = this.#present.get(object.metadata.uid) ?? 0;
    const rows = this.#site?.disk.rowsOf({ resource: appliedWorksResource, namespace: '', name: workName }) ?? [];
    const firstIndex = Math.max(
      0,
      rows.findLastIndex((row) => row.revision <= since),
    );
    return rows.slice(firstIndex).some((row) => {
      const { order } = objectOf(row).spec as AppliedWork['spec'];
      const isUnwanted = order.deletionTimestamp !== undefined || !this.#namesIn(digestOf(order)).has(nameOf(object));
      return isUnwanted && this.#wasGiven(order);
    });
  }

  /** Whether the hub, durably, gave this order. */
  #wasGiven(order: Order): boolean {
    return this.#workRows(order.name).some((row) => isOrder(order, objectOf(row) as SeenObject & Work));
  }

  #onHubRow(row: StoreRow): void {
    if (row.resource !== worksResource || row.namespace !== siteNamespace(this.#siteName)) return;
    const work = objectOf(row) as SeenObject & Work;
    if (row.operation === 'delete') return;
    this.#judgeAcknowledgement(row, work);
    if (findCondition(work.status?.conditions, 'Removed')?.status === 'True') this.#judgeConfirmation(row);
  }

  #judgeAcknowledgement(row: StoreRow, { metadata, status }: Work): void {
    if (status?.persistedDigest === undefined || status.observedGeneration === undefined || this.#site === undefined)
      return;
    const { persistedDigest, observedGeneration } = status;
    const held = this.#site.disk
      .rowsOf({ resource: appliedWorksResource, namespace: '', name: metadata.name })
      .some((applied) => {
        const { order } = objectOf(applied).spec as AppliedWork['spec'];
        return order.uid === metadata.uid && order.generation >= observedGeneration;
      });
    if (!held)
      this.#violate(
        'PersistedMeansPersisted',
        `${describeRow(row)} says generation ${observedGeneration} is persisted; the site does not hold it`,
      );
    const isTombstone = metadata.deletionTimestamp !== undefined;
    const missing = isTombstone
      ? []
      : bundleDigests(this.#hub, persistedDigest).filter((digest) => !this.#site?.blobContents.has(digest));
    if (missing.length > 0)
      this.#violate(
        'PersistedMeansPersisted',
        `${describeRow(row)} says ${persistedDigest} is persisted; blob ${missing[0]} is missing`,
      );
  }

  #judgeConfirmation(row: StoreRow): void {
    if (this.#site === undefined) return;
    const left = labelledObjects(this.#site.disk, workLabel).filter((object) => {
      const { labels, deletionTimestamp, ownerReferences = [] } = object.metadata;
      const isOfWork = labels?.[workLabel] === row.name && ownerReferences.length === 0;
      return isOfWork && object.kind !== 'Namespace' && deletionTimestamp === undefined;
    });
    const [first] = left;
    if (first !== undefined)
      this.#violate('RemovedMeansRemoved', `${describeRow(row)} says all is removed; ${nameOf(first)} is there`);
  }

  #workRows(name: string): readonly StoreRow[] {
    return this.#hub.disk.rowsOf({ resource: worksResource, namespace: siteNamespace(this.#siteName), name });
  }

  /** Names of all objects of a bundle, and of the namespaces they need. */
  #namesIn(digest: string): ReadonlySet<string> {
    const known = this.#contents.get(digest);
    if (known !== undefined) return known;
    const manifests = bundleManifests(this.#hub, digest);
    const namespaces = manifests.flatMap(({ metadata }) =>
      metadata.namespace === undefined ? [] : [`Namespace ${metadata.namespace}`],
    );
    const names = new Set([...manifests.map(nameOf), ...namespaces]);
    this.#contents.set(digest, names);
    return names;
  }
}

function editsOf({ status }: AppliedWork | Work): readonly LocalEdit[] {
  return status?.localEdits ?? [];
}

function isSameEdit(a: LocalEdit, b: LocalEdit): boolean {
  const identity = ({ kind, namespace, name, path, siteValue, since }: LocalEdit) =>
    JSON.stringify([kind, namespace, name, path, siteValue, since]);
  return identity(a) === identity(b);
}

/** Whether a state of a Work at the hub is this order. */
function isOrder(order: Order, { metadata, spec }: Work): boolean {
  const isTombstone = metadata.deletionTimestamp !== undefined;
  return (
    metadata.uid === order.uid &&
    metadata.generation === order.generation &&
    spec.bundle.digest === digestOf(order) &&
    isTombstone === (order.deletionTimestamp !== undefined)
  );
}

function digestOf(order: Order): string {
  return (order.spec as Work['spec']).bundle.digest;
}
