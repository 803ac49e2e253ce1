/**
 * What keeps the keys that values are encrypted with: a file, or a key management service. It never sees a value: each process
 * makes data keys, and the service *wraps* them (encrypts them with a key of its own, which has an id). The messages are
 * those of Kubernetes' KMS v2 plugins: status, encrypt, decrypt.
 */

/** Longest name of a key service, bytes. */
export const serviceNameBytesMax = 63;
/** Longest id of a key, bytes. */
export const keyIdBytesMax = 255;
/** Most bytes of a data key that is wrapped. */
export const wrappedKeyBytesMax = 512;

/** A data key as it may be stored: nobody but its service can make use of it. */
export interface WrappedKey {
  /** Which key of the service wraps it; 1 … `keyIdBytesMax` bytes, no secret. */
  readonly keyId: string;
  /** 1 … `wrappedKeyBytesMax` bytes. */
  readonly wrapped: Uint8Array;
}

/** A key service. No error of it tells a key. */
export interface KeyService {
  /** Stands in everything it wraps keys for; 1 … `serviceNameBytesMax` bytes. */
  readonly name: string;
  /** Where its keys are, for people: `the key file "/srv/keys.json"`. */
  readonly place: string;
  /** True if it can fail, or turn to another key, while nobody here does anything: it is asked for its status every minute. */
  readonly isRemote: boolean;
  /** Id of the key it would wrap with now. @throws {KeyServiceError} `Unavailable`. */
  status(signal: AbortSignal): Promise<string>;
  /** @throws {KeyServiceError} `Unavailable`. */
  wrap(dataKey: Uint8Array, signal: AbortSignal): Promise<WrappedKey>;
  /** @throws {KeyServiceError} `UnknownKey` or `WrongKey`, if it can tell, else `Unavailable`. */
  unwrap(key: WrappedKey, signal: AbortSignal): Promise<Uint8Array>;
}

/** Why a key service did not do what it was asked. */
export type KeyServiceErrorCode =
  /** It failed, took too long or answered nonsense. Asking again may help. */
  | 'Unavailable'
  /** It has no key of that id. */
  | 'UnknownKey'
  /** What was wrapped is damaged, or was wrapped with another key of that id. */
  | 'WrongKey';

/** A key service did not do what it was asked. The message names it, and never what was sent or answered. */
export class KeyServiceError extends Error {
  override readonly name = 'KeyServiceError';
  readonly code: KeyServiceErrorCode;

  constructor(code: KeyServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
