import { type Clock, formatTime } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { ApiError, isApiError } from '../../../kernel/meta/errors.ts';
import type { Blobs } from '../../../kernel/ports/blobs.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import { isSha256Digest } from '../../../kernel/ports/digest.ts';
import { type AppliedWork, type WorkOrder, appliedWorkKind, missingAtHubAnnotation } from '../appliedwork/type.ts';
import { type FetchBlob, fetchBundle } from '../bundle-content/fetch.ts';
import { sweepBlobs } from '../bundle-content/sweep.ts';
import type { Work } from '../work/type.ts';
import { NewestSeen } from './newest-seen.ts';
import { type OrderDigests, bundleDigestOf, digestOrders, orderDigest, orderOf } from './digest.ts';

/** What taking orders needs. */
export interface IntakePorts {
  /** Acts as `siteLineUser`. */
  readonly client: Client;
  /** Holds bundles and nothing else: what no order refers to is removed. */
  readonly blobs: Blobs;
  readonly hubId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes Works from the hub: brings all blobs of the bundle to this site's disk, then writes the order into this site's
 * store. Only then is it acknowledged, because the report of a Work is made from its AppliedWork. One at a time.
 */
export class Intake {
  readonly #ports: IntakePorts;
  readonly #newest = new NewestSeen();
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** A session begins: what was said in earlier ones no longer counts. */
  beginSession(): void {
    this.#newest.clear();
  }

  /** Digests of the orders held, without those the hub is known not to have, unless they only wait to be forgotten. */
  async readDigests(signal: AbortSignal): Promise<OrderDigests> {
    const { items } = await this.#ports.client.list(appliedWorkKind, {}, signal);
    const held = items.filter(
      (applied) => applied.spec.hubId === this.#ports.hubId && (!isMissing(applied) || isOver(applied)),
    );
    return digestOrders(held.map((applied) => applied.spec.order));
  }

  /** Takes one Work. @throws {ApiError} `BadRequest` for a Work that makes no sense; what fetching throws. */
  take(work: Work, fetch: FetchBlob, signal: AbortSignal): Promise<void> {
    const { name, resourceVersion } = work.metadata;
    return this.#inTurn(async () => {
      if (this.#newest.isStale(name, resourceVersion)) return;
      await this.#take(work, fetch, signal);
      this.#newest.note(name, resourceVersion);
    });
  }

  /**
   * The hub does not know a Work (any more). One that this site has removed and confirmed is forgotten; for any other
   * this means nothing but a condition: only a tombstone removes.
   * @param resourceVersion revision of the hub at which it was so.
   */
  noteMissing(workName: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#newest.isStale(workName, resourceVersion)) return;
      await this.#noteMissing(workName, signal);
      this.#newest.note(workName, resourceVersion);
    });
  }

  /** Removes the blobs of bundles that no order refers to any more. @returns how many went. */
  removeUnusedBlobs(signal: AbortSignal): Promise<number> {
    return this.#inTurn(async () => {
      const { items } = await this.#ports.client.list(appliedWorkKind, {}, signal);
      return sweepBlobs(this.#ports.blobs, new Set(items.flatMap(bundlesOf)), signal);
    });
  }

  async #take(work: Work, fetch: FetchBlob, signal: AbortSignal): Promise<void> {
    const order = orderOf(work);
    const existing = await this.#find(order.name, signal);
    if (existing !== undefined && !isMissing(existing) && isTaken(existing, order)) return;
    const { digest } = work.spec.bundle;
    if (!isSha256Digest(digest))
      throw new ApiError('BadRequest', `Cannot take Work "${order.name}": "${digest}" is not a digest`);
    if (order.deletionTimestamp === undefined) await fetchBundle(digest, this.#ports.blobs, fetch, signal);
    await this.#persist(order, existing, signal);
    this.#ports.log.info('work persisted', {
      work: order.name,
      digest,
      generation: order.generation,
      isTombstone: order.deletionTimestamp !== undefined,
    });
  }

  async #persist(order: WorkOrder, existing: AppliedWork | undefined, signal: AbortSignal): Promise<void> {
    const { client, hubId } = this.#ports;
    if (existing === undefined) {
      await client.create(appliedWorkKind, { metadata: { name: order.name }, spec: { hubId, order } }, {}, signal);
      return;
    }
    const { [missingAtHubAnnotation]: _missing, ...annotations } = existing.metadata.annotations ?? {};
    const metadata = { ...existing.metadata, annotations };
    await client.update(
      appliedWorkKind,
      { ...existing, metadata, spec: { ...existing.spec, hubId, order } },
      {},
      signal,
    );
  }

  async #noteMissing(workName: string, signal: AbortSignal): Promise<void> {
    const { client, clock, log, hubId } = this.#ports;
    const existing = await this.#find(workName, signal);
    if (existing === undefined || existing.spec.hubId !== hubId) return;
    const { name, uid } = existing.metadata;
    if (isOver(existing)) {
      await client.delete(appliedWorkKind, { name }, { preconditions: { uid } }, signal);
      log.info('work forgotten', { work: workName });
      return;
    }
    if (isMissing(existing)) return;
    const body = { metadata: { annotations: { [missingAtHubAnnotation]: formatTime(clock.nowMs()) } } };
    await client.patch(appliedWorkKind, { name }, { type: 'merge', body }, {}, signal);
    log.warn('hub does not know a work, nothing is removed', { work: workName });
  }

  async #find(name: string, signal: AbortSignal): Promise<AppliedWork | undefined> {
    try {
      return await this.#ports.client.get(appliedWorkKind, { name }, signal);
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    // The next in line waits for this one, whatever becomes of it; its failure goes to its own caller.
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}

/** Bundles an AppliedWork needs: the ordered one, those it still compares with, and the last good one. */
function bundlesOf({ spec, status }: AppliedWork): readonly string[] {
  const applied = (status?.components ?? []).map((component) => component.appliedDigest);
  const digests = [bundleDigestOf(spec.order), status?.appliedDigest, status?.lastGoodDigest, ...applied];
  return digests.filter((digest) => digest !== undefined);
}

/** Removed because the hub wanted it so. */
function isOver({ spec, status }: AppliedWork): boolean {
  return spec.order.deletionTimestamp !== undefined && isConditionTrue(status?.conditions, 'Removed');
}

function isMissing(applied: AppliedWork): boolean {
  return applied.metadata.annotations?.[missingAtHubAnnotation] !== undefined;
}

/**
 * The order is held already. Its generation says nothing more: a hub that was restored goes on from an older one. What
 * arrives too late in a session is told by its revision (`NewestSeen`).
 */
function isTaken(existing: AppliedWork, order: WorkOrder): boolean {
  return orderDigest(existing.spec.order) === orderDigest(order);
}
