import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Random } from '../../base/random.ts';
import { type KeyService, KeyServiceError } from '../../ports/keys.ts';
import { nonceBytes } from './seal.ts';

/** Bytes of a key. */
export const localKeyBytes = 32;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

/** A key that wraps data keys. */
export interface LocalKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A key from its 32 bytes. @param id default: made from the key, so that no other key is ever taken for it. */
export function localKey(bytes: Uint8Array, id = fingerprint(bytes)): LocalKey {
  return { id, key: createSecretKey(bytes) };
}

/** The beginning of a hash tells keys apart and tells nothing of a random key of 256 bits. */
function fingerprint(bytes: Uint8Array): string {
  const text = Buffer.concat([Buffer.from('planform key\0'), bytes]);
  return hash('sha256', text, 'hex').slice(0, 16);
}

/** What a local key service is made of. */
export interface LocalKeyOptions {
  readonly name: string;
  readonly place: string;
  /** Asked each time: the first key wraps, all unwrap. Never empty. */
  readonly keys: () => readonly LocalKey[];
  readonly random: Random;
}

/** A key service on keys in memory: AES-256-GCM, bound to name and id. */
export function localKeyService({ name, place, keys, random }: LocalKeyOptions): KeyService {
  const primary = (): LocalKey => {
    const [first] = keys();
    if (first === undefined) throw new KeyServiceError('Unavailable', `there is no key in ${place}`);
    return first;
  };
  return {
    name,
    place,
    isRemote: false,
    status: async () => primary().id,
    async wrap(dataKey) {
      const { id, key } = primary();
      const nonce = random.bytes(nonceBytes);
      const wrapping = createCipheriv(cipher, key, nonce).setAAD(boundTo(name, id));
      const bytes = [wrapping.update(dataKey), wrapping.final()];
      return { keyId: id, wrapped: Buffer.concat([nonce, ...bytes, wrapping.getAuthTag()]) };
    },
    async unwrap({ keyId, wrapped }) {
      const found = keys().find(({ id }) => id === keyId);
      if (found === undefined) throw new KeyServiceError('UnknownKey', 'there is no such key');
      if (wrapped.length <= nonceBytes + tagBytes) throw new KeyServiceError('WrongKey', 'the data key is damaged');
      const options = { authTagLength: tagBytes };
      const unwrapping = createDecipheriv(cipher, found.key, wrapped.subarray(0, nonceBytes), options);
      unwrapping.setAAD(boundTo(name, keyId)).setAuthTag(wrapped.subarray(-tagBytes));
      try {
        return Buffer.concat([unwrapping.update(wrapped.subarray(nonceBytes, -tagBytes)), unwrapping.final()]);
      } catch (cause) {
        const why = 'the key of that id is another one, or the data key is damaged';
        throw new KeyServiceError('WrongKey', why, { cause });
      }
    },
  };
}

function boundTo(name: string, keyId: string): Buffer {
  return Buffer.from(`${name}\0${keyId}`);
}
