import assert from 'node:assert/strict';
import http2 from 'node:http2';
import type { Random } from '../../kernel/base/random.ts';
import type { Hub } from '../kernel/hub.ts';
import type { Attempt, Ledger, SeenChange } from './kernel-ledger.ts';

const collection = '/api/v1/namespaces/default/configmaps';
/** All but the one the server writes by itself. */
const own = 'fieldSelector=metadata.name%21%3Dkube-root-ca.crt';
/** Objects one writer keeps at most. */
const objectsMax = 20;

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly data: { readonly token: string };
}

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Not a number when the answer has none. */
  readonly revision: number;
  readonly text: string;
}

/** An HTTP/2 connection of the administrator. It ends when the server is killed; that is no failure. */
export async function connect(hub: Hub): Promise<http2.ClientHttp2Session> {
  const { ca, admin } = hub.credentials();
  const session = http2.connect(hub.url, { ca, ...admin });
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
  return session.on('error', () => undefined);
}

/**
 * Sends one request. @param type of the body; default JSON, for PATCH a merge patch.
 * @returns `undefined` when the connection ended before the whole answer was there.
 */
export function request(
  session: http2.ClientHttp2Session,
  method: string,
  path: string,
  body?: unknown,
  type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
): Promise<Answer | undefined> {
  if (session.destroyed || session.closed) return Promise.resolve(undefined);
  const stream = session.request({ ':method': method, ':path': path, 'content-type': type });
  let [text, status, revision, isWhole] = ['', 0, 0, false];
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  stream.on('response', (headers) => {
    status = Number(headers[':status']);
    revision = Number(headers['x-planform-resource-version']);
  });
  stream.on('end', () => (isWhole = !stream.aborted));
  stream.on('error', () => undefined);
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve) => {
    stream.on('close', () => resolve(isWhole && status !== 0 ? { status, revision, text } : undefined));
  });
}

/** All objects with their tokens, and the revision of the list. */
export async function list(
  session: http2.ClientHttp2Session,
): Promise<{ tokens: Map<string, string>; revision: number }> {
  const answer = await request(session, 'GET', `${collection}?${own}`);
  assert.ok(answer !== undefined, 'The server answers a list');
  assert.equal(answer.status, 200, answer.text);
  const { items, metadata } = JSON.parse(answer.text) as { items: ConfigMap[]; metadata: { resourceVersion: string } };
  return {
    tokens: new Map(items.map((item) => [item.metadata.name, item.data.token])),
    revision: Number(metadata.resourceVersion),
  };
}

/** A client that creates, changes and deletes objects of its own, one write at a time, over all lives of a server. */
export class Writer {
  readonly #id: string;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #objects = new Map<string, string>();
  #count = 0;

  constructor(id: string, ledger: Ledger, random: Random) {
    this.#id = id;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** What of its objects is there after a restart. */
  adopt(listed: ReadonlyMap<string, string>): void {
    this.#objects.clear();
    for (const [name, token] of listed) if (name.startsWith(`${this.#id}-`)) this.#objects.set(name, token);
  }

  /** Writes until the connection ends. */
  async run(session: http2.ClientHttp2Session): Promise<void> {
    while (await this.write(session));
  }

  /** One write. @returns false when the server has gone. */
  async write(session: http2.ClientHttp2Session): Promise<boolean> {
    const attempt = this.#next();
    const { operation, name, token } = attempt;
    this.#ledger.begin(attempt);
    const path = operation === 'create' ? collection : `${collection}/${name}`;
    const method = { create: 'POST', update: 'PATCH', delete: 'DELETE' }[operation];
    const body = operation === 'create' ? { metadata: { name }, data: { token } } : { data: { token } };
    const answer = await request(session, method, path, operation === 'delete' ? undefined : body);
    if (answer === undefined) return false;
    assert.equal(answer.status, operation === 'create' ? 201 : 200, `${operation} ${name}: ${answer.text}`);
    assert.ok(Number.isSafeInteger(answer.revision), `${operation} ${name} names its revision`);
    this.#ledger.acknowledge(attempt, answer.revision);
    if (operation === 'delete') this.#objects.delete(name);
    else this.#objects.set(name, token);
    return true;
  }

  #next(): Attempt {
    const number = this.#count++;
    const token = `${this.#id}.${number}`;
    const objects = [...this.#objects];
    const [name, oldToken] = objects[Math.floor(this.#random.nextFloat() * objects.length)] ?? [];
    const choice = this.#random.nextFloat();
    if (name === undefined || oldToken === undefined || (choice < 0.4 && objects.length < objectsMax)) {
      return { operation: 'create', name: `${this.#id}-${number}`, token };
    }
    return choice < 0.75 ? { operation: 'update', name, token } : { operation: 'delete', name, token: oldToken };
  }
}

/** A watch that goes on after every restart from the last revision it saw. */
export class Follower {
  readonly seen: SeenChange[] = [];
  readonly problems: string[] = [];
  #last: number;

  constructor(revision: number) {
    this.#last = revision;
  }

  /** Last revision seen, in an event or a bookmark. */
  get last(): number {
    return this.#last;
  }

  /** Follows until the connection ends. */
  follow(session: http2.ClientHttp2Session): Promise<void> {
    const path = `${collection}?${own}&watch=1&allowWatchBookmarks=true&resourceVersion=${this.#last}`;
    const stream = session.request({ ':path': path });
    let rest = '';
    stream.on('response', (headers) => {
      if (headers[':status'] !== 200) this.problems.push(`Watch from ${this.#last}: status ${headers[':status']}`);
    });
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    stream.on('error', () => undefined);
    return new Promise((resolve) => stream.on('close', resolve));
  }

  #take(line: string): void {
    const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: ConfigMap };
    const operation = operations[type];
    if (operation === undefined && type !== 'BOOKMARK') return void this.problems.push(line);
    const revision = Number(object.metadata.resourceVersion);
    this.#last = revision;
    if (operation === undefined) return;
    this.seen.push({ operation, name: object.metadata.name, token: object.data.token, revision });
  }
}

const operations: Readonly<Record<string, Attempt['operation']>> = {
  ADDED: 'create',
  MODIFIED: 'update',
  DELETED: 'delete',
};
