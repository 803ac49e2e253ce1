/** An address as a number of so many bits. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads an IPv4 or IPv6 address; `undefined` for anything else. Octets with leading zeros are none. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const value = parseOctets(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const groups = parseGroups(text);
  if (groups === undefined) return undefined;
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
}

function parseOctets(text: string): bigint | undefined {
  const parts = text.split('.');
  const isAddress =
    parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) : undefined;
}

const groupCount = 8;

/** The eight groups of an IPv6 address, `::` filled with zeros, a trailing IPv4 address taken as two. */
function parseGroups(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(parseGroup)));
  if (head === undefined) return undefined;
  const given = [...head, ...(tail ?? [])];
  if (given.some((group) => Number.isNaN(group))) return undefined;
  if (tail === undefined) return given.length === groupCount ? given : undefined;
  if (given.length >= groupCount) return undefined;
  return [...head, ...Array.from({ length: groupCount - given.length }, () => 0), ...tail];
}

/** NaN where it is none. */
function parseGroup(text: string, index: number, all: readonly string[]): readonly number[] {
  if (/^[0-9a-fA-F]{1,4}$/.test(text)) return [Number.parseInt(text, 16)];
  const octets = index === all.length - 1 ? parseOctets(text) : undefined;
  return octets === undefined ? [Number.NaN] : [Number(octets >> 16n), Number(octets & 0xffffn)];
}

/** The one way an address is written (RFC 5952 for IPv6). */
export function formatAddress({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from(
    { length: groupCount },
    (_, index) => (value >> BigInt((groupCount - 1 - index) * 16)) & 0xffffn,
  );
  const texts = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return texts.join(':');
  return `${texts.slice(0, start).join(':')}::${texts.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly bigint[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0n) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}

/** A range of addresses such as `10.96.0.0/16`. */
export interface Network {
  readonly bits: 32 | 128;
  /** Its lowest address. */
  readonly first: bigint;
  readonly prefixLength: number;
  /** False when the text named another address of it: `10.96.0.1/16`. */
  readonly isMasked: boolean;
}

/** Reads a network in CIDR form; `undefined` for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const prefixLength = Number(length);
  if (prefixLength > address.bits) return undefined;
  const hostBits = BigInt(address.bits - prefixLength);
  const first = (address.value >> hostBits) << hostBits;
  return { bits: address.bits, first, prefixLength, isMasked: first === address.value };
}
