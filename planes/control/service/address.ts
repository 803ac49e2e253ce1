import { assert } from '../../../kernel/base/assert.ts';
import { ApiError, InvalidError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject } from '../pod-spec/draft.ts';
import { hasAddress } from './type.ts';

/** The addresses of a site's Services: a loopback network of IPv4 addresses, for example `127.65.1.0/24`. */
export interface AddressRange {
  /** `127.65.1.0/24`: what refusals name. */
  readonly network: string;
  /** First address after the network's own; both ends are given out. */
  readonly first: string;
  readonly count: number;
}

/** What the plugin needs. */
export interface ServiceAddressOptions {
  readonly range: AddressRange;
  /** All Services of the site, as they are stored now. */
  readonly listServices: (signal: AbortSignal) => Promise<readonly Service[]>;
}

/** Reads `127.65.1.0/24`; the network's first and last address are left out. @throws {RangeError} for anything else. */
export function parseAddressRange(text: string): AddressRange {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(text);
  const bits = Number(match?.[2]);
  if (match === null || !(bits >= 8 && bits <= 30) || !text.startsWith('127.')) {
    throw new RangeError(`Cannot read the address range "${text}": want a loopback network such as 127.65.1.0/24`);
  }
  const size = 2 ** (32 - bits);
  const network = Math.floor(toNumber(match[1] ?? '') / size) * size;
  return { network: text, first: toText(network + 1), count: size - 2 };
}

/**
 * Gives every Service that needs one an address of the site, and sees to it that no two have the same: chosen before
 * the write, made certain inside the commit step.
 */
export function serviceAddresses({ range, listServices }: ServiceAddressOptions): AdmissionPlugin {
  assert(range.count >= 1, 'A site has at least one Service address');
  const firstNumber = toNumber(range.first);
  // Goes round, so that two writes at the same time choose different addresses and a freed one rests for a while.
  let next = 0;
  return {
    name: 'ServiceAddresses',
    handles: ({ definition, operation, subresource }) =>
      definition.kind === 'Service' && definition.group === '' && operation !== 'delete' && subresource === '',
    async mutate(draft, attributes, { signal }) {
      const spec = draftObject(draft, 'spec');
      if (spec === undefined) return;
      keepAddress(spec, attributes.old);
      alignAddresses(spec, attributes.old);
      // Kubernetes: who names addresses names the first one twice; otherwise the rules refuse it.
      const isGiven = Array.isArray(spec['clusterIPs']) && spec['clusterIPs'].length > 0;
      if (needsAddress(spec) && !isGiven) {
        const taken = new Set((await listServices(signal)).map((service) => service.spec?.clusterIP));
        for (let tried = 0; tried < range.count && needsAddress(spec); tried++) {
          const address = toText(firstNumber + next);
          next = (next + 1) % range.count;
          if (!taken.has(address)) spec['clusterIP'] = address;
        }
        if (needsAddress(spec))
          throw new ApiError('InternalError', `Cannot allocate a Service address: all ${range.count} are in use`);
        spec['clusterIPs'] = [spec['clusterIP']];
      }
    },
    async validate(object, attributes) {
      const { spec } = object as Service;
      const address = spec?.clusterIP ?? '';
      if (object === undefined || !hasAddress(object) || address === clusterIpOf(attributes.old)) return;
      const offset = toNumber(address) - firstNumber;
      if (offset >= 0 && offset < range.count) return;
      const detail = `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.network}`;
      throw invalid(attributes, address, detail);
    },
    commit(object, attributes, view) {
      if (object === undefined || !hasAddress(object)) return;
      const address = clusterIpOf(object);
      if (address === clusterIpOf(attributes.old)) return;
      for (const other of view.list('services')) {
        const isSelf = other.metadata.name === attributes.name && other.metadata.namespace === attributes.namespace;
        if (isSelf || clusterIpOf(other) !== address) continue;
        throw invalid(attributes, address, `failed to allocate IP ${address}: provided IP is already allocated`);
      }
    },
  };
}

/** An update that leaves the address out keeps it, as upstream (`patchAllocatedValues`). */
function keepAddress(spec: DraftObject, old: AdmissionAttributes['old']): void {
  const before = clusterIpOf(old);
  if (before === '' || spec['type'] === 'ExternalName') return;
  if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') spec['clusterIP'] = before;
}

/** Clients that know only one of the two fields mean both (Kubernetes `normalizeClusterIPs`). */
function alignAddresses(spec: DraftObject, old: AdmissionAttributes['old']): void {
  const { clusterIP = '', clusterIPs = [] } = spec;
  const before = clusterIpOf(old);
  const isUnchanged = before !== '' && jsonEquals(clusterIPs, [before]);
  const isAbsent = jsonEquals(clusterIPs, []);
  if (clusterIP !== '' && (isAbsent || (isUnchanged && clusterIP !== before))) spec['clusterIPs'] = [clusterIP];
  else if (clusterIP === '' && isUnchanged) delete spec['clusterIPs'];
}

function needsAddress(spec: DraftObject): boolean {
  const { ipFamilies } = spec;
  // There are none of the other family to be given.
  if (Array.isArray(ipFamilies) && ipFamilies[0] === 'IPv6') return false;
  return spec['type'] !== 'ExternalName' && (spec['clusterIP'] === undefined || spec['clusterIP'] === '');
}

function clusterIpOf(object: AdmissionAttributes['old']): string {
  const service: Service | undefined = object;
  return service?.spec?.clusterIP ?? '';
}

function invalid({ name }: AdmissionAttributes, value: string, detail: string): InvalidError {
  return new InvalidError({ kind: 'Service', group: '', name }, [
    { type: 'Invalid', path: 'spec.clusterIPs', value: [value], detail },
  ]);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
