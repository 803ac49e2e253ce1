import { declare, type Overload } from '../function.ts';
import { CelError, Opaque } from '../values.ts';
import { addressCost, fixedCost, traversalCost } from './costs.ts';

/** Addresses and networks (Kubernetes `library/ip.go`, `library/cidr.go`), strict as Go's `netip`. */

class Ip extends Opaque {
  readonly typeName = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    super();
    this.family = family;
    this.bits = bits;
  }

  equals(other: Opaque): boolean {
    return other instanceof Ip && other.family === this.family && other.bits === this.bits;
  }

  override toString(): string {
    return this.family === 4 ? format4(this.bits) : format6(this.bits);
  }
}

class Cidr extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly ip: Ip;
  readonly length: number;

  constructor(ip: Ip, length: number) {
    super();
    this.ip = ip;
    this.length = length;
  }

  equals(other: Opaque): boolean {
    return other instanceof Cidr && other.length === this.length && other.ip.equals(this.ip);
  }

  override toString(): string {
    return `${this.ip.toString()}/${this.length}`;
  }

  masked(): Cidr {
    return new Cidr(new Ip(this.ip.family, this.#network(this.ip)), this.length);
  }

  contains(ip: Ip): boolean {
    return ip.family === this.ip.family && this.#network(ip) === this.#network(this.ip);
  }

  #network({ family, bits }: Ip): bigint {
    const host = BigInt((family === 4 ? 32 : 128) - this.length);
    return (bits >> host) << host;
  }
}

function format4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

function format6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_item, index) =>
    ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  // The longest run of two or more zeros is left out, the first of several.
  const runs = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  return groups.join(':').replace(longest, '::').replace(/:{3,}/, '::');
}

const octet = /^(?:0|[1-9]\d{0,2})$/;

function parse4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => octet.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function parse6(text: string): bigint | undefined {
  const tail = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  const embedded = tail === undefined ? undefined : parse4(tail);
  if (tail !== undefined && embedded === undefined) return undefined;
  const groupsText =
    embedded === undefined
      ? text
      : `${text.slice(0, -(tail ?? '').length)}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const halves = groupsText.split('::');
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** Not IPv4 written as IPv6, which would be two texts of one address. */
function parseIp(text: string): Ip | undefined {
  const isSix = text.includes(':');
  const bits = isSix ? parse6(text) : parse4(text);
  if (bits === undefined || (isSix && bits >> 32n === 0xffffn)) return undefined;
  return new Ip(isSix ? 6 : 4, bits);
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  return Number(length) <= (ip.family === 4 ? 32 : 128) ? new Cidr(ip, Number(length)) : undefined;
}

function ipOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined)
    throw new CelError(`IP Address "${text}" parse error during conversion from string: unable to parse IP`);
  return ip;
}

function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new CelError(`network address parse error during conversion from string: "${text}"`);
  return cidr;
}

/** True if the address is in the network given by its first bits. */
function isIn({ family, bits }: Ip, ...networks: readonly string[]): boolean {
  return networks.some((network) => cidrOf(network).contains(new Ip(family, bits)));
}

function isGlobalUnicast(ip: Ip): boolean {
  const isOther =
    isIn(ip, '0.0.0.0/32', '255.255.255.255/32', '127.0.0.0/8', '224.0.0.0/4', '169.254.0.0/16') ||
    isIn(ip, '::/128', '::1/128', 'ff00::/8', 'fe80::/10');
  return !isOther;
}

const accessor = fixedCost(1);

/** Addresses. */
export const ipLibrary: readonly Overload[] = [
  ...declare('ip', { 'string -> net.IP': ipOf }, traversalCost(0)),
  ...declare('isIP', { 'string -> bool': (text: string) => parseIp(text) !== undefined }, traversalCost(0)),
  ...declare(
    'ip.isCanonical',
    { 'string -> bool': (text: string) => String(ipOf(text)) === text },
    traversalCost(0, { times: 2 }),
  ),
  ...declare('string', { 'net.IP -> string': String, 'net.CIDR -> string': String }),
  ...declare('family', { 'self: net.IP -> int': ({ family }: Ip) => family }, accessor),
  ...declare('isUnspecified', { 'self: net.IP -> bool': ({ bits }: Ip) => bits === 0n }, accessor),
  ...declare('isLoopback', { 'self: net.IP -> bool': (ip: Ip) => isIn(ip, '127.0.0.0/8', '::1/128') }, accessor),
  ...declare(
    'isLinkLocalMulticast',
    { 'self: net.IP -> bool': (ip: Ip) => isIn(ip, '224.0.0.0/24', 'ff02::/16') },
    accessor,
  ),
  ...declare(
    'isLinkLocalUnicast',
    { 'self: net.IP -> bool': (ip: Ip) => isIn(ip, '169.254.0.0/16', 'fe80::/10') },
    accessor,
  ),
  ...declare('isGlobalUnicast', { 'self: net.IP -> bool': isGlobalUnicast }, accessor),
];

/** A network is inside when its base is and it is not wider. */
function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return inner.length >= outer.length && outer.contains(inner.ip);
}

/** Networks. */
export const cidrLibrary: readonly Overload[] = [
  ...declare('cidr', { 'string -> net.CIDR': cidrOf }, traversalCost(0)),
  ...declare('isCIDR', { 'string -> bool': (text: string) => parseCidr(text) !== undefined }, traversalCost(0)),
  ...declare(
    'containsIP',
    { 'self: net.CIDR, net.IP -> bool': (cidr: Cidr, ip: Ip) => cidr.contains(ip) },
    addressCost({ masks: false, readsText: false }),
  ),
  ...declare(
    'containsIP',
    { 'self: net.CIDR, string -> bool': (cidr: Cidr, text: string) => cidr.contains(ipOf(text)) },
    addressCost({ masks: false, readsText: true }),
  ),
  ...declare(
    'containsCIDR',
    { 'self: net.CIDR, net.CIDR -> bool': containsCidr },
    addressCost({ masks: true, readsText: false }),
  ),
  ...declare(
    'containsCIDR',
    { 'self: net.CIDR, string -> bool': (cidr: Cidr, text: string) => containsCidr(cidr, cidrOf(text)) },
    addressCost({ masks: true, readsText: true }),
  ),
  ...declare('ip', { 'self: net.CIDR -> net.IP': ({ ip }: Cidr) => ip }, accessor),
  ...declare('masked', { 'self: net.CIDR -> net.CIDR': (cidr: Cidr) => cidr.masked() }, accessor),
  ...declare('prefixLength', { 'self: net.CIDR -> int': ({ length }: Cidr) => length }, accessor),
];
