import { ApiError, errorText } from '../../kernel/meta/errors.ts';
import type { ApiResponse, PathHandler } from '../../kernel/ports/endpoint.ts';
import { StoreError } from '../../kernel/ports/store.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import { isDiskFull } from '../data-folder.ts';
import { archiveName } from './archive-file.ts';
import { backupArchive, type BackupSource } from './source.ts';

/** Where a server gives out backups of itself, without and with the keys of its Secrets. */
export const backupPaths = { sealed: '/planform/backup', open: '/planform/backup/with-encryption-key' } as const;

/**
 * `GET /planform/backup`: a consistent copy of everything, while the server goes on; see `backupArchive`. It holds the keys of the
 * authority: a right to this path is a right to everything the server can be asked for. `/with-encryption-key`, a right of its own, adds
 * the keys of Secrets, so that the file can be read by itself. One at a time.
 */
export function backupHandler(
  source: Omit<BackupSource, 'nowMs' | 'includesEncryptionKey'>,
  clock: Clock,
): PathHandler {
  let isRunning = false;
  return {
    prefix: backupPaths.sealed,
    isPublic: false,
    async handle({ method, path, signal }): Promise<ApiResponse> {
      const includesEncryptionKey = path === backupPaths.open;
      if (path !== backupPaths.sealed && !includesEncryptionKey)
        throw new ApiError('NotFound', `There is nothing at ${path}`);
      if (method !== 'GET') throw new ApiError('MethodNotAllowed', `${path} takes GET only`);
      if (isRunning) {
        throw new ApiError('TooManyRequests', 'A backup is being made, wait for its end', { retryAfterSeconds: 10 });
      }
      isRunning = true;
      const nowMs = clock.nowMs();
      const chunks = untilDone(
        backupArchive({ ...source, nowMs, includesEncryptionKey }, signal),
        () => (isRunning = false),
      );
      const headers = {
        'content-type': 'application/x-tar',
        'content-disposition': `attachment; filename="${archiveName(source.name, nowMs)}"`,
      };
      return { status: 200, headers, body: afterFirst(await firstOf(chunks), chunks), isLongRunning: true };
    },
  };
}

async function* untilDone(
  chunks: AsyncIterable<Uint8Array>,
  onDone: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } finally {
    onDone();
  }
}

/** The copy of the store is made before the first chunk comes: what is wrong can still be answered. */
async function firstOf(chunks: AsyncGenerator<Uint8Array, void>): Promise<IteratorResult<Uint8Array, void>> {
  try {
    return await chunks.next();
  } catch (cause) {
    const isFull = isDiskFull(cause) || (cause instanceof StoreError && cause.code === 'Full');
    if (isFull)
      throw new ApiError('InsufficientStorage', 'Cannot make a backup: no space is left for it', {}, { cause });
    if (cause instanceof StoreError) throw new ApiError('ServiceUnavailable', errorText(cause), {}, { cause });
    throw cause;
  }
}

/** The chunks from a first one on that was taken already. */
function afterFirst(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncIterable<Uint8Array> {
  let isFirst = true;
  const next = () => {
    if (!isFirst) return rest.next();
    isFirst = false;
    return Promise.resolve(first);
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: () => rest.return() }) };
}
