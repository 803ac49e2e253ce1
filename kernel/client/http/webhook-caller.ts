import type { Agent, RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { errorText } from '../../meta/errors.ts';
import type { WebhookCall, WebhookCaller } from '../../ports/webhook.ts';
import type { WebhookAddress } from '../../schema/kind.ts';
import { readWhole } from './transport.ts';

/** Calls running side by side; later ones wait. */
const callsAtOnceMax = 32;
/** Calls that may wait; more are refused, so that a server that hangs does not fill the memory. */
const callsWaitingMax = 1_000;
/** Longest answer, bytes. */
const answerBytesMax = 16 * 1024 * 1024;
/** Connections that are kept open for one webhook. */
const idleConnectionsMax = 4;
/** Characters of an error page that are told. */
const shownLengthMax = 200;

/** Where a Service is reached. */
export interface ServiceLocation {
  readonly host: string;
  readonly port: number;
}

/** Finds out where a Service is reached. @throws {Error} saying why it is not. */
export type ServiceResolver = (
  service: { readonly namespace: string; readonly name: string; readonly port: number },
  signal: AbortSignal,
) => Promise<ServiceLocation>;

/** What calling webhooks needs. */
export interface WebhookCallerOptions {
  readonly resolveService: ServiceResolver;
  readonly clock: Clock;
}

/**
 * Calls webhooks over HTTPS, as kube-apiserver does: `POST …?timeout=30s`, the certificate checked against the webhook's
 * `caBundle` and the name `<service>.<namespace>.svc` or the host of its URL. Redirects are not followed.
 */
export function httpWebhookCaller({ resolveService, clock }: WebhookCallerOptions): WebhookCaller {
  const turns = new Turns();
  const agents = new Agents();
  return {
    async post({ address, body, timeoutMs, signal, headers }: WebhookCall) {
      const url = urlOf(address, timeoutMs);
      const ending = AbortSignal.any([signal, clock.timeoutSignal(timeoutMs)]);
      try {
        using _turn = await turns.next(ending);
        const location = address.service === undefined ? undefined : await resolveService(address.service, ending);
        return await send(url, body, { address, location, agents, headers, signal: ending });
      } catch (cause) {
        if (signal.aborted) throw signal.reason;
        const why = ending.aborted ? `no answer within ${timeoutMs / 1000} s` : errorText(cause);
        throw new Error(`Post ${JSON.stringify(url.href)}: ${why}`, { cause });
      }
    },
  };
}

function urlOf({ url, service }: WebhookAddress, timeoutMs: number): URL {
  const { namespace, name, path = '', port } = service ?? { namespace: '', name: '', port: 443 };
  const found = new URL(url ?? `https://${name}.${namespace}.svc:${port}${path}`);
  found.searchParams.set('timeout', `${timeoutMs / 1000}s`);
  return found;
}

interface Sending {
  readonly address: WebhookAddress;
  /** Where to connect to instead of the host of the URL. */
  readonly location: ServiceLocation | undefined;
  readonly agents: Agents;
  readonly headers: WebhookCall['headers'];
  readonly signal: AbortSignal;
}

async function send(
  url: URL,
  body: unknown,
  { address, location, agents, headers, signal }: Sending,
): Promise<unknown> {
  // Imported by the first call: most servers never make one, and it costs 10 MiB and 30 ms.
  const { request } = await import('node:https');
  const bytes = Buffer.from(JSON.stringify(body));
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      host: url.host,
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': bytes.length,
      ...headers,
    },
    agent: await agents.of(address),
    ...(location === undefined ? {} : { hostname: location.host, port: location.port, servername: url.hostname }),
    signal,
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(url, options, resolve);
  outgoing.on('error', reject);
  outgoing.end(bytes);
  const answer = await promise;
  const text = Buffer.from(await readWhole(answer as AsyncIterable<Uint8Array>, answerBytesMax)).toString('utf8');
  const { statusCode = 0 } = answer;
  if (statusCode < 200 || statusCode > 299) throw new Error(refusalText(statusCode, text));
  return parseAnswer(text);
}

/** Texts of client-go for answers that are no success. */
function refusalText(statusCode: number, text: string): string {
  if (statusCode === 404) return 'the server could not find the requested resource';
  const shown = JSON.stringify(text.slice(0, shownLengthMax).trim());
  if (statusCode >= 500) return `an error on the server (${shown}) has prevented the request from succeeding`;
  return `the server answered with HTTP ${statusCode} (${shown})`;
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`the answer is no JSON: ${errorText(cause)}`, { cause });
  }
}

/** Keeps connections to webhooks open, those of one authority together. */
class Agents {
  readonly #agents = new Map<string, Agent>();

  async of({ caBundle = '' }: WebhookAddress): Promise<Agent> {
    const { Agent: HttpsAgent } = await import('node:https');
    return this.#agents.getOrInsertComputed(
      caBundle,
      () =>
        new HttpsAgent({
          keepAlive: true,
          maxFreeSockets: idleConnectionsMax,
          minVersion: 'TLSv1.2',
          ...(caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64') }),
        }),
    );
  }
}

/** Lets only so many calls run at once. */
class Turns {
  #runningCount = 0;
  readonly #waiting: (() => void)[] = [];

  /** Waits for a turn; disposing ends it. @throws {Error} when too many wait; the abort reason. */
  async next(signal: AbortSignal): Promise<Disposable> {
    if (this.#runningCount >= callsAtOnceMax) await this.#wait(signal);
    else this.#runningCount++;
    return {
      [Symbol.dispose]: () => {
        const next = this.#waiting.shift();
        if (next === undefined) this.#runningCount--;
        else next();
      },
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= callsWaitingMax) throw new Error('too many calls of webhooks wait for an answer');
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#waiting.push(resolve);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}
