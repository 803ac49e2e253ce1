import { systemClock } from '../../kernel/base/system-clock.ts';
import { jsonOrText } from '../../kernel/client/http/http-client.ts';
import { connectNodeTransport } from '../../kernel/client/http/node-transport.ts';
import { readWhole } from '../../kernel/client/http/transport.ts';
import { errorText, isApiError } from '../../kernel/meta/errors.ts';
import { statusToError } from '../../kernel/server/status.ts';
import { CommandError } from '../cli/exit.ts';
import { readKubeconfig } from '../cli/kubeconfig.ts';
import type { ServerChoice } from '../cli/options.ts';
import { backupPaths } from './path.ts';

/** A backup on its way. */
export interface FetchedBackup extends AsyncDisposable {
  /** How the server would call the file. */
  readonly fileName: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Longest error answer that is read, bytes. */
const refusalBytesMax = 64 * 1024;

/**
 * Asks a server for a backup of itself. @param contents without the keys of its Secrets, or with them.
 * @throws {CommandError} when it cannot be reached or refuses.
 */
export async function fetchBackup(
  choice: ServerChoice,
  contents: keyof typeof backupPaths,
  signal: AbortSignal,
): Promise<FetchedBackup> {
  const { server } = await readKubeconfig(choice);
  try {
    const transport = await connectNodeTransport({ ...server, clock: systemClock }, signal);
    const headers = { 'user-agent': 'planform' };
    const path = backupPaths[contents];
    const response = await transport.request({ method: 'GET', path, headers, body: undefined, signal });
    if (response.status !== 200) {
      throw statusToError(response.status, jsonOrText(await readWhole(response.body, refusalBytesMax)));
    }
    const [, fileName = 'planform-backup.tar'] =
      /filename="(planform-[\w.-]+\.tar)"/.exec(response.headers['content-disposition'] ?? '') ?? [];
    return {
      fileName,
      chunks: response.body,
      async [Symbol.asyncDispose]() {
        transport.destroy();
        await transport.closed;
      },
    };
  } catch (cause) {
    if (!isApiError(cause, 'ServiceUnavailable', 'Forbidden', 'Unauthorized')) throw cause;
    const hint = 'only an administrator may make backups; say whose with --kubeconfig, or name the folder with --data';
    throw new CommandError(`Cannot get a backup from ${server.url}: ${errorText(cause)}`, hint, { cause });
  }
}
