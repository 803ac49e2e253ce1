import { declare, type Overload } from '../function.ts';
import { CelError, normalizeInt, Opaque } from '../values.ts';
import { fixedCost, traversalCost } from './costs.ts';

/** Versions (Kubernetes `library/semverlib.go`; semver.org 2.0.0). */

class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];
  readonly build: string;

  constructor(numbers: readonly bigint[], prerelease: readonly string[], build: string) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
    this.build = build;
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && order(this, other) === 0;
  }

  override toString(): string {
    const prerelease = this.prerelease.length === 0 ? '' : `-${this.prerelease.join('.')}`;
    return this.numbers.join('.') + prerelease + (this.build === '' ? '' : `+${this.build}`);
  }
}

const shape =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** Leaves out a leading `v` and leading zeros, and adds missing zeros. */
function normalize(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([\d.]*)([\s\S]*)$/.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  const missing = numbers === '' ? [] : ['0', '0'].slice(parts.length - 1);
  return [...parts, ...missing].join('.') + rest;
}

/** Longest text that is read. */
const textLengthMax = 256;

function parse(text: string, isLoose = false): Semver | undefined {
  const found = text.length > textLengthMax ? null : shape.exec(isLoose ? normalize(text) : text);
  if (found === null) return undefined;
  const [, major = '', minor = '', patch = '', prerelease, build = ''] = found;
  return new Semver([major, minor, patch].map(BigInt), prerelease?.split('.') ?? [], build);
}

function semverOf(text: string, isLoose = false): Semver {
  const version = parse(text, isLoose);
  if (version === undefined) throw new CelError(`cannot convert "${text}" to a semantic version`);
  return version;
}

function order(a: Semver, b: Semver): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  // A release comes after its prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length);
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    if (other === undefined) return 1;
    const difference = orderParts(part, other);
    if (difference !== 0) return difference;
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0;
}

function orderParts(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  const [left, right] = isNumberA ? [BigInt(a), BigInt(b)] : [a, b];
  return left < right ? -1 : Number(left > right);
}

function part(index: number): (version: Semver) => number | bigint {
  return ({ numbers }) => normalizeInt(numbers[index] ?? 0n);
}

const two = 'self: kubernetes.Semver, kubernetes.Semver';

/** The library. */
export const semverLibrary: readonly Overload[] = [
  ...declare(
    'semver',
    { 'string -> kubernetes.Semver': semverOf, 'string, bool -> kubernetes.Semver': semverOf },
    traversalCost(0),
  ),
  ...declare(
    'isSemver',
    {
      'string -> bool': (text: string) => parse(text) !== undefined,
      'string, bool -> bool': (text: string, isLoose: boolean) => parse(text, isLoose) !== undefined,
    },
    traversalCost(0),
  ),
  ...declare('string', { 'kubernetes.Semver -> string': String }),
  ...declare('major', { 'self: kubernetes.Semver -> int': part(0) }, fixedCost(1)),
  ...declare('minor', { 'self: kubernetes.Semver -> int': part(1) }, fixedCost(1)),
  ...declare('patch', { 'self: kubernetes.Semver -> int': part(2) }, fixedCost(1)),
  ...declare('isLessThan', { [`${two} -> bool`]: (a: Semver, b: Semver) => order(a, b) < 0 }, fixedCost(1)),
  ...declare('isGreaterThan', { [`${two} -> bool`]: (a: Semver, b: Semver) => order(a, b) > 0 }, fixedCost(1)),
  ...declare('compareTo', { [`${two} -> int`]: order }, fixedCost(1)),
];
