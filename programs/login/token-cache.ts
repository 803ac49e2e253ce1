import { createHash } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { isJsonObject } from '../../kernel/meta/object.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { CommandError } from '../cli/exit.ts';
import type { LoginClient, Tokens } from './issuer.ts';

/** A lock that is older is left over from a process that was killed. */
const lockAgeMaxMs = 60_000;
const lockRetryMs = 50;

/** Where tokens of a person are kept between two kubectls: one file per issuer and client, 0600 in a folder 0700. */
export class TokenCache {
  readonly #folder: string;
  readonly #path: string;

  constructor({ issuerUrl, clientId, scopes }: LoginClient) {
    const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
    this.#folder = join(base, 'planform', 'tokens');
    const name = createHash('sha256')
      .update(JSON.stringify([issuerUrl, clientId, scopes]))
      .digest('hex');
    this.#path = join(this.#folder, `${name}.json`);
  }

  /** What is kept; nothing when there is none or it is damaged. */
  async read(): Promise<Tokens | undefined> {
    const text = await readFileIfThere(this.#path);
    return text === undefined ? undefined : parseTokens(text);
  }

  async write(tokens: Tokens): Promise<void> {
    await replaceFile(this.#path, JSON.stringify(tokens), 0o600);
  }

  /** Lets one process at a time refresh: issuers take a refresh token once. @throws {CommandError} when another one takes too long. */
  async locked<T>(work: () => Promise<T>, stop: AbortSignal): Promise<T> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const lock = `${this.#path}.lock`;
    const giveUpAtMs = systemClock.monotonicMs() + lockAgeMaxMs;
    while (!(await take(lock))) {
      if (systemClock.monotonicMs() > giveUpAtMs) {
        throw new CommandError(`Another process is refreshing the token`, `if none is, remove "${lock}"`);
      }
      await systemClock.sleep(lockRetryMs, stop);
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    await file.close();
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (await isOld(lock)) await rm(lock, { force: true });
    return false;
  }
}

async function isOld(lock: string): Promise<boolean> {
  try {
    return systemClock.nowMs() - (await stat(lock)).mtimeMs > lockAgeMaxMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function parseTokens(text: string): Tokens | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // a damaged cache is an empty one
  }
  if (!isJsonObject(value)) return undefined;
  const { idToken, refreshToken, endsAtMs } = value;
  if (typeof idToken !== 'string' || typeof endsAtMs !== 'number') return undefined;
  return { idToken, endsAtMs, ...(typeof refreshToken === 'string' ? { refreshToken } : {}) };
}
