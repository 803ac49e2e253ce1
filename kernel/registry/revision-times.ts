/** Remembers which revision was the newest at which time, so that ages can be told without trusting any object. */
export class RevisionTimes {
  readonly #keepMs: number;
  #notes: { readonly atMs: number; readonly head: number }[] = [];

  /** @param keepMs oldest age that is asked for. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Notes the newest revision; call it regularly. `atMs` is monotonic. */
  note(atMs: number, head: number): void {
    this.#notes.push({ atMs, head });
    while (this.#notes[1] !== undefined && this.#notes[1].atMs <= atMs - this.#keepMs) this.#notes.shift();
  }

  /** Every revision up to this one was written at or before `atMs`; 0 when nothing is known of that time. */
  headAt(atMs: number): number {
    return this.#notes.findLast((note) => note.atMs <= atMs)?.head ?? 0;
  }
}
