/**
 * Amounts of resources: `500m`, `1.5Gi`, `2e3`. Parsing, rounding and canonical form are those of Kubernetes
 * `resource.Quantity`; values are exact down to 10^-9 and capped at ±(2^63 − 1).
 */

/** Family of suffixes a quantity was written with; its canonical form keeps it. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount. */
export interface Quantity {
  /** The amount times 10^9. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** Nothing, in decimal form. */
export const zeroQuantity: Quantity = { nanos: 0n, format: 'DecimalSI' };

const nanosPerUnit = 1_000_000_000n;
const nanosMax = (2n ** 63n - 1n) * nanosPerUnit;
/** Longer texts are refused; the longest meaningful ones have some 30 digits. */
const textLengthMax = 128;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const quantityPattern =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:(?<suffix>[KMGTPE]i|[numkMGTPE]?)|[eE](?<exponent>[+-]?\d+))$/;

/**
 * Reads a quantity as JSON holds it: a text or a plain number. Digits beyond 10^-9 round away from zero.
 * @returns `undefined` if it is none.
 */
export function parseQuantity(source: string | number): Quantity | undefined {
  const text = String(source);
  const groups = text.length > textLengthMax ? undefined : quantityPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { sign, whole = '', fraction = '', suffix = '', exponent } = groups;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const binary = exponent === undefined ? binarySuffixes.indexOf(suffix) : -1;
  const magnitude =
    binary > 0
      ? shiftDecimal(digits << BigInt(10 * binary), 9 - fraction.length)
      : shiftDecimal(digits, 9 - fraction.length + decimalExponent(suffix, exponent));
  const nanos = magnitude > nanosMax ? nanosMax : magnitude;
  return { nanos: sign === '-' ? -nanos : nanos, format: formatOf(binary > 0, exponent, nanos) };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : Number(a.nanos > b.nanos);
}

/** The sum, capped; written like `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: cap(a.nanos + b.nanos), format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, capped; written like `a` unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: cap(a.nanos - b.nanos), format: a.nanos === 0n ? b.format : a.format };
}

/** A whole amount. */
export function quantityOf(amount: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: cap(BigInt(Math.trunc(amount)) * nanosPerUnit), format };
}

/** The canonical text: no fraction, at most one suffix, as large as is exact. `1500m`, `1536Mi`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const isBinary = format === 'BinarySI' && nanos % nanosPerUnit === 0n && abs(nanos) >= 1024n * nanosPerUnit;
  if (isBinary) {
    const { rest, times } = removeFactor(nanos / nanosPerUnit, 1024n);
    return `${rest}${binarySuffixes[times]}`;
  }
  const { rest, times } = removeFactor(nanos, 1000n);
  if (format !== 'DecimalExponent') return `${rest}${decimalSuffixes[times]}`;
  return times === 3 ? `${rest}` : `${rest}e${(times - 3) * 3}`;
}

/** The canonical text of a quantity text; `undefined` if it is none. */
export function canonicalQuantity(source: string | number): string | undefined {
  const quantity = parseQuantity(source);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}

/** The amount as a floating-point number; inexact beyond 15 digits. */
export function quantityToNumber({ nanos }: Quantity): number {
  return Number(nanos / nanosPerUnit) + Number(nanos % nanosPerUnit) / Number(nanosPerUnit);
}

/** Whole units (bytes, pods), rounded up. */
export function quantityToUnits(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, nanosPerUnit));
}

/** Thousandths (milli-cores), rounded up. */
export function quantityToMilli(quantity: Quantity): number {
  return Number(divideUp(quantity.nanos, 1_000_000n));
}

function formatOf(isBinary: boolean, exponent: string | undefined, nanos: bigint): QuantityFormat {
  if (isBinary) return nanos > 0n && nanos < nanosPerUnit ? 'DecimalSI' : 'BinarySI';
  return exponent === undefined ? 'DecimalSI' : 'DecimalExponent';
}

function decimalExponent(suffix: string, exponent: string | undefined): number {
  return exponent === undefined ? (decimalSuffixes.indexOf(suffix) - 3) * 3 : Number(exponent);
}

/** `digits` times 10^`places`; a fraction rounds up. The result is only exact below the cap. */
function shiftDecimal(digits: bigint, places: number): bigint {
  if (digits === 0n) return 0n;
  if (places >= 0) return digits * 10n ** BigInt(Math.min(places, 40));
  return divideUp(digits, 10n ** BigInt(Math.min(-places, 200)));
}

function divideUp(amount: bigint, divisor: bigint): bigint {
  const quotient = amount / divisor;
  return amount > 0n && amount % divisor !== 0n ? quotient + 1n : quotient;
}

function removeFactor(amount: bigint, factor: bigint): { readonly rest: bigint; readonly times: number } {
  let [rest, times] = [amount, 0];
  while (rest % factor === 0n) {
    rest /= factor;
    times++;
  }
  return { rest, times };
}

function abs(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function cap(nanos: bigint): bigint {
  if (nanos > nanosMax) return nanosMax;
  return nanos < -nanosMax ? -nanosMax : nanos;
}
