/** Addresses that nobody answers on, one per object. */
export class AddressPool {
  readonly #first: number;
  readonly #count: number;
  readonly #byOwner = new Map<string, string>();
  readonly #taken = new Set<string>();
  #next = 0;

  /** @param network its first address, IPv4. @param bits length of the prefix. Network and broadcast address are left out. */
  constructor(network: string, bits: number) {
    this.#first = network.split('.').reduce((number, part) => number * 256 + Number(part), 0) + 1;
    this.#count = 2 ** (32 - bits) - 2;
  }

  /** Notes the address an object has, from any pool. */
  keep(owner: string, address: string): void {
    this.release(owner);
    this.#byOwner.set(owner, address);
    this.#taken.add(address);
  }

  /** The address of an object, a new one if it has none. @throws {RangeError} when all are taken. */
  take(owner: string): string {
    const before = this.#byOwner.get(owner);
    if (before !== undefined) return before;
    for (let tried = 0; tried < this.#count; tried++) {
      const address = formatAddress(this.#first + this.#next);
      this.#next = (this.#next + 1) % this.#count;
      if (this.#taken.has(address)) continue;
      this.keep(owner, address);
      return address;
    }
    throw new RangeError(`Cannot give "${owner}" an address: all ${this.#count} are taken`);
  }

  release(owner: string): void {
    const address = this.#byOwner.get(owner);
    if (address === undefined) return;
    this.#byOwner.delete(owner);
    this.#taken.delete(address);
  }
}

function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
