import { ApiError } from '../../kernel/meta/errors.ts';
import type { ApiResponse, PathHandler } from '../../kernel/ports/endpoint.ts';
import { KeyServiceError } from '../../kernel/ports/keys.ts';
import type { Encryption } from './encryption.ts';

/** Where a server tells of its encryption at rest, and is asked to rotate keys. */
export const encryptionPath = '/planform/encryption';

/**
 * `GET /planform/encryption`: what is encrypted with what, which reads the whole store. `POST …/rotate`: a rotation, which goes on
 * when the client is gone; the answer is a line of JSON for each step. `DELETE …/keys/<id>`. Keys are never told, only
 * their ids. For administrators, as every path that nobody was granted.
 */
export function encryptionHandler(encryption: Encryption): PathHandler {
  return {
    prefix: encryptionPath,
    isPublic: false,
    async handle({ method, path, signal }): Promise<ApiResponse> {
      const [what = '', id = '', ...rest] = path.slice(encryptionPath.length + 1).split('/');
      if (rest.length > 0) throw new ApiError('NotFound', `There is nothing at ${path}`);
      if (what === '' && method === 'GET') return json(await encryption.status(signal));
      if (what === 'rotate' && id === '' && method === 'POST') return rotated(encryption);
      if (what === 'keys' && id !== '' && method === 'DELETE') {
        await encryption.removeKey(id, signal);
        return json({ kind: 'Status', apiVersion: 'v1', status: 'Success' });
      }
      throw new ApiError('MethodNotAllowed', `${path} does not take ${method}`);
    },
  };
}

async function rotated(encryption: Encryption): Promise<ApiResponse> {
  try {
    await encryption.rotate();
  } catch (cause) {
    if (!(cause instanceof KeyServiceError)) throw cause;
    throw new ApiError('ServiceUnavailable', `Cannot rotate: ${cause.message}`, {}, { cause });
  }
  const headers = { 'content-type': 'application/x-ndjson' };
  return { status: 200, headers, body: lines(encryption), isLongRunning: true };
}

async function* lines(encryption: Encryption): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const progress of encryption.progress()) yield Buffer.from(`${JSON.stringify(progress)}\n`);
}

function json(value: object): ApiResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
