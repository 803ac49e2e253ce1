import type { Outcome } from './outcome.ts';

/** The last word of one controller about one object. */
export interface OutcomeEntry {
  readonly controller: string;
  readonly atMs: number;
  readonly result:
    | { readonly kind: 'outcome'; readonly outcome: Outcome }
    | { readonly kind: 'failure'; readonly message: string; readonly retryInMs: number };
}

/** Remembers the last outcome per controller and object; answers "why is this not as I want it". */
export class OutcomeBook {
  /** resource → local key → controller → entry */
  readonly #entries = new Map<string, Map<string, Map<string, OutcomeEntry>>>();

  /** Replaces what the controller said about the object before. */
  write(resource: string, key: string, entry: OutcomeEntry): void {
    let ofResource = this.#entries.get(resource);
    if (ofResource === undefined) this.#entries.set(resource, (ofResource = new Map()));
    let ofObject = ofResource.get(key);
    if (ofObject === undefined) ofResource.set(key, (ofObject = new Map()));
    ofObject.set(entry.controller, entry);
  }

  /** Forgets an object that is gone. */
  forget(resource: string, key: string, controller: string): void {
    const ofObject = this.#entries.get(resource)?.get(key);
    ofObject?.delete(controller);
    if (ofObject?.size === 0) this.#entries.get(resource)?.delete(key);
  }

  /** What every controller said last about the object. */
  read(resource: string, key: string): readonly OutcomeEntry[] {
    return [...(this.#entries.get(resource)?.get(key)?.values() ?? [])];
  }
}
