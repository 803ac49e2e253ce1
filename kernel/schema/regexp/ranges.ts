/** Sets of code points: sorted ranges that do not touch, both ends inside. */
export type Ranges = readonly (readonly [first: number, last: number])[];

/** The last code point. */
export const lastCodePoint = 0x10_ff_ff;

/** Brings ranges in any order into the form of `Ranges`. */
export function normalize(ranges: Iterable<readonly [number, number]>): Ranges {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].toSorted((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** Everything that is not in the set. */
export function invert(ranges: Ranges): Ranges {
  const inverted: [number, number][] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) inverted.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= lastCodePoint) inverted.push([next, lastCodePoint]);
  return inverted;
}

/** One code point. */
export function single(point: number): Ranges {
  return [[point, point]];
}

/** Everything. */
export const anything: Ranges = [[0, lastCodePoint]];

/** Largest range whose letters are folded one by one; larger ones hold both cases in practice. */
const foldedMax = 1024;

/** The set with the other case of its letters. */
export function foldCase(ranges: Ranges): Ranges {
  const folded: [number, number][] = ranges.map(([first, last]) => [first, last]);
  for (const [first, last] of ranges) {
    if (last - first > foldedMax) continue;
    for (let point = first; point <= last; point++) {
      const letter = String.fromCodePoint(point);
      for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
        const code = other.codePointAt(0) ?? point;
        if (code !== point && String.fromCodePoint(code) === other) folded.push([code, code]);
      }
    }
  }
  return normalize(folded);
}

const properties = new Map<string, Ranges | undefined>();

/** The code points of a Unicode category or script: `L`, `Lu`, `Greek`. @returns `undefined` if there is no such property. */
export function propertyRanges(name: string): Ranges | undefined {
  if (properties.has(name)) return properties.get(name);
  const found = findProperty(name);
  properties.set(name, found);
  return found;
}

function findProperty(name: string): Ranges | undefined {
  if (name === 'Any') return anything;
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  for (const property of [name, `Script=${name}`]) {
    try {
      return scan(new RegExp(`\\p{${property}}+`, 'gu'));
    } catch (error) {
      // No such property; perhaps it is a script.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/** Code points looked at in one go. */
const blockSize = 0x4000;

function scan(pattern: RegExp): Ranges {
  const found: [number, number][] = [];
  for (let start = 0; start <= lastCodePoint; start += blockSize) {
    // Surrogates are no characters. Each block has characters of one length only.
    const points = Array.from({ length: blockSize }, (_item, index) => start + index).filter(
      (point) => point < 0xd800 || point > 0xdfff,
    );
    const units = start > 0xffff ? 2 : 1;
    const text = points.map((point) => String.fromCodePoint(point)).join('');
    for (const { 0: run, index } of text.matchAll(pattern)) {
      const [first, last] = [index / units, (index + run.length) / units - 1];
      found.push([points[first] ?? 0, points[last] ?? 0]);
    }
  }
  return normalize(found);
}
