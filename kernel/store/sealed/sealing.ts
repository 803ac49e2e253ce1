import type { Random } from '../../base/random.ts';
import type { RowValue, StoreRow } from '../../ports/store.ts';
import type { DataKeys } from './data-keys.ts';
import { nonceBytes, openValue, readSeal, sealValue, unreadable } from './seal.ts';

/** Says that values stay, or may be, in the clear; Kubernetes: the provider `identity`. */
export const clearProvider = 'identity';

/** How values of some resources are stored; Kubernetes: an entry of EncryptionConfiguration. */
export interface SealingRule {
  /** `secrets`, `pandas.example.com`, `*.example.com` (a group), `*.` (the core group) or `*.*`. */
  readonly resources: readonly string[];
  /** Names of key services, or `clearProvider`. The first one writes. Sealed values are read with whatever key there is. */
  readonly providers: readonly string[];
}

/** Turns values into what is stored of them, and back. */
export class Sealing {
  readonly keys: DataKeys;
  readonly #random: Random;
  #rules: readonly SealingRule[];
  /** What was found for a resource. */
  readonly #ruleOf = new Map<string, SealingRule | undefined>();

  constructor(rules: readonly SealingRule[], keys: DataKeys, random: Random) {
    this.#rules = rules;
    this.keys = keys;
    this.#random = random;
  }

  /** Other rules from now on. Each key service that writes has wrapped a data key before. */
  use(rules: readonly SealingRule[]): void {
    this.#rules = rules;
    this.#ruleOf.clear();
  }

  /** Names of the key services that write, whatever they write. */
  writers(): readonly string[] {
    const writers = new Set(this.#rules.map(({ providers }) => providers[0] ?? clearProvider));
    writers.delete(clearProvider);
    return [...writers];
  }

  /** The key service that writes values of a resource; `undefined`: they are in the clear. */
  writerOf(resource: string): string | undefined {
    const writer = this.#rule(resource)?.providers[0];
    return writer === clearProvider ? undefined : writer;
  }

  /** The same row as it is stored: itself where nothing is to be encrypted. */
  seal(row: StoreRow): StoreRow {
    const writer = this.writerOf(row.resource);
    return writer === undefined ? row : { ...row, bytes: this.#sealed(row, row.bytes, writer) };
  }

  /** The row as it was given; at once if its data key is known. @throws {StoreError} `Unreadable`. */
  open(row: StoreRow, signal: AbortSignal): StoreRow | Promise<StoreRow> {
    const seal = readSeal(row);
    if (seal === undefined) {
      this.#requireClear(row);
      return row;
    }
    const key = this.keys.opened(seal);
    if (key !== undefined) return { ...row, bytes: openValue(row, seal, key) };
    return this.keys.open(row, seal, signal).then((opened) => ({ ...row, bytes: openValue(row, seal, opened) }));
  }

  /** Whether the row is stored as it would be if it were written now: in the clear, or under the key its service uses. */
  isCurrent(row: StoreRow): boolean {
    const writer = this.writerOf(row.resource);
    const seal = readSeal(row);
    if (writer === undefined || seal === undefined) return writer === undefined && seal === undefined;
    return seal.service === writer && seal.keyId === this.keys.current(writer).keyId;
  }

  /** A stored row's value as it would be stored if it were written now. @throws {StoreError} `Unreadable`. */
  async reseal(row: StoreRow, signal: AbortSignal): Promise<RowValue> {
    const seal = readSeal(row);
    const value = seal === undefined ? row.bytes : openValue(row, seal, await this.keys.open(row, seal, signal));
    const writer = this.writerOf(row.resource);
    return { revision: row.revision, bytes: writer === undefined ? value : this.#sealed(row, value, writer) };
  }

  #sealed(row: StoreRow, value: Uint8Array, writer: string): Buffer {
    const dataKey = this.keys.current(writer);
    dataKey.sealedCount++;
    return sealValue(row, value, dataKey, this.#random.bytes(nonceBytes));
  }

  /** Who can write the file, but has no key, must not pass off a value in the clear as one that was encrypted. */
  #requireClear(row: StoreRow): void {
    const rule = this.#rule(row.resource);
    if (rule === undefined || rule.providers.includes(clearProvider)) return;
    const hint = `"${clearProvider}" is not among the providers of ${row.resource}`;
    throw unreadable(row, `it is not encrypted, and ${hint}`);
  }

  #rule(resource: string): SealingRule | undefined {
    if (!this.#ruleOf.has(resource))
      this.#ruleOf.set(
        resource,
        this.#rules.find((rule) => isFor(rule, resource)),
      );
    return this.#ruleOf.get(resource);
  }
}

/** Kubernetes: the first rule with a pattern that fits is the one. */
function isFor({ resources }: SealingRule, resource: string): boolean {
  const dot = resource.indexOf('.');
  const group = dot < 0 ? '' : resource.slice(dot + 1);
  return resources.some((pattern) => pattern === resource || pattern === '*.*' || pattern === `*.${group}`);
}
