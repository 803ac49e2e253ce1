import { setTimeout as delay } from 'node:timers/promises';
import type { Learnt, Transcript } from './transcript.ts';
import type { WireRequest } from './wire.ts';

const attemptsMax = 200;
const pauseMs = 50;

/** What a request says beside its method, path and body. */
export type Extra = NonNullable<WireRequest['headers']>;

/** Short words for requests, all written down in one transcript. */
export function conversation(transcript: Transcript) {
  const ask = (method: string, path: string, body?: unknown, headers: Extra = {}): Promise<Learnt> =>
    transcript.ask({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      headers:
        body === undefined || 'content-type' in headers ? headers : { 'content-type': 'application/json', ...headers },
    });
  const patchOf =
    (type: string) =>
    (path: string, body: unknown, headers: Extra = {}) =>
      ask('PATCH', path, body, { 'content-type': type, ...headers });
  return {
    ask,
    /** Waits, without a trace, until what is at a path is as wanted: servers settle definitions in their own time. */
    until: async (path: string, holds: (json: Learnt['json'], status: number) => boolean): Promise<void> => {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const { json, status } = await transcript.quietly({ method: 'GET', path });
        if (holds(json, status)) return;
        await delay(pauseMs);
      }
      throw new Error(`Wait for ${path}: not as wanted after ${attemptsMax} attempts`);
    },
    note: (text: string) => transcript.note(text),
    get: (path: string, headers?: Extra) => ask('GET', path, undefined, headers),
    post: (path: string, body: unknown, headers?: Extra) => ask('POST', path, body, headers),
    put: (path: string, body: unknown, headers?: Extra) => ask('PUT', path, body, headers),
    remove: (path: string, body?: unknown) => ask('DELETE', path, body),
    merge: patchOf('application/merge-patch+json'),
    json: patchOf('application/json-patch+json'),
    strategic: patchOf('application/strategic-merge-patch+json'),
    apply: patchOf('application/apply-patch+yaml'),
  };
}

/** What a sequence of requests is given. */
export type Conversation = ReturnType<typeof conversation>;

/** A sequence: the same requests to every server, apart from what it learns from the answers. */
export type Sequence = (say: Conversation) => Promise<void>;
