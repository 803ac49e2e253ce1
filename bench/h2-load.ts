/**
 * The load generator: a process of its own, so that its CPU time is not the server's. Reads one job as JSON from the
 * command line, prints one result as JSON.
 */
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { percentile } from './statistics.ts';

/** What to do against a Planform API server. */
export interface LoadJob {
  readonly url: string;
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly kind: 'create' | 'get' | 'list' | 'list-page' | 'merge-patch' | 'apply';
  /** Custom objects, as `custom-beside.ts` defines them, instead of ConfigMaps. Default false. */
  readonly isCustom?: boolean;
  /** Requests in flight. */
  readonly clientCount: number;
  /** Connections they are spread over. Default one per client, at most 64. */
  readonly connectionCount?: number;
  readonly requestCount: number;
  readonly namespace: string;
  /** Prefix of object names, unique per run. */
  readonly prefix: string;
  /** Bytes of data per object. */
  readonly valueBytes: number;
}

/** What came out. Latencies in milliseconds. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errorCount: number;
  readonly bytesPerRequest: number;
}

const connectionsMax = 64;

interface Answer {
  readonly status: number;
  readonly byteCount: number;
}

/** Sends one request and reads the whole answer. */
export function request(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let status = 0;
    let byteCount = 0;
    stream.on('response', (answered) => {
      status = Number(answered[':status']);
    });
    stream.on('data', (chunk: Buffer) => {
      byteCount += chunk.byteLength;
    });
    stream.on('end', () => resolve({ status, byteCount }));
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

/** Opens a TLS connection with the client certificate of the job. */
export function connect(
  job: Pick<LoadJob, 'url' | 'caPath' | 'certPath' | 'keyPath'>,
): Promise<http2.ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(job.url, {
      ca: readFileSync(job.caPath),
      cert: readFileSync(job.certPath),
      key: readFileSync(job.keyPath),
      settings: { initialWindowSize: 1 << 20 },
    });
    session.once('connect', () => {
      session.setLocalWindowSize(1 << 24);
      resolve(session);
    });
    session.once('error', reject);
  });
}

const plainType = [{ apiVersion: 'v1', kind: 'ConfigMap' }, '/api/v1'] as const;
const customType = [{ apiVersion: 'bench.example.com/v1', kind: 'Thing' }, '/apis/bench.example.com/v1'] as const;

function requestOf(
  job: LoadJob,
  index: number,
): { readonly headers: http2.OutgoingHttpHeaders; readonly body?: Buffer } {
  const [type, root] = job.isCustom === true ? customType : plainType;
  const collection = `${root}/namespaces/${job.namespace}/${type.kind.toLowerCase()}s`;
  const name = `${job.prefix}-${index}`;
  switch (job.kind) {
    case 'get':
      return { headers: { ':path': `${collection}/${name}` } };
    case 'list':
      return { headers: { ':path': collection } };
    case 'list-page':
      return { headers: { ':path': `${collection}?limit=500` } };
    case 'create': {
      const object = {
        ...type,
        metadata: { name },
        data: { value: 'x'.repeat(job.valueBytes) },
      };
      return post(collection, 'POST', 'application/json', object);
    }
    case 'merge-patch':
      return post(`${collection}/${name}`, 'PATCH', 'application/merge-patch+json', {
        data: { changed: String(Math.random()) },
      });
    case 'apply': {
      const object = {
        ...type,
        metadata: { name },
        data: { applied: String(Math.random()) },
      };
      return post(
        `${collection}/${name}?fieldManager=bench&force=true`,
        'PATCH',
        'application/apply-patch+yaml',
        object,
      );
    }
  }
}

/** A request with a body. */
export function post(path: string, method: string, type: string, object: unknown) {
  const body = Buffer.from(JSON.stringify(object));
  return {
    headers: { ':path': path, ':method': method, 'content-type': type, 'content-length': body.byteLength },
    body,
  };
}

async function run(job: LoadJob): Promise<LoadResult> {
  const { connectionCount = Math.min(job.clientCount, connectionsMax) } = job;
  const sessions = await Promise.all(Array.from({ length: connectionCount }, () => connect(job)));
  const latencies: number[] = [];
  let [next, errorCount, byteCount] = [0, 0, 0];
  const worker = async (session: http2.ClientHttp2Session) => {
    while (next < job.requestCount) {
      const { headers, body } = requestOf(job, next++);
      const startedMs = performance.now();
      const answer = await request(session, headers, body);
      latencies.push(performance.now() - startedMs);
      byteCount += answer.byteCount;
      if (answer.status >= 300) errorCount++;
    }
  };
  const startedMs = performance.now();
  const workers = Array.from({ length: job.clientCount }, (_, index) => sessions[index % sessions.length]);
  await Promise.all(workers.flatMap((session) => (session === undefined ? [] : [worker(session)])));
  const tookS = (performance.now() - startedMs) / 1000;
  for (const session of sessions) session.close();
  return {
    perSecond: job.requestCount / tookS,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    errorCount,
    bytesPerRequest: byteCount / job.requestCount,
  };
}

if (import.meta.main) {
  const job = JSON.parse(process.argv[2] ?? '') as LoadJob;
  console.log(JSON.stringify(await run(job)));
}
