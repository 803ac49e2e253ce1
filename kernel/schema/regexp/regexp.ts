import { compileProgram, type RegexpProgram } from './program.ts';
import { type Assertion, parsePattern } from './syntax.ts';

/**
 * Matches RE2's regular expressions in time linear in the text: as a deterministic automaton that is built while it runs
 * (to test), or by following all ways at once (to find). Code points are characters.
 */
export class LinearRegexp {
  readonly #program: RegexpProgram;
  #states = new Map<string, State>();
  /** Instructions that may still be looked at to make states in this test. */
  #workLeft = 0;

  /** @throws {SyntaxError} when RE2 does not allow the expression. */
  constructor(source: string) {
    this.#program = compileProgram(parsePattern(source));
  }

  /** True if the expression matches anywhere. @throws {RangeError} when that takes too many steps. */
  test(text: string): boolean {
    const { classOf, classCount } = this.#program;
    this.#workLeft = workMax;
    let state = this.#state([0], before.start);
    for (let index = 0; index < text.length; ) {
      const point = text.codePointAt(index) ?? 0;
      index += point > 0xffff ? 2 : 1;
      const kind = classOf(point);
      state = state.next[kind] ?? this.#step(state, kind);
      if (state.isMatch) return true;
      if (state.isDead) return false;
    }
    return (state.next[classCount] ?? this.#step(state, classCount)).isMatch;
  }

  /**
   * Where the expression matches first, the way RE2 prefers. @returns UTF-16 indexes.
   * @throws {RangeError} when that takes too many steps.
   */
  find(text: string, from = 0): readonly [start: number, end: number] | undefined {
    // The quick way to know that there is nothing.
    if (from === 0 && !this.test(text)) return undefined;
    return new Search(this.#program, text).run(from);
  }

  /** One transition, remembered. @param kind the class of the next character; the number of classes at the end. */
  #step(state: State, kind: number): State {
    const { instructions, isWord, isNewline, classCount, isAnchored } = this.#program;
    const isEnd = kind === classCount;
    const place: Place = {
      before: state.before,
      isEnd,
      isWordNext: !isEnd && isWord[kind] === true,
      isNewlineNext: !isEnd && isNewline[kind] === true,
    };
    const pending = [...state.pending].toReversed();
    const seen = new Set<number>();
    const following: number[] = [];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      this.#workLeft--;
      const one = instructions[at];
      if (one === undefined) continue;
      if (one.op === 'match') return this.#remember(state, kind, matched);
      if (one.op === 'split') pending.push(one.second, one.first);
      else if (one.op === 'assert') {
        if (holds(one.assertion, place)) pending.push(at + 1);
      } else if (!isEnd && one.classes[kind] === 1) following.push(at + 1);
    }
    if (this.#workLeft < 0) throw new RangeError('regular expression takes too many steps');
    if (!isAnchored) following.push(0);
    const next = place.isNewlineNext ? before.newline : place.isWordNext ? before.word : before.other;
    return this.#remember(state, kind, following.length === 0 ? dead : this.#state(following, next));
  }

  #remember(state: State, kind: number, next: State): State {
    state.next[kind] = next;
    return next;
  }

