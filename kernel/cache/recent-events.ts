import type { WatchNotice } from '../ports/resources.ts';
import type { CachedObject } from './cached-object.ts';
import { replaceRevision } from './encoding.ts';
import { isSelected, type Selection } from './selection.ts';

/** One durable change of one object, with the notices about it, each made once and shared by all watchers. */
export class CacheEvent {
  readonly revision: number;
  /** The new state; for a deletion the last state with the revision of the deletion. */
  readonly object: CachedObject;
  /** The state before; absent when the object was created. */
  readonly previous: CachedObject | undefined;
  readonly isDeletion: boolean;
  #added: WatchNotice | undefined;
  #modified: WatchNotice | undefined;
  #deleted: WatchNotice | undefined;

  constructor(object: CachedObject, previous: CachedObject | undefined, isDeletion: boolean) {
    this.revision = object.revision;
    this.object = object;
    this.previous = previous;
    this.isDeletion = isDeletion;
  }

  /**
   * What a watcher with that selection is told, if anything: an object that enters a selection is `ADDED`, one that
   * leaves it is `DELETED` with its last matching state (kube-apiserver storage/cacher).
   */
  noticeFor(selection: Selection): WatchNotice | undefined {
    const before = this.previous !== undefined && isSelected(selection, this.previous);
    const now = !this.isDeletion && isSelected(selection, this.object);
    if (now) {
      if (before) return (this.#modified ??= makeNotice('MODIFIED', this.object));
      return (this.#added ??= makeNotice('ADDED', this.object));
    }
    return before ? (this.#deleted ??= makeNotice('DELETED', this.#lastState(this.previous))) : undefined;
  }

  #lastState(previous: CachedObject | undefined): CachedObject {
    if (this.isDeletion || previous === undefined) return this.object;
    return previous.withBytes(replaceRevision(previous.bytes, previous.revision, this.revision), this.revision);
  }
}

/** A notice about an object for one watcher alone. */
export function makeOwnNotice(type: 'ADDED', object: CachedObject): WatchNotice {
  return { type, object, revision: object.revision, encodings: undefined };
}

/** A notice about an object at its revision, for everybody whom it concerns. */
function makeNotice(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: CachedObject): WatchNotice {
  return { type, object, revision: object.revision, encodings: new Map() };
}

/** Bounds of what one resource remembers for watches and for reads of the recent past. */
export interface RecentEventBounds {
  readonly eventsMax: number;
  /** Encoded bytes of the events' objects. */
  readonly bytesMax: number;
}

/** The latest events of one resource in order. Beyond its bounds the oldest go and `floor` moves up. */
export class RecentEvents {
  readonly #bounds: RecentEventBounds;
  #events: (CacheEvent | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #floor: number;

  /** @param floor the revision after which no event is missing. */
  constructor(bounds: RecentEventBounds, floor: number) {
    this.#bounds = bounds;
    this.#floor = floor;
  }

  /** Every event with a revision greater than this one is remembered. */
  get floor(): number {
    return this.#floor;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += event.object.bytes.length;
    while (this.#events.length - this.#head > this.#bounds.eventsMax || this.#bytes > this.#bounds.bytesMax) {
      if (this.#events.length === this.#head) return;
      this.#dropOldest();
    }
  }

  /** Forgets what happened up to `revision`. */
  raiseFloor(revision: number): void {
    while ((this.#events[this.#head]?.revision ?? Infinity) <= revision) this.#dropOldest();
    this.#floor = Math.max(this.#floor, revision);
  }

  /** Events with a revision > `after`, oldest first. The caller has checked `floor`. */
  since(after: number): readonly CacheEvent[] {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low) as CacheEvent[];
  }

  #dropOldest(): void {
    const event = this.#events[this.#head];
    if (event === undefined) return;
    this.#events[this.#head] = undefined;
    this.#head++;
    this.#bytes -= event.object.bytes.length;
    this.#floor = Math.max(this.#floor, event.revision);
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}
