import type { IncomingMessage } from 'node:http';
import type { DocumentAddress } from '../../auth/oidc/documents.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import { readWhole } from './transport.ts';

/** Longest document, bytes. */
const documentBytesMax = 256 * 1024;

/** What a server answered to a form. */
export interface FormAnswer {
  readonly status: number;
  readonly value: JsonObject;
}

/**
 * Fetches a JSON object over https: TLS 1.2 at least, no redirects, no credentials, 256 KiB at most.
 * @throws {Error} saying what went wrong, with the URL; the abort reason when `signal` aborts.
 */
export async function fetchDocument(address: DocumentAddress, signal: AbortSignal): Promise<JsonObject> {
  return exchange(address, undefined, signal, ({ status, value }) => {
    if (status !== 200) throw new Error(`the server answered with HTTP ${status}`);
    return value();
  });
}

/**
 * Sends a form and reads the JSON object that comes back, whatever the status; bounded as `fetchDocument`. What is sent is in no error.
 * @throws {Error} as `fetchDocument`.
 */
export async function postForm(
  address: DocumentAddress,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<FormAnswer> {
  const body = new URLSearchParams(fields).toString();
  return exchange(address, body, signal, ({ status, value }) => ({ status, value: value() }));
}

interface Answer {
  readonly status: number;
  /** @throws {Error} when it is no JSON object. */
  readonly value: () => JsonObject;
}

async function exchange<T>(
  { url, caPem }: DocumentAddress,
  form: string | undefined,
  signal: AbortSignal,
  read: (answer: Answer) => T,
): Promise<T> {
  try {
    // Imported by the first call: most servers never make one, and it costs 10 MiB.
    const { request } = await import('node:https');
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const trust = caPem === undefined ? {} : { ca: caPem };
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const options = { ...trust, agent: false as const, minVersion: 'TLSv1.2' as const, signal };
    const method = form === undefined ? 'GET' : 'POST';
    const headers = { accept: 'application/json', ...type };
    const outgoing = request(url, { ...options, method, headers }, resolve);
    outgoing.on('error', reject);
    outgoing.end(form);
    const answer = await promise;
    const bytes = await readWhole(answer as AsyncIterable<Uint8Array>, documentBytesMax);
    return read({ status: answer.statusCode ?? 0, value: () => parseObject(bytes) });
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`Cannot ${form === undefined ? 'get' : 'post to'} ${JSON.stringify(url)}`, { cause });
  }
}

function parseObject(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // The parser would quote what it read, and that may be a token.
    throw new Error('the answer is no JSON');
  }
  if (!isJsonObject(value)) throw new Error('the answer is no JSON object');
  return value;
}