  #state(places: readonly number[], what: number): State {
    const pending = [...new Set(places)];
    const key = `${what}:${pending.toSorted((a, b) => a - b).join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    // Forgetting keeps what a hostile expression can hold bounded; states are made again as they are needed.
    if (this.#states.size >= statesMax) this.#states = new Map();
    const state: State = { pending, before: what, next: [], isMatch: false, isDead: false };
    this.#states.set(key, state);
    return state;
  }
}

/** Most instructions one test or search looks at: only hostile expressions keep making states, and need as many. */
const workMax = 3_000_000;

/** Most states kept of one expression. */
const statesMax = 1000;

/** What came before a place. */
const before = { start: 0, newline: 1, word: 2, other: 3 };

interface State {
  /** Instructions to go on from once the next character is known. */
  readonly pending: readonly number[];
  readonly before: number;
  /** By class of the next character. */
  readonly next: State[];
  readonly isMatch: boolean;
  readonly isDead: boolean;
}

const matched: State = { pending: [], before: 0, next: [], isMatch: true, isDead: false };
const dead: State = { pending: [], before: 0, next: [], isMatch: false, isDead: true };

interface Place {
  readonly before: number;
  readonly isEnd: boolean;
  readonly isWordNext: boolean;
  readonly isNewlineNext: boolean;
}

function holds(assertion: Assertion, place: Place): boolean {
  switch (assertion) {
    case 'textStart':
      return place.before === before.start;
    case 'textEnd':
      return place.isEnd;
    case 'lineStart':
      return place.before === before.start || place.before === before.newline;
    case 'lineEnd':
      return place.isEnd || place.isNewlineNext;
    case 'wordEdge':
      return (place.before === before.word) !== place.isWordNext;
    case 'noWordEdge':
      return (place.before === before.word) === place.isWordNext;
  }
}

/** Follows all ways through a text at once, the preferred ones first (Pike's machine). */
class Search {
  readonly #program: RegexpProgram;
  readonly #text: string;
  #workLeft = 10 * workMax;

  constructor(program: RegexpProgram, text: string) {
    this.#program = program;
    this.#text = text;
  }

  run(from: number): readonly [start: number, end: number] | undefined {
    const { classOf, isAnchored, instructions } = this.#program;
    let threads: readonly Thread[] = [];
    let found: readonly [number, number] | undefined;
    for (let index = from; index <= this.#text.length; ) {
      const point = this.#text.codePointAt(index);
      const kind = point === undefined ? this.#program.classCount : classOf(point);
      const canBegin = found === undefined && (!isAnchored || index === 0);
      const ready = this.#follow(canBegin ? [...threads, { at: 0, start: index }] : threads, index, kind);
      const following: Thread[] = [];
      for (const { at, start } of ready) {
        const one = instructions[at];
        if (one?.op === 'match') {
          found = [start, index];
          // The ways after this one are less preferred.
          break;
        }
        if (one?.op === 'set' && point !== undefined && one.classes[kind] === 1) following.push({ at: at + 1, start });
      }
      if (following.length === 0 && (found !== undefined || isAnchored)) break;
      threads = following;
      index += point !== undefined && point > 0xffff ? 2 : 1;
    }
    return found;
  }

  /** The instructions that take a character or match, from those places, in order of preference. */
  #follow(threads: readonly Thread[], index: number, kind: number): readonly Thread[] {
    const { instructions, isWord, isNewline, classCount } = this.#program;
    const place: Place = {
      before: this.#before(index),
      isEnd: kind === classCount,
      isWordNext: isWord[kind] === true,
      isNewlineNext: isNewline[kind] === true,
    };
    const pending = threads.toReversed();
    const seen = new Set<number>();
    const ready: Thread[] = [];
    for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
      const { at, start } = thread;
      if (seen.has(at)) continue;
      seen.add(at);
      this.#workLeft--;
      const one = instructions[at];
      if (one?.op === 'split') pending.push({ at: one.second, start }, { at: one.first, start });
      else if (one?.op === 'assert') {
        if (holds(one.assertion, place)) pending.push({ at: at + 1, start });
      } else ready.push(thread);
    }
    if (this.#workLeft < 0) throw new RangeError('regular expression takes too many steps');
    return ready;
  }

  #before(index: number): number {
    if (index === 0) return before.start;
    const { classOf, isWord, isNewline } = this.#program;
    const kind = classOf(this.#text.charCodeAt(index - 1));
    return isNewline[kind] === true ? before.newline : isWord[kind] === true ? before.word : before.other;
  }
}

interface Thread {
  readonly at: number;
  readonly start: number;
}
