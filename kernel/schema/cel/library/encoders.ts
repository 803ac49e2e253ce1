import { declare, type Overload } from '../function.ts';
import { CelError } from '../values.ts';
import { traversalCost } from './costs.ts';

/** Base64 (cel-go `ext/encoders.go`). Kubernetes does not have it. */
export const encodersLibrary: readonly Overload[] = [
  ...declare('base64.encode', { 'bytes -> string': (bytes: Uint8Array) => bytes.toBase64() }, traversalCost(0)),
  ...declare(
    'base64.decode',
    {
      'string -> bytes': (text: string) => {
        try {
          return Uint8Array.fromBase64(text);
        } catch (cause) {
          throw new CelError('illegal base64 data', { cause });
        }
      },
    },
    traversalCost(0),
  ),
];
