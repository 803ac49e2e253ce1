import { stat } from 'node:fs/promises';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Random } from '../../kernel/base/random.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { type LocalKey, localKey, localKeyBytes } from '../../kernel/store/sealed/local-keys.ts';
import { CommandError } from '../cli/exit.ts';

/** One key as it stands in the file. */
interface StoredKey {
  /** Made from the key; only for people, it is not read. */
  readonly id: string;
  /** Base64 of 32 bytes. */
  readonly secret: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Keys in a file that is there. */
const keysMax = 1_000;

/** What key files are made and changed with. */
export interface KeyFilePorts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Keys in a file (0600) of JSON: `{"keys": [{"id", "secret", "createdAt"}]}`. The first one wraps data keys, all others still unwrap
 * them. Ids are made from the keys, so that no key is taken for another. Read once; nobody else changes it meanwhile.
 */
export class KeyFile {
  readonly path: string;
  readonly #ports: KeyFilePorts;
  #stored: readonly StoredKey[];
  #keys: readonly LocalKey[];

  private constructor(path: string, stored: readonly StoredKey[], ports: KeyFilePorts) {
    this.path = path;
    this.#ports = ports;
    this.#stored = stored;
    this.#keys = stored.map(toKey);
  }

  /** Opens a file; there are no keys if it is absent. @throws {CommandError} when it is damaged. */
  static async open(path: string, ports: KeyFilePorts): Promise<KeyFile> {
    const text = await readFileIfThere(path);
    return new KeyFile(path, text === undefined ? [] : parseKeyFile(path, text), ports);
  }

  /** The first one wraps. */
  get keys(): readonly LocalKey[] {
    return this.#keys;
  }

  /** True if others on this machine may read it. */
  async isExposed(): Promise<boolean> {
    return ((await stat(this.path)).mode & 0o077) !== 0;
  }

  /** Makes a new key the first one, durably. @returns its id. */
  async add(): Promise<string> {
    const { clock, random } = this.#ports;
    const bytes = random.bytes(localKeyBytes);
    const { id } = localKey(bytes);
    const secret = Buffer.from(bytes).toString('base64');
    await this.#write([{ id, secret, createdAt: new Date(clock.nowMs()).toISOString() }, ...this.#stored]);
    return id;
  }

  /** Takes a key away for good. */
  async remove(id: string): Promise<void> {
    await this.#write(this.#stored.filter((_, index) => this.#keys[index]?.id !== id));
  }

  async #write(stored: readonly StoredKey[]): Promise<void> {
    await replaceFile(this.path, `${JSON.stringify({ keys: stored }, undefined, 2)}\n`, 0o600);
    this.#stored = stored;
    this.#keys = stored.map(toKey);
  }
}

/** Ids of the keys in a file; none if it is absent. @throws {CommandError} when it is damaged. */
export async function readKeyIds(path: string): Promise<readonly string[]> {
  const text = await readFileIfThere(path);
  return text === undefined ? [] : parseKeyFile(path, text).map((stored) => toKey(stored).id);
}

function toKey({ secret }: StoredKey): LocalKey {
  return localKey(Buffer.from(secret, 'base64'));
}

/** What JSON.parse says of a damaged file may quote it: it is not told. */
function parseKeyFile(path: string, text: string): readonly StoredKey[] {
  const { keys } = (parseJson(text) ?? {}) as { readonly keys?: unknown };
  const isWhole =
    Array.isArray(keys) && keys.length >= 1 && keys.length <= keysMax && keys.every((key) => isStoredKey(key));
  if (isWhole) return keys as readonly StoredKey[];
  const hint = 'restore it from where it is kept safe: what was encrypted with its keys cannot be read without them';
  throw new CommandError(`Cannot read the key file "${path}": it is damaged`, hint);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says that it is damaged
  }
}

function isStoredKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('secret' in value) || typeof value.secret !== 'string')
    return false;
  return Buffer.from(value.secret, 'base64').length === localKeyBytes;
}
