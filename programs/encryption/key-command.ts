import { spawn } from 'node:child_process';
import { type KeyService, KeyServiceError, keyIdBytesMax, wrappedKeyBytesMax } from '../../kernel/ports/keys.ts';
import type { ServiceConfig } from './configuration.ts';

/** Most that a command may answer, bytes. */
const answerBytesMax = 64 * 1024;

/**
 * A key management service behind a command, which is run without a shell for each request. It reads one line of JSON and
 * answers with one, in the words of Kubernetes' KMS v2 plugins:
 *
 * `{"operation": "status"}` → `{"keyId": "…"}` · `{"operation": "encrypt", "plaintext": base64}` → `{"keyId": "…", "ciphertext": base64}` ·
 * `{"operation": "decrypt", "keyId": "…", "ciphertext": base64}` → `{"plaintext": base64}`.
 *
 * Anything but exit code 0 and such an answer in time is a failure. What it writes to standard error is not read.
 */
export function commandKeyService({ name, argv, timeoutMs }: Extract<ServiceConfig, { kind: 'command' }>): KeyService {
  const [command = ''] = argv;
  const place = `the key service of the command "${command}"`;
  const ask = async (question: Readonly<Record<string, unknown>>, signal: AbortSignal) => {
    try {
      return await runCommand(
        argv,
        `${JSON.stringify(question)}\n`,
        AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      );
    } catch (cause) {
      signal.throwIfAborted();
      const isLate = cause instanceof Error && cause.name === 'TimeoutError';
      const why = isLate
        ? `it did not answer within ${timeoutMs} ms`
        : String(cause instanceof Error ? cause.message : cause);
      throw new KeyServiceError('Unavailable', `cannot ${String(question['operation'])}: ${why}`, { cause });
    }
  };
  return {
    name,
    place,
    isRemote: true,
    status: async (signal) => keyIdOf(await ask({ operation: 'status' }, signal)),
    async wrap(dataKey, signal) {
      const answer = await ask({ operation: 'encrypt', plaintext: toBase64(dataKey) }, signal);
      return { keyId: keyIdOf(answer), wrapped: bytesOf(answer, 'ciphertext', wrappedKeyBytesMax) };
    },
    async unwrap({ keyId, wrapped }, signal) {
      const answer = await ask({ operation: 'decrypt', keyId, ciphertext: toBase64(wrapped) }, signal);
      return bytesOf(answer, 'plaintext', wrappedKeyBytesMax);
    },
  };
}

type Answer = Readonly<Record<string, unknown>>;

function keyIdOf({ keyId }: Answer): string {
  if (typeof keyId === 'string' && keyId !== '' && Buffer.byteLength(keyId) <= keyIdBytesMax) return keyId;
  throw new KeyServiceError('Unavailable', `its answer has no keyId of 1 to ${keyIdBytesMax} bytes`);
}

function bytesOf(answer: Answer, field: string, bytesMax: number): Uint8Array {
  const text = answer[field];
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  if (bytes.length >= 1 && bytes.length <= bytesMax) return bytes;
  throw new KeyServiceError('Unavailable', `its answer has no ${field} of 1 to ${bytesMax} bytes in base64`);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** @throws what went wrong, without a word of what was said: there are keys in it. */
async function runCommand(argv: readonly string[], question: string, signal: AbortSignal): Promise<Answer> {
  const [command = '', ...parameters] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // A group of its own: whatever it has started ends with it.
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const giveUp = () => {
    reject(signal.reason);
    killGroup(child.pid);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  const chunks: Buffer[] = [];
  let byteCount = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    byteCount += chunk.length;
    if (byteCount <= answerBytesMax) return void chunks.push(chunk);
    reject(new Error(`it answered with more than ${answerBytesMax} bytes`));
    killGroup(child.pid);
  });
  child.stdin.on('error', () => undefined); // it ended without reading, its exit code says how
  child.on('error', (error) => reject('code' in error ? new Error(`it cannot be run (${String(error.code)})`) : error));
  child.on('close', (code, by) => {
    if (code === 0) resolve(Buffer.concat(chunks));
    else reject(new Error(`it ended with ${by ?? `exit code ${code}`}`));
  });
  child.stdin.end(question);
  try {
    return parseAnswer(await promise);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function parseAnswer(bytes: Buffer): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(bytes.toString());
  } catch {
    answer = undefined; // what the parser says may quote a key
  }
  if (typeof answer === 'object' && answer !== null) return answer as Answer;
  throw new Error('its answer is no JSON object');
}
