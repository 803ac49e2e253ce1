/** The whole kernel without its transport: requests in, answers out, on a memory store and a virtual clock. */
import { namespaceLifecycle } from '../../admission/namespace-lifecycle.ts';
import type { Feed } from '../../base/feed.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { kernelKinds } from '../../kinds/index.ts';
import type { ApiRequest, ApiResponse, RequestHandler } from '../../ports/endpoint.ts';
import { openRegistry, type Registry } from '../../registry/registry.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { createHandler } from '../handler.ts';
import type { HealthCheck } from '../health.ts';

/** One request as a test writes it. */
export interface WireRequest {
  /** Default: POST with a body, GET without. */
  readonly method?: string;
  /** Path and query. */
  readonly path: string;
  /** Text or bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that was read to its end. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body where it is JSON; fails elsewhere. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any form
  readonly json: any;
}

/** One event of a watch. */
export interface WireEvent {
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly object: any;
}

/** A watch whose events are looked at when they are there. */
export interface WireWatch {
  /** What came so far, without waiting. */
  readonly taken: () => readonly WireEvent[];
  readonly isEnded: () => boolean;
  readonly close: () => void;
}

/** A kernel that answers requests. */
export interface WireWorld {
  readonly clock: VirtualClock;
  readonly registry: Registry;
  readonly handler: RequestHandler;
  readonly send: (request: WireRequest | string) => Promise<WireAnswer>;
  /** Opens a watch; an answer that is no watch is read instead. */
  readonly watch: (path: string, headers?: Readonly<Record<string, string>>) => Promise<WireWatch>;
}

/** What may differ from a kernel with its own kinds that allows everything. */
export interface WireOptions {
  readonly kinds?: readonly KindDefinition[];
  readonly readiness?: readonly HealthCheck[];
  readonly logger?: Logger;
  readonly random?: Random;
}

/** Opens a kernel with the kernel's kinds and those given; the user `admin` asks. */
export async function openWireWorld(options: WireOptions = {}): Promise<WireWorld> {
  const { kinds = [], readiness = [], logger = silentLogger, random = seededRandom(7) } = options;
  const tools = { clock: new VirtualClock(), random };
  const registry = await openRegistry(
    {
      store: openMemoryStore(),
      kinds: [...kernelKinds, ...kinds],
      admission: [namespaceLifecycle],
      log: logger,
      onFatal: (error) => {
        throw error;
      },
      ...tools,
    },
    new AbortController().signal,
  );
  const handler = createHandler({
    resources: registry.resources,
    catalog: registry.catalog,
    authenticator: { authenticate: () => ({ name: 'admin', groups: ['system:masters', 'system:authenticated'] }) },
    authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
    logger,
    version: { product: '0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
    readiness,
    ...tools,
  });
  const send = async (request: WireRequest | string) => {
    const asked = typeof request === 'string' ? { path: request } : request;
    return readAnswer(await handler.handle(requestOf(asked, new AbortController().signal)));
  };
  const world: WireWorld = {
    clock: tools.clock,
    registry,
    handler,
    send,
    watch: async (path, headers = {}) => {
      const stop = new AbortController();
      const response = await handler.handle(requestOf({ path, headers }, stop.signal));
      return watchOf(response, stop);
    },
  };
  await send({ path: '/api/v1/namespaces', body: { metadata: { name: 'default' } } });
  return world;
}

function requestOf({ path, body, ...request }: WireRequest, signal: AbortSignal): ApiRequest {
  const url = new URL(path, 'http://kernel');
  const bytes = bytesOf(body);
  return {
    method: request.method ?? (body === undefined ? 'GET' : 'POST'),
    path: path.split('?', 1)[0] ?? '',
    query: url.searchParams,
    headers: {
      'user-agent': 'tester/1.0',
      ...(body === undefined ? {} : { 'content-type': request.type ?? 'application/json' }),
      ...request.headers,
    },
    credentials: { bearerToken: 'x' },
    readBody: () => Promise.resolve(bytes),
    signal,
    receivedAtMs: 0,
    requestId: 'r1',
  };
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readAnswer({ status, headers, body }: ApiResponse): Promise<WireAnswer> {
  const chunks: Uint8Array[] = [];
  if (body instanceof Uint8Array) chunks.push(body);
  else if (body !== undefined) for await (const chunk of body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    status,
    headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

async function watchOf(response: ApiResponse, stop: AbortController): Promise<WireWatch> {
  if (response.isLongRunning !== true || response.body instanceof Uint8Array || response.body === undefined) {
    const { text } = await readAnswer(response);
    const events = [JSON.parse(text) as WireEvent];
    return { taken: () => events.splice(0), isEnded: () => true, close: () => undefined };
  }
  const feed = response.body as Feed<Uint8Array>;
  return {
    taken() {
      const events: WireEvent[] = [];
      for (let line = feed.take(); line !== undefined; line = feed.take()) {
        events.push(JSON.parse(Buffer.from(line).toString()) as WireEvent);
      }
      return events;
    },
    isEnded: () => feed.isEnded,
    close: () => stop.abort(),
  };
}
