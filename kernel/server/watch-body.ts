import { type Feed, iterateFeed } from '../base/feed.ts';
import { ApiError } from '../meta/errors.ts';
import { encodeJson } from '../meta/json.ts';
import type { WatchNotice } from '../ports/resources.ts';
import { statusOfError } from './status.ts';
import { apiVersionOf, kindOf, shapedText, type View } from './view.ts';

/**
 * Shares encoded events between watchers of the same view and bounds what they hold: the encodings of the oldest
 * notices are dropped first (a late watcher encodes again).
 */
export class SharedEncodings {
  readonly #bytesMax: number;
  /** Events sent to watchers, by group, version and resource. */
  readonly #counts = new Map<string, EventCount>();
  readonly #held: { readonly notice: WatchNotice; readonly byteLength: number }[] = [];
  #oldest = 0;
  #bytes = 0;

  /** @param bytesMax most bytes of encoded events held. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Numbers for `/metrics`. */
  get counts(): Iterable<EventCount> {
    return this.#counts.values();
  }

  /** Where the events of a watch are counted. */
  countOf({ definition: { group, plural: resource }, version }: View['target']): EventCount {
    return this.#counts.getOrInsertComputed(`${group}/${version}/${resource}`, () => {
      return { labels: { group, resource, version }, value: 0 };
    });
  }

  /** The encoding under `key`, made by `encode` the first time. */
  of(notice: WatchNotice, key: string, encode: () => Uint8Array): Uint8Array {
    const known = notice.encodings?.get(key);
    if (known !== undefined) return known;
    const bytes = encode();
    if (notice.encodings === undefined) return bytes;
    notice.encodings.set(key, bytes);
    this.#held.push({ notice, byteLength: bytes.byteLength });
    this.#bytes += bytes.byteLength;
    this.#dropOldest();
    return bytes;
  }

  #dropOldest(): void {
    while (this.#bytes > this.#bytesMax) {
      const entry = this.#held[this.#oldest];
      if (entry === undefined) break;
      entry.notice.encodings?.clear();
      this.#bytes -= entry.byteLength;
      this.#oldest++;
    }
    if (this.#oldest < 1_024) return;
    this.#held.splice(0, this.#oldest);
    this.#oldest = 0;
  }
}

/** How many events of one resource were sent. */
export interface EventCount {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** What a watch body needs. */
export interface WatchBodyPorts {
  readonly view: View;
  readonly encodings: SharedEncodings;
  /** Told about failures that are not the client's; the watch then ends with an `ERROR` event. */
  readonly onFailure: (error: unknown) => ApiError;
  /** Called before every event. @throws {ApiError} when the watcher may not see it any more. */
  readonly guard: () => void;
  /** Disposed when the watch is over. */
  readonly counted: Disposable;
}

/**
 * The lines of a watch: one JSON event each. A refusal or failure on the way becomes a last `ERROR` event with a
 * Status, as clients expect once the answer has begun.
 */
export class WatchBody implements Feed<Uint8Array> {
  readonly #notices: Feed<WatchNotice>;
  readonly #ports: WatchBodyPorts;
  readonly #encode: (notice: WatchNotice) => Uint8Array;
  /** Taken from the notices, but not yet known to be for this watcher's eyes. */
  #held: WatchNotice | undefined;
  #isChecking = false;
  #failure: { readonly error: unknown } | undefined;
  #hasFailed = false;
  #wake: () => void = () => undefined;

  constructor(notices: Feed<WatchNotice>, ports: WatchBodyPorts) {
    this.#notices = notices;
    this.#ports = ports;
    this.#encode = eventEncoder(ports);
  }

