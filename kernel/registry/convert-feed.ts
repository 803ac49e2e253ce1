import { type Feed, iterateFeed } from '../base/feed.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import { errorText } from '../meta/errors.ts';
import type { WatchNotice } from '../ports/resources.ts';
import type { CompiledKind } from './compiled-kind.ts';
import type { RegistryCore } from './core.ts';
import type { LateNotices } from './late-selection.ts';

/**
 * A watch of objects in one version of their kind. What has that version already passes through; the rest is converted one
 * by one, in order. It fails when a webhook does: the client goes on from what it saw last.
 */
export class ConvertedFeed implements Feed<WatchNotice> {
  readonly #core: RegistryCore;
  readonly #kind: CompiledKind;
  readonly #source: Feed<WatchNotice>;
  readonly #version: string;
  readonly #late: LateNotices | undefined;
  /** What a webhook works on or has just finished. */
  #awaited: { notice?: WatchNotice } | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(
    core: RegistryCore,
    kind: CompiledKind,
    source: Feed<WatchNotice>,
    { version, late }: { readonly version: string; readonly late: LateNotices | undefined },
  ) {
    this.#core = core;
    this.#kind = kind;
    this.#source = source;
    this.#version = version;
    this.#late = late;
  }

  get isEnded(): boolean {
    return this.#failure !== undefined || (this.#awaited === undefined && this.#source.isEnded);
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  onWake(wake: () => void): void {
    this.#wake = wake;
    this.#source.onWake(wake);
  }

  take(): WatchNotice | undefined {
    if (this.#failure !== undefined) return undefined;
    if (this.#awaited !== undefined) {
      const { notice } = this.#awaited;
      if (notice !== undefined) this.#awaited = undefined;
      return notice;
    }
    for (let notice = this.#source.take(); notice !== undefined; notice = this.#source.take()) {
      if (notice.object === undefined) return notice;
      const form = this.#core.conversions.inVersion(this.#kind, notice.object as CachedObject, this.#version);
      if (form instanceof Promise) {
        void this.#await(notice, form);
        return undefined;
      }
      const shown = this.#shown(notice, form);
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  close(): void {
    this.#source.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchNotice, void, undefined> {
    return iterateFeed(this);
  }

  #shown(notice: WatchNotice, form: CachedObject): WatchNotice | undefined {
    const shown = form === notice.object ? notice : noticeOf(notice, form);
    return this.#late === undefined ? shown : this.#late.of(shown, form);
  }

  async #await(notice: WatchNotice, form: Promise<CachedObject>): Promise<void> {
    const awaited: { notice?: WatchNotice } = {};
    this.#awaited = awaited;
    try {
      const shown = this.#shown(notice, await form);
      if (shown === undefined) this.#awaited = undefined;
      else awaited.notice = shown;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error('Cannot convert an object', { cause: error });
      this.#source.close();
      const { resource } = this.#kind;
      this.#core.log.warn('a watch ended: its objects cannot be converted', { resource, error: errorText(error) });
    }
    this.#wake?.();
  }
}

/** The notices about one form of an object, so that watchers of one version share what is encoded for them. */
const formNotices = new WeakMap<WatchNotice, Map<CachedObject, WatchNotice>>();

function noticeOf(notice: WatchNotice, form: CachedObject): WatchNotice {
  if (notice.encodings === undefined) return { ...notice, object: form };
  const notices = formNotices.getOrInsertComputed(notice, () => new Map());
  return notices.getOrInsertComputed(form, () => ({ ...notice, object: form, encodings: new Map() }));
}
