import { CelError, Duration, Timestamp } from './values.ts';

/** Timestamps and durations: reading, writing and their parts in a time zone. */

const nanosPerMs = 1_000_000n;
const nanosPerSecond = 1_000_000_000n;
/** Years 1 to 9999. */
const [timestampMin, timestampMax] = [-62_135_596_800n * nanosPerSecond, 253_402_300_800n * nanosPerSecond - 1n];
/** 290 years, what 64 bits of nanoseconds hold, less what cel-go leaves out: 315,576,000,000 seconds either way. */
const durationMax = 2n ** 63n - 1n;

/** @throws {CelError} outside of the years 1 to 9999. */
export function timestampOf(nanos: bigint): Timestamp {
  if (nanos < timestampMin || nanos > timestampMax) throw new CelError('timestamp overflow');
  return new Timestamp(nanos);
}

/** @throws {CelError} when 64 bits cannot hold it. */
export function durationOf(nanos: bigint): Duration {
  if (nanos > durationMax || nanos < -durationMax - 1n) throw new CelError('duration overflow');
  return new Duration(nanos);
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339. @returns `undefined` if it is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const found = rfc3339.exec(text);
  if (found === null) return undefined;
  const [, date = '', clock = '', fraction = '', zone = ''] = found;
  const ms = Date.parse(`${date}T${clock}${zone.toUpperCase()}`);
  // JavaScript takes the 31st of February for a day of March.
  if (Number.isNaN(ms) || !new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return undefined;
  const nanos = BigInt(ms) * nanosPerMs + BigInt(fraction.padEnd(9, '0'));
  return nanos < timestampMin || nanos > timestampMax ? undefined : new Timestamp(nanos);
}

/** RFC 3339 in UTC with as many digits of a second as it needs. */
export function formatTimestamp({ nanos }: Timestamp): string {
  const seconds = floorDivide(nanos, nanosPerSecond);
  const rest = nanos - seconds * nanosPerSecond;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
  return `${text}${fraction}Z`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: nanosPerMs,
  s: nanosPerSecond,
  m: 60n * nanosPerSecond,
  h: 3600n * nanosPerSecond,
};

/** Reads a duration as Go writes it: `1h15m30.5s`. @returns `undefined` if it is none. */
export function parseDuration(text: string): Duration | undefined {
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return new Duration(0n);
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const per = unitNanos[unit] ?? 0n;
    nanos += BigInt(whole === '' ? '0' : whole) * per;
    if (fraction !== '') nanos += (BigInt(fraction) * per) / 10n ** BigInt(fraction.length);
  }
  const signed = text.startsWith('-') ? -nanos : nanos;
  return signed > durationMax || signed < -durationMax - 1n ? undefined : new Duration(signed);
}

/** Seconds with a fraction as long as it needs: `3730.5s`. */
export function formatDuration({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const rest = size % nanosPerSecond;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
  return `${nanos < 0n ? '-' : ''}${size / nanosPerSecond}${fraction}s`;
}

/** Whole hours, minutes, seconds or milliseconds, towards zero. */
export function durationIn({ nanos }: Duration, unit: 'h' | 'm' | 's' | 'ms'): number {
  return Number(nanos / (unitNanos[unit] ?? 1n));
}

/** Milliseconds beyond the last whole second. */
export function millisecondsOf({ nanos }: Duration | Timestamp): number {
  const seconds = floorDivide(nanos, nanosPerSecond);
  return Number((nanos - seconds * nanosPerSecond) / nanosPerMs);
}

/** The same moment as a date whose UTC parts are those of the zone. @throws {CelError} for an unknown zone. */
export function inZone({ nanos }: Timestamp, zone: string): Date {
  const ms = Number(floorDivide(nanos, nanosPerMs));
  if (zone === '' || zone === 'UTC' || zone === 'Z') return new Date(ms);
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(ms + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  return new Date(ms + zoneOffsetMs(ms, zone));
}

const zones = new Map<string, Intl.DateTimeFormat>();
/** Most zones kept. Names come from users. */
const zonesMax = 100;

function zoneOffsetMs(ms: number, zone: string): number {
  try {
    const known = zones.get(zone) ?? zoneFormat(zone);
    if (zones.size < zonesMax) zones.set(zone, known);
    const parts = Object.fromEntries(known.formatToParts(ms).map(({ type, value }) => [type, value]));
    const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
    const local = new Date(0);
    local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    local.setUTCHours(Number(hour), Number(minute), Number(second));
    return local.getTime() - Math.floor(ms / 1000) * 1000;
  } catch (cause) {
    throw new CelError(`unknown time zone ${zone}`, { cause });
  }
}

function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
