import { seededRandom } from '../../../base/random.ts';
import type { Store } from '../../../ports/store.ts';
import { MemoryDisk } from '../../memory/memory-disk.ts';
import { openMemoryStore } from '../../memory/memory-store.ts';
import { DataKeys } from '../data-keys.ts';
import { type LocalKey, localKey, localKeyService } from '../local-keys.ts';
import { sealedStore } from '../sealed-store.ts';
import { Sealing, type SealingRule } from '../sealing.ts';

/** A store that encrypts, for tests. */
export interface SealedWorld {
  readonly sealing: Sealing;
  /** What is really stored. */
  readonly raw: Store;
  readonly store: Store;
}

/** A key that is the same for the same number. */
export function testKey(number: number, id?: string): LocalKey {
  return localKey(new Uint8Array(32).fill(number), id);
}

/** Opens one on a disk, with the service "local" for whatever the rules say. */
export async function openSealedWorld(
  disk = new MemoryDisk(),
  keys: readonly LocalKey[] = [testKey(1)],
  rules: readonly SealingRule[] = [{ resources: ['*.*'], providers: ['local'] }],
): Promise<SealedWorld> {
  const random = seededRandom(keys.length);
  const service = localKeyService({ name: 'local', place: 'the test', keys: () => keys, random });
  const dataKeys = new DataKeys([service], random);
  await dataKeys.renew('local', new AbortController().signal);
  const sealing = new Sealing(rules, dataKeys, random);
  const raw = openMemoryStore({ disk });
  return { sealing, raw, store: sealedStore(raw, sealing) };
}
