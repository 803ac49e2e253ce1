/** Puts into etcd over gRPC: the reference of the same run. Prints one result as JSON. */
import { Client, type MethodDefinition, credentials } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { percentile } from './statistics.ts';
import type { LoadResult } from './h2-load.ts';

/** What to do against etcd. */
export interface EtcdJob {
  readonly endpoint: string;
  readonly clientCount: number;
  readonly requestCount: number;
  readonly valueBytes: number;
  readonly prefix: string;
}

/** The one call of etcd's v3 API that is needed (rpc.proto, KV.Put). */
const definition = fromJSON({
  nested: {
    etcdserverpb: {
      nested: {
        KV: { methods: { Put: { requestType: 'PutRequest', responseType: 'PutResponse', comment: '' } } },
        PutRequest: { fields: { key: { type: 'bytes', id: 1 }, value: { type: 'bytes', id: 2 } } },
        PutResponse: { fields: {} },
      },
    },
  },
});

/** Serializers of KV.Put. */
function putMethod() {
  const service = definition['etcdserverpb.KV'];
  if (service === undefined || !('Put' in service)) throw new Error('The definition of KV.Put is broken');
  const { path, requestSerialize, responseDeserialize } = service['Put'] as MethodDefinition<
    { key: Buffer; value: Buffer },
    object
  >;
  return { path, requestSerialize, responseDeserialize };
}

async function run(job: EtcdJob): Promise<LoadResult> {
  const { path, requestSerialize, responseDeserialize } = putMethod();
  const clients = Array.from(
    { length: job.clientCount },
    () => new Client(job.endpoint, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  );
  const value = Buffer.alloc(job.valueBytes, 'x');
  const latencies: number[] = [];
  let [next, errorCount] = [0, 0];
  const worker = async (client: Client) => {
    while (next < job.requestCount) {
      const key = Buffer.from(`${job.prefix}/${next++}`);
      const startedMs = performance.now();
      await new Promise<void>((resolve) =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { key, value }, (error) => {
          if (error !== null) errorCount++;
          resolve();
        }),
      );
      latencies.push(performance.now() - startedMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(clients.map(worker));
  const tookS = (performance.now() - startedMs) / 1000;
  for (const client of clients) client.close();
  return {
    perSecond: job.requestCount / tookS,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    errorCount,
    bytesPerRequest: 0,
  };
}

const job = JSON.parse(process.argv[2] ?? '') as EtcdJob;
console.log(JSON.stringify(await run(job)));
