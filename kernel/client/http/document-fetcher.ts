import type { IncomingMessage } from 'node:http';
import type { DocumentAddress } from '../../auth/oidc/documents.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import { readWhole } from './transport.ts';

/** Longest document, bytes. */
const documentBytesMax = 256 * 1024;

/**
 * Fetches a JSON object over https: TLS 1.2 at least, no redirects, no credentials, 256 KiB at most.
 * @throws {Error} saying what went wrong, with the URL; the abort reason when `signal` aborts.
 */
export async function fetchDocument({ url, caPem }: DocumentAddress, signal: AbortSignal): Promise<JsonObject> {
  try {
    // Imported by the first call: most servers never make one, and it costs 10 MiB.
    const { request } = await import('node:https');
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const trust = caPem === undefined ? {} : { ca: caPem };
    const headers = { accept: 'application/json' };
    const outgoing = request(url, { ...trust, headers, agent: false, minVersion: 'TLSv1.2', signal }, resolve);
    outgoing.on('error', reject);
    outgoing.end();
    const answer = await promise;
    const bytes = await readWhole(answer as AsyncIterable<Uint8Array>, documentBytesMax);
    if (answer.statusCode !== 200) throw new Error(`the server answered with HTTP ${answer.statusCode}`);
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (!isJsonObject(value)) throw new Error('the answer is no JSON object');
    return value;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`Cannot get ${JSON.stringify(url)}`, { cause });
  }
}
