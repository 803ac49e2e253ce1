import { checkDnsLabel, checkDnsSubdomain } from '../meta/names.ts';
import { parseQuantity } from '../meta/quantity.ts';
import type { StringSchema } from './schema.ts';

/** A format a text can be held to. */
export type TextFormat = NonNullable<StringSchema['format']>;

const rfc3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const duration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const [int64Min, int64Max] = [-(2n ** 63n), 2n ** 63n - 1n];

/** True if `text` has the format. */
export function hasFormat(format: TextFormat, text: string): boolean {
  switch (format) {
    case 'date-time':
      return rfc3339.test(text) && !Number.isNaN(Date.parse(text));
    case 'micro-time':
      return rfc3339.exec(text)?.[3]?.length === 6 && !Number.isNaN(Date.parse(text));
    case 'byte':
      return base64.test(text);
    case 'quantity':
      return parseQuantity(text) !== undefined;
    case 'duration':
      return duration.test(text);
    case 'int64-string':
      return /^-?\d{1,19}$/.test(text) && isInt64(text);
  }
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4 = new RegExp(`^(?:${octet}\\.){3}${octet}$`);
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const uuidOfVersion = (version: number) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');

const cardNumber =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11}|6[27]\d{14})$/;
const hostLabel = '[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?';
const hostName = new RegExp(`^${hostLabel}(?:\\.${hostLabel})*\\.?$`, 'i');
const colourPart = '\\s*(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])\\s*';
const rgbColour = new RegExp(`^rgb\\(${colourPart},${colourPart},${colourPart}\\)$`);

/**
 * Formats custom resources may name besides the `TextFormat`s (apiextensions-apiserver `validation/formats.go`, go-openapi
 * strfmt). Any other says nothing.
 */
const openFormats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  cidr: (text) => isCidr(text),
  creditcard: isCardNumber,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => hasFormat('date-time', text),
  duration: (text) => hasFormat('duration', text),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  hostname: (text) => text.length <= 255 && hostName.test(text),
  ipv4: (text) => ipv4.test(text),
  ipv6: (text) => isIpv6(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  'k8s-long-name': (text) => checkDnsSubdomain(text).length === 0,
  'k8s-short-name': (text) => checkDnsLabel(text).length === 0,
  mac: (text) => /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text),
  rgbcolor: (text) => rgbColour.test(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: (text) => /^(?:[a-z][-a-z0-9+.]*:|\/)[^\s]*$/i.test(text),
  uuid: (text) => uuid.test(text),
  uuid3: (text) => uuidOfVersion(3).test(text),
  uuid4: (text) => uuidOfVersion(4).test(text),
  uuid5: (text) => uuidOfVersion(5).test(text),
};

/** True if `text` has a format of a custom resource's schema, or if the format is unknown (as kube-apiserver does). */
export function hasOpenFormat(format: string, text: string): boolean {
  return !Object.hasOwn(openFormats, format) || openFormats[format]?.(text) === true;
}

const openFormatNames: ReadonlySet<string> = new Set(
  ['byte', 'password', ...Object.keys(openFormats)].map((name) => name.replaceAll('-', '')),
);

/** True if texts of custom resources are held to the format. Kubernetes: dashes in names of formats do not count. */
export function isOpenFormat(format: string): boolean {
  return openFormatNames.has(format.replaceAll('-', ''));
}

/** Digits with a checksum, every second from the right doubled (Luhn). */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!cardNumber.test(digits)) return false;
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = index % 2 === 0 ? Number(digit) : Number(digit) * 2;
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = Array.from(digits).reduce(
    (total, digit, index) => total + (index + 1) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  return (
    Array.from(digits).reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0
  );
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return ipv4.test(address) ? Number(length) <= 32 : isIpv6(address) && Number(length) <= 128;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && !/[^0-9a-f:.]/i.test(text) && URL.canParse(`http://[${text}]/`);
}

/** True if the digits are an integer of 64 bits. */
export function isInt64(digits: string): boolean {
  const value = BigInt(digits);
  return int64Min <= value && value <= int64Max;
}

/**
 * A time as kube-apiserver writes it: UTC, without a fraction (`metav1.Time`) or with six digits (`MicroTime`).
 * Returns texts that are no such time as they are; validation refuses them.
 */
export function canonicalTime(text: string, fractionDigits: 0 | 6): string {
  const found = rfc3339.exec(text);
  if (found === null) return text;
  const [, date, clock, fraction = '', zone] = found;
  // Kubernetes: a `MicroTime` has six digits, no more and no fewer.
  if (fractionDigits === 6 && fraction.length !== 6) return text;
  const tail = fractionDigits === 0 ? 'Z' : `.${fraction}Z`;
  if (zone === 'Z') return `${date}T${clock}${tail}`;
  const ms = Date.parse(`${date}T${clock}${zone}`);
  return Number.isNaN(ms) ? text : `${new Date(ms).toISOString().slice(0, 19)}${tail}`;
}

/** Base64 without the line breaks that Go's decoder skips. */
export function canonicalBase64(text: string): string {
  return /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
}

/** Number of Unicode code points, which is what minLength and maxLength count. */
export function codePointCount(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0xdc00 || code > 0xdfff) count++;
  }
  return count;
}
