import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { jsonOrText } from '../../kernel/client/http/http-client.ts';
import { connectNodeTransport } from '../../kernel/client/http/node-transport.ts';
import { readWhole, type TransportResponse } from '../../kernel/client/http/transport.ts';
import { errorText, isApiError } from '../../kernel/meta/errors.ts';
import { statusToError } from '../../kernel/server/status.ts';
import { CommandError, exitCodes } from '../cli/exit.ts';
import { readKubeconfig } from '../cli/kubeconfig.ts';
import { isServerNamed, type ServerChoice } from '../cli/options.ts';
import { formatTable, note, print } from '../cli/output.ts';
import { pathProblem } from '../data-folder.ts';
import type { EncryptionStatus, RotationProgress } from './encryption.ts';
import { KeyFile } from './key-file.ts';
import { encryptionPath } from './path.ts';

/** Which server is asked: that of the data folder, unless another one is named. */
export interface FolderChoice extends ServerChoice {
  readonly data: string;
}

const answerBytesMax = 1024 * 1024;

/** Prints what is encrypted with what. @returns the exit code: 3 when a rotation is needed. */
export async function runEncryptionStatus(
  choice: FolderChoice & { readonly output: 'table' | 'json' },
  signal: AbortSignal,
): Promise<number> {
  const status = await ask(choice, { method: 'GET', path: encryptionPath }, signal, async ({ body }) => {
    return jsonOrText(await readWhole(body, answerBytesMax)) as EncryptionStatus;
  });
  if (choice.output === 'json') print(JSON.stringify(status));
  else for (const line of describe(status)) print(line);
  return status.outdatedCount === 0 && status.findings.length === 0 ? exitCodes.done : exitCodes.unhealthy;
}

/** One line for each key, then what is not as it should be. */
function describe({ services, keys, clearCount, outdatedCount, findings, isRotating }: EncryptionStatus): string[] {
  const rows = services.flatMap(({ name, place, writesWith, keys: own = [] }) => {
    const used = keys.filter(({ service }) => service === name).map(({ keyId }) => keyId);
    const ids = new Set([...(writesWith === undefined ? [] : [writesWith]), ...own, ...used]);
    return [...ids].map((id) => {
      const rowCount = keys.find(({ service, keyId }) => service === name && keyId === id)?.rowCount ?? 0;
      return [name, id, id === writesWith ? 'write' : 'read', String(rowCount), place];
    });
  });
  const unknown = keys.filter(({ service }) => !services.some(({ name }) => name === service));
  rows.push(
    ...unknown.map(({ service, keyId, rowCount }) => [service, keyId, 'none', String(rowCount), 'not configured']),
  );
  const table =
    rows.length === 0 ? 'nothing is encrypted' : formatTable(['SERVICE', 'KEY', 'USE', 'ROWS', 'WHERE'], rows);
  const problems = services.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return [
    table,
    ...(clearCount > 0 ? [`${clearCount} rows are in the clear and would be encrypted today`] : []),
    ...(outdatedCount > 0
      ? [`${outdatedCount} rows are not as they would be written today: planform encryption rotate`]
      : []),
    ...(isRotating ? ['a rotation is under way'] : []),
    ...problems,
    ...findings,
  ];
}

/** Rotates and shows how it goes. @throws {CommandError} when it does not end well. */
export async function runRotate(choice: FolderChoice, signal: AbortSignal): Promise<void> {
  const request = { method: 'POST', path: `${encryptionPath}/rotate` };
  const last = await ask(choice, request, signal, async ({ body }) => {
    let progress: RotationProgress | undefined;
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n');
      rest = lines.pop() ?? '';
      const line = lines.at(-1);
      if (line === undefined) continue;
      progress = JSON.parse(line) as RotationProgress;
      if (!progress.isDone) note(`${progress.rowsRead} rows read, ${progress.rowsRewritten} rewritten`);
    }
    return progress;
  });
  if (last?.isDone === true && last.failure === undefined) {
    print(`rotated: ${last.rowsRewritten} rows rewritten, none is left under another key`);
    return;
  }
  const hint = 'it goes on when the server is started again, or when this is said again';
  throw new CommandError(`The rotation did not end: ${last?.failure ?? 'the server is gone'}`, hint);
}

/** Removes a key that nothing needs. */
export async function runRemoveKey(id: string, choice: FolderChoice, signal: AbortSignal): Promise<void> {
  const request = { method: 'DELETE', path: `${encryptionPath}/keys/${encodeURIComponent(id)}` };
  await ask(choice, request, signal, ({ body }) => readWhole(body, answerBytesMax));
  print(`removed key ${id}`);
}

/** Makes a key file. @throws {CommandError} when there is something of that name. */
export async function runNewKey(file: string): Promise<void> {
  const path = resolve(file);
  if (existsSync(path)) throw new CommandError(`Cannot make the key file "${path}": there is something of that name`);
  try {
    const keyFile = await KeyFile.open(path, { clock: systemClock, random: systemRandom });
    print(await keyFile.add());
  } catch (cause) {
    const why = pathProblem(cause, 'no file can be made there');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot make the key file "${path}": ${why}`, undefined, { cause });
  }
  note(`wrote ${path}: keep a copy where the backups are not; without it nothing encrypted with it can be read`);
}

/** One request to the server. @throws {CommandError} when it cannot be reached or refuses. */
async function ask<T>(
  choice: FolderChoice,
  { method, path }: { readonly method: string; readonly path: string },
  signal: AbortSignal,
  read: (response: TransportResponse) => Promise<T>,
): Promise<T> {
  const own = { kubeconfig: join(resolve(choice.data), 'kubeconfig') };
  const { server } = await readKubeconfig(isServerNamed(choice) ? choice : own);
  try {
    const transport = await connectNodeTransport({ ...server, clock: systemClock }, signal);
    try {
      const headers = { 'user-agent': 'planform' };
      const response = await transport.request({ method, path, headers, body: undefined, signal });
      if (response.status === 200) return await read(response);
      throw statusToError(response.status, jsonOrText(await readWhole(response.body, answerBytesMax)));
    } finally {
      transport.destroy();
      await transport.closed;
    }
  } catch (cause) {
    if (!isApiError(cause, 'ServiceUnavailable', 'Forbidden', 'Unauthorized')) throw cause;
    const hint = 'the server must run; say which with --data, or an administrator of it with --kubeconfig';
    throw new CommandError(`Cannot ask ${server.url} about encryption: ${errorText(cause)}`, hint, { cause });
  }
}
