import { createSecretKey, type KeyObject } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import { type KeyService, KeyServiceError } from '../../ports/keys.ts';
import type { StoreRow } from '../../ports/store.ts';
import { type Seal, sealHead, type SealingKey, unreadable } from './seal.ts';

/** Bytes of a data key. */
const keyBytes = 32;
/** Data keys that stay unwrapped in memory; the one that was unwrapped first goes. */
const openedMax = 1_000;

/** A data key in use. */
export interface DataKey extends SealingKey {
  readonly keyId: string;
  /** Values sealed with it so far; random nonces allow 2^32 (NIST SP 800-38D §8.3). */
  sealedCount: number;
}

/** The data keys of a process: one to seal with by key service, and those that opened values so far. */
export class DataKeys {
  readonly #services: ReadonlyMap<string, KeyService>;
  readonly #random: Random;
  readonly #current = new Map<string, DataKey>();
  /** By head. */
  readonly #opened = new Map<string, KeyObject>();
  readonly #opening = new Map<string, Promise<KeyObject>>();

  constructor(services: readonly KeyService[], random: Random) {
    this.#services = new Map(services.map((service) => [service.name, service]));
    this.#random = random;
  }

  /** Makes a new data key and has it wrapped; everything that is sealed from now on is sealed with it. @throws {KeyServiceError} */
  async renew(name: string, signal: AbortSignal): Promise<DataKey> {
    const service = this.#services.get(name);
    assert(service !== undefined, 'Keys are renewed of services that are there');
    const bytes = this.#random.bytes(keyBytes);
    const wrapped = await service.wrap(bytes, signal);
    const dataKey = {
      key: createSecretKey(bytes),
      head: sealHead(name, wrapped),
      keyId: wrapped.keyId,
      sealedCount: 0,
    };
    bytes.fill(0);
    this.#current.set(name, dataKey);
    this.#remember(headText(dataKey.head), dataKey.key);
    return dataKey;
  }

  /** The data key to seal with; it was renewed at least once. */
  current(name: string): DataKey {
    const dataKey = this.#current.get(name);
    assert(dataKey !== undefined, 'A key service has wrapped a data key before anything is sealed');
    return dataKey;
  }

  /** The data key of a value, if it was unwrapped before. */
  opened({ head }: Seal): KeyObject | undefined {
    return this.#opened.get(headText(head));
  }

  /** The data key of a row's value; asks its service once, however many rows want it. @throws {StoreError} `Unreadable`. */
  async open(row: StoreRow, seal: Seal, signal: AbortSignal): Promise<KeyObject> {
    const text = headText(seal.head);
    const known = this.#opened.get(text);
    if (known !== undefined) return known;
    const opening = this.#opening.getOrInsertComputed(text, () =>
      this.#unwrap(row, seal, signal).finally(() => this.#opening.delete(text)),
    );
    return opening;
  }

  async #unwrap(row: StoreRow, seal: Seal, signal: AbortSignal): Promise<KeyObject> {
    const service = this.#services.get(seal.service);
    const what = `it is encrypted with key "${seal.keyId}" of "${seal.service}"`;
    if (service === undefined) throw unreadable(row, `${what}, which is not configured here`);
    try {
      const bytes = await service.unwrap(seal, signal);
      if (bytes.length !== keyBytes) throw new KeyServiceError('WrongKey', 'what it unwraps is no data key');
      const key = createSecretKey(bytes);
      bytes.fill(0);
      this.#remember(headText(seal.head), key);
      return key;
    } catch (error) {
      if (!(error instanceof KeyServiceError)) throw error;
      throw unreadable(row, `${what}, expected in ${service.place}: ${error.message}`, error);
    }
  }

  #remember(text: string, key: KeyObject): void {
    this.#opened.set(text, key);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > openedMax && oldest !== undefined) this.#opened.delete(oldest);
  }
}

function headText(head: Buffer): string {
  return head.toString('latin1');
}
