import { spawn } from 'node:child_process';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { CommandError } from '../cli/exit.ts';
import { note } from '../cli/output.ts';
import { type Issuer, type LoginClient, RefusedError, type Tokens } from './issuer.ts';

/** How long a person may take. */
const loginTimeoutMs = 5 * 60_000;
const callbackPath = '/callback';

/** How the browser flow is done. */
export interface BrowserOptions {
  /** Open a browser; else the URL is only printed. */
  readonly opensBrowser: boolean;
  /** Port of the address the browser comes back to, 0: any. */
  readonly port: number;
}

/**
 * Logs in with a browser: authorization code with PKCE, back to a server on the loopback address that takes one answer
 * (RFC 8252, RFC 7636). @throws {CommandError} when the person or the issuer refuses, or nothing happens for five minutes.
 */
export async function browserLogin(
  issuer: Issuer,
  client: LoginClient,
  { opensBrowser, port }: BrowserOptions,
  stop: AbortSignal,
): Promise<Tokens> {
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  await using callback = await listen(port, state);
  const url = new URL(issuer.endpoint('authorization_endpoint'));
  const asked = {
    client_id: client.clientId,
    response_type: 'code',
    scope: issuer.scope,
    redirect_uri: callback.url,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  note(`Log in here: ${url.href}`);
  if (opensBrowser) openBrowser(url.href);
  const answer = await callback.answer(AbortSignal.any([stop, systemClock.timeoutSignal(loginTimeoutMs)]), stop);
  const named = answer.get('iss');
  if (named !== null && named !== client.issuerUrl) {
    throw new CommandError(`Cannot log in: the answer is from ${JSON.stringify(named)}`);
  }
  const code = answer.get('code');
  if (code === null) throw new RefusedError('Cannot log in', Object.fromEntries(answer));
  const grant = { grant_type: 'authorization_code', code, redirect_uri: callback.url, code_verifier: verifier };
  return await issuer.tokens(grant, stop, nonce);
}

/** 256 random bits. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

interface Callback extends AsyncDisposable {
  readonly url: string;
  /** What the browser brought back. @throws {CommandError} when it did not in time; the abort reason of `stop`. */
  answer(ending: AbortSignal, stop: AbortSignal): Promise<URLSearchParams>;
}

async function listen(port: number, state: string): Promise<Callback> {
  const { createServer } = await import('node:http');
  const { promise: answered, resolve } = Promise.withResolvers<URLSearchParams>();
  const server = createServer((request, response) => takeAnswer(request, response, state, resolve));
  server.requestTimeout = 10_000;
  await new Promise<void>((ready, reject) => {
    const failed = (cause: Error) =>
      reject(new CommandError(`Cannot listen on 127.0.0.1:${port}`, 'choose another --redirect-port', { cause }));
    server.once('error', failed);
    server.listen(port, '127.0.0.1', ready);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}${callbackPath}`,
    async answer(ending, stop) {
      const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
      ending.addEventListener('abort', () => end(undefined), { once: true });
      const found = ending.aborted ? undefined : await Promise.race([answered, ended]);
      stop.throwIfAborted();
      if (found === undefined) throw new CommandError('Nobody logged in for five minutes', 'try again');
      return found;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Only the answer to this login is taken; nothing of it is shown on the page. */
function takeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  state: string,
  take: (answer: URLSearchParams) => void,
): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const isOurs =
    request.method === 'GET' && url.pathname === callbackPath && isSame(url.searchParams.get('state'), state);
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' };
  if (!isOurs) return void response.writeHead(404, headers).end('This is no answer to a login.\n');
  const text = url.searchParams.has('code')
    ? 'You may close this window.\n'
    : 'The login was refused; the terminal says why.\n';
  response.writeHead(200, headers).end(text);
  response.once('close', () => take(url.searchParams));
}

function isSame(shown: string | null, expected: string): boolean {
  const [a, b] = [Buffer.from(shown ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `BROWSER`, or what the system opens web pages with. A failure is no matter: the URL was printed. */
function openBrowser(url: string): void {
  const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };
  const program = process.env['BROWSER'] ?? openers[process.platform] ?? 'xdg-open';
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  child.on('error', () => note('No browser could be opened: open the address yourself, or use --device'));
  child.unref();
}