  take(): Uint8Array | undefined {
    if (this.#failure !== undefined) return this.#fail(this.#failure.error);
    if (this.#hasFailed || this.#isChecking) return undefined;
    const held = this.#held;
    const notice = held ?? this.#notices.take();
    if (notice === undefined) return this.#hasBroken() ? this.#fail(this.#notices.failure) : undefined;
    try {
      const checking = held === undefined ? this.#ports.guard() : undefined;
      this.#held = checking === undefined ? undefined : notice;
      if (checking === undefined) return this.#encode(notice);
      void this.#afterCheck(checking);
      return undefined;
    } catch (error) {
      return this.#fail(error);
    }
  }

  get isEnded(): boolean {
    if (this.#failure !== undefined || this.#held !== undefined || this.#hasBroken()) return false;
    return this.#hasFailed || this.#notices.isEnded;
  }

  /** The notices have failed, and the watcher does not know it yet. */
  #hasBroken(): boolean {
    return !this.#hasFailed && this.#notices.failure !== undefined && this.#notices.isEnded;
  }

  onWake(wake: () => void): void {
    this.#wake = wake;
    this.#notices.onWake(wake);
  }

  close(): void {
    this.#notices.close();
    this.#ports.counted[Symbol.dispose]();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    return iterateFeed(this);
  }

  /** Never rejects. */
  async #afterCheck(checking: Promise<void>): Promise<void> {
    this.#isChecking = true;
    try {
      await checking;
    } catch (error) {
      this.#failure = { error };
    }
    this.#isChecking = false;
    this.#wake();
  }

  #fail(error: unknown): Uint8Array {
    this.#failure = undefined;
    this.#held = undefined;
    this.#hasFailed = true;
    this.close();
    return errorEvent(error instanceof ApiError ? error : this.#ports.onFailure(error));
  }
}

/** The event that ends a watch which cannot go on; the HTTP status was 200 before. */
export function errorEvent(error: ApiError): Uint8Array {
  return Buffer.from(`{"type":"ERROR","object":${JSON.stringify(statusOfError(error))}}\n`);
}

/** Encodes the events of one watch. The first event of a table explains the columns, later ones do not. */
function eventEncoder({ view, encodings }: WatchBodyPorts): (notice: WatchNotice) => Uint8Array {
  const isTable = view.representation.shape === 'table';
  const key = `${view.target.version}|${view.representation.shape}|${view.representation.metaVersion}|${view.includeObject}`;
  let isFirst = isTable;
  const count = encodings.countOf(view.target);
  return (notice) => {
    count.value++;
    if (!isFirst) return encodings.of(notice, key, () => eventBytes(notice, view, false));
    isFirst = false;
    return eventBytes(notice, view, true);
  };
}

const lineEnd = Buffer.from('}\n');

function eventBytes(notice: WatchNotice, view: View, withColumns: boolean): Uint8Array {
  if (notice.type === 'BOOKMARK' || notice.object === undefined) return bookmarkBytes(notice, view);
  const start = Buffer.from(`{"type":"${notice.type}","object":`);
  const object =
    view.representation.shape === 'object'
      ? notice.object.bytes
      : Buffer.from(shapedText(notice.object, view, withColumns));
  return Buffer.concat([start, object, lineEnd]);
}

/** A bookmark has the type of the watched objects and nothing in it but the revision (Kubernetes KEP-956, KEP-3157). */
function bookmarkBytes(notice: WatchNotice, view: View): Uint8Array {
  const { shape, metaVersion } = view.representation;
  const metadata = {
    resourceVersion: String(notice.revision),
    ...(notice.endsInitialEvents === true ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  const meta = `meta.k8s.io/${metaVersion}`;
  const object = {
    object: { kind: kindOf(view.target), apiVersion: apiVersionOf(view.target), metadata },
    metadata: { kind: 'PartialObjectMetadata', apiVersion: meta, metadata },
    table: { kind: 'Table', apiVersion: meta, metadata: { resourceVersion: metadata.resourceVersion }, rows: [] },
  }[shape];
  return Buffer.concat([encodeJson({ type: 'BOOKMARK', object }), Buffer.from('\n')]);
}
