import https from 'node:https';
import type { Hub, Identity } from './hub.ts';
import { jsonOf } from './json-text.ts';

/** One request, as raw as a test needs it. */
export interface RawRequest {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, with its length; a list is sent in chunks without one. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  /** Default: the administrator. */
  readonly as?: Identity;
  /** Whose connections it uses. Default: a connection of its own. */
  readonly agent?: https.Agent;
}

/** Longest time an answer may take: a request that is never answered fails with its name, instead of the test by its limit. */
const answerTimeoutMs = 90_000;

/** An answer, its body read as text and, where it is JSON, as that. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Empty where the body is not JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Nobody in particular. */
export const anonymous: Identity = {};

/** Sends one request over HTTP/1.1. Rejects when its connection breaks, or its answer takes longer than 90 s. */
export function send(hub: Hub, request: RawRequest): Promise<RawAnswer> {
  const { ca, admin } = hub.credentials();
  const { cert, key, bearerToken }: Identity = request.as ?? admin;
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const outgoing = https.request(`${hub.url}${request.path}`, {
    agent: request.agent ?? false,
    method: request.method ?? 'GET',
    ca,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    headers: {
      ...(bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` }),
      ...request.headers,
    },
  });
  const late = () => outgoing.destroy(new Error(`No answer within ${answerTimeoutMs} ms: ${request.path}`));
  const timer = setTimeout(late, answerTimeoutMs);
  outgoing.on('close', () => clearTimeout(timer));
  outgoing.on('error', reject);
  outgoing.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) }),
    );
    response.on('error', reject);
  });
  const { body } = request;
  if (Array.isArray(body)) for (const chunk of body as readonly Uint8Array[]) outgoing.write(chunk);
  else if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body as string | Uint8Array));
  outgoing.end(Array.isArray(body) ? undefined : body);
  return promise;
}
