import { lastCodePoint, type Ranges } from './ranges.ts';
import type { Assertion, Node } from './syntax.ts';

/** A regular expression as instructions for an automaton (Thompson's construction). */
export type Instruction =
  | { readonly op: 'set'; readonly ranges: Ranges; readonly classes: Uint8Array }
  /** Both ways, the first one preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'match' };

/** What all instructions need. Instructions without a jump go on to the next one. */
export interface RegexpProgram {
  readonly instructions: readonly Instruction[];
  /** The classes code points fall into: all of one class are alike to every instruction. */
  readonly classOf: (point: number) => number;
  readonly classCount: number;
  /** By class: whether its code points are word characters, and whether they end lines. */
  readonly isWord: readonly boolean[];
  readonly isNewline: readonly boolean[];
  /** Matches can begin at the start of the text only. */
  readonly isAnchored: boolean;
}

/** Most instructions of one expression. */
const instructionsMax = 20_000;

/** @throws {SyntaxError} when the expression becomes too large. */
export function compileProgram(node: Node): RegexpProgram {
  const draft: Draft[] = [];
  emit(draft, node);
  draft.push({ op: 'match' });
  const cuts = cutPoints(draft);
  const classOf = classifier(cuts);
  const isWord = cuts.map((point) => /\w/.test(String.fromCharCode(Math.min(point, 0xffff))) && point < 128);
  const known = new Map<Ranges, Uint8Array>();
  const instructions = draft.map((one): Instruction => {
    if (one.op !== 'set') return one;
    const classes = known.get(one.ranges) ?? classesIn(cuts, one.ranges);
    known.set(one.ranges, classes);
    return { ...one, classes };
  });
  return {
    instructions,
    classOf,
    classCount: cuts.length,
    isWord,
    isNewline: cuts.map((point) => point === 0x0a),
    isAnchored: beginsAnchored(node),
  };
}

/** By class: 1 if its code points are in the set. A class is all in or all out. */
function classesIn(cuts: readonly number[], ranges: Ranges): Uint8Array {
  let next = 0;
  return Uint8Array.from(cuts, (point) => {
    while (next < ranges.length && (ranges[next]?.[1] ?? 0) < point) next++;
    return Number(next < ranges.length && (ranges[next]?.[0] ?? 0) <= point);
  });
}

type Draft =
  | { readonly op: 'set'; readonly ranges: Ranges }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'match' };

function push(draft: Draft[], instruction: Draft): number {
  if (draft.length >= instructionsMax) throw new SyntaxError('expression is too large');
  return draft.push(instruction) - 1;
}

function emit(draft: Draft[], node: Node): void {
  switch (node.kind) {
    case 'set':
      push(draft, { op: 'set', ranges: node.ranges });
      return;
    case 'assertion':
      push(draft, { op: 'assert', assertion: node.assertion });
      return;
    case 'sequence':
      for (const part of node.parts) emit(draft, part);
      return;
    case 'choice':
      emitChoice(draft, node.parts);
      return;
    case 'repeat':
      emitRepeat(draft, node);
  }
}

function emitChoice(draft: Draft[], parts: readonly Node[]): void {
  const jumps: number[] = [];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const split = isLast ? undefined : push(draft, { op: 'split', first: draft.length + 1, second: 0 });
    emit(draft, part);
    if (split === undefined) continue;
    // A jump is a split both of whose ways are the same.
    jumps.push(push(draft, { op: 'split', first: 0, second: 0 }));
    aim(draft, split, { second: draft.length });
  }
  for (const jump of jumps) aim(draft, jump, { first: draft.length, second: draft.length });
}

function aim(draft: Draft[], index: number, ways: { readonly first?: number; readonly second?: number }): void {
  const instruction = draft[index];
  if (instruction?.op === 'split') Object.assign(instruction, ways);
}

function emitRepeat(draft: Draft[], { part, min, max, isLazy }: Extract<Node, { kind: 'repeat' }>): void {
  for (let count = 0; count < min; count++) emit(draft, part);
  const around = (inner: number, outer: number) =>
    isLazy ? { first: outer, second: inner } : { first: inner, second: outer };
  if (!Number.isFinite(max)) {
    const split = push(draft, { op: 'split', first: 0, second: 0 });
    emit(draft, part);
    push(draft, { op: 'split', first: split, second: split });
    aim(draft, split, around(split + 1, draft.length));
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count++) {
    splits.push(push(draft, { op: 'split', first: 0, second: 0 }));
    emit(draft, part);
  }
  for (const split of splits) aim(draft, split, around(split + 1, draft.length));
}

/** The first code points of the classes. */
function cutPoints(draft: readonly Draft[]): readonly number[] {
  const cuts = new Set([0]);
  const add = (ranges: Ranges) => {
    for (const [first, last] of ranges) {
      cuts.add(first);
      if (last < lastCodePoint) cuts.add(last + 1);
    }
  };
  for (const one of draft) {
    if (one.op === 'set') add(one.ranges);
    if (one.op !== 'assert') continue;
    if (one.assertion === 'wordEdge' || one.assertion === 'noWordEdge') {
      add([
        [0x30, 0x39],
        [0x41, 0x5a],
        [0x5f, 0x5f],
        [0x61, 0x7a],
      ]);
    } else add([[0x0a, 0x0a]]);
  }
  return [...cuts].toSorted((a, b) => a - b);
}

function classifier(cuts: readonly number[]): (point: number) => number {
  const search = (point: number) => {
    let [low, high] = [0, cuts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((cuts[middle] ?? 0) <= point) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const ascii = Uint16Array.from({ length: 128 }, (_item, point) => search(point));
  return (point) => (point < 128 ? (ascii[point] ?? 0) : search(point));
}

function beginsAnchored(node: Node): boolean {
  if (node.kind === 'assertion') return node.assertion === 'textStart';
  if (node.kind === 'choice') return node.parts.every(beginsAnchored);
  if (node.kind === 'repeat') return node.min > 0 && beginsAnchored(node.part);
  return node.kind === 'sequence' && node.parts[0] !== undefined && beginsAnchored(node.parts[0]);
}
