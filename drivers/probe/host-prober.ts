import type * as http from 'node:http';
import { request as requestHttps } from 'node:https';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type { Clock } from '../../kernel/base/clock.ts';
import type { ProbeResult, ProbeTarget, Prober } from '../api/probe.ts';

/** Required, not imported: an import evaluates every export of node:http, all of fetch among them (10 MB, 30 ms). */
const { request: requestHttp } = createRequire(import.meta.url)('node:http') as typeof http;

/** What the prober needs. */
export interface HostProberOptions {
  readonly clock: Clock;
}

type HttpTarget = ProbeTarget & { readonly kind: 'http' };

/** Most of an answer's body read for the message; the rest is not waited for. */
const bodyBytesMax = 10_240;

/** Probes over real sockets, one connection per attempt, as the kubelet does; certificates are not checked. */
export function openHostProber({ clock }: HostProberOptions): Prober {
  return {
    async probe(target, { timeoutMs }, signal) {
      signal.throwIfAborted();
      const limit = AbortSignal.any([signal, clock.timeoutSignal(timeoutMs)]);
      try {
        return await (target.kind === 'tcp' ? probeTcp(target, limit) : probeHttp(target, limit));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (limit.aborted) return { ok: false, message: `${subjectOf(target)}: timed out after ${timeoutMs} ms` };
        return {
          ok: false,
          message: `${subjectOf(target)}: ${error instanceof Error ? error.message : String(error)}`,
        };
      }
    },
  };
}

function probeTcp(
  { address, port }: ProbeTarget & { readonly kind: 'tcp' },
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
  const socket = connect({ host: address, port });
  const onAbort = () => socket.destroy(new Error('timed out'));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => {
    resolve({ ok: true, message: '' });
    socket.destroy();
  });
  socket.once('error', reject);
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

async function probeHttp(target: HttpTarget, signal: AbortSignal): Promise<ProbeResult> {
  const response = await getResponse(target, signal);
  try {
    const body = await readBody(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 400) return { ok: true, message: body };
    return { ok: false, message: `HTTP probe failed with statuscode: ${status}` };
  } finally {
    response.destroy();
  }
}

function getResponse(target: HttpTarget, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const given = Object.fromEntries(target.headers.map(({ name, value }) => [name.toLowerCase(), value]));
  const options = {
    host: target.address,
    port: target.port,
    path: target.path.startsWith('/') ? target.path : `/${target.path}`,
    headers: { 'user-agent': 'planform-probe', accept: '*/*', connection: 'close', ...given },
    signal,
    agent: false,
  } as const;
  const request =
    target.scheme === 'HTTPS' ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
  request.once('response', resolve);
  request.on('error', reject);
  request.end();
  return promise;
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes >= bodyBytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8');
}

/** What the kubelet's messages begin with. */
function subjectOf(target: ProbeTarget): string {
  if (target.kind === 'tcp') return `dial tcp ${target.address}:${target.port}`;
  return `Get "${target.scheme.toLowerCase()}://${target.address}:${target.port}${target.path}"`;
}
