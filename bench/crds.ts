/** What CustomResourceDefinitions weigh: from the post to discovery and OpenAPI, and in memory. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { head, row } from './report.ts';
import { credentialFiles, cpuMsOf, freePort, memoryOf, scratchFolder, startPlanform } from './servers.ts';
import { median } from './statistics.ts';

const definitionCount = 300;
const fieldCount = 60;
const roundCount = 5;
const clientCount = 16;
/** A process gives back what it needed after some seconds without work. */
const idleMs = 25_000;
const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Posts definitions of 60 object fields, each in a group of its own, and waits until they are served everywhere. */
export async function measureCrds(): Promise<void> {
  using folder = scratchFolder('crds');
  const server = await startPlanform(['kernel', '--data', folder.path, '--port', String(await freePort())]);
  const pid = server.child.pid ?? 0;
  const api = new Api(server.url, credentialFiles(join(folder.path, 'kubeconfig'), folder.path));
  await api.readEverything();
  await sleep(idleMs);
  const emptyMib = memoryOf(pid).rssKib / 1024;
  const rounds: Served[] = [];
  for (let round = 0; round < roundCount; round++) rounds.push(await serveOne(api, round));
  const before = performance.now();
  const cpuBefore = cpuMsOf(pid);
  await postMany(api, roundCount, definitionCount);
  const postedMs = performance.now() - before;
  const discoveredMs = (await until(api, '/apis', definitionCount)) - before;
  const v3Ms = (await until(api, '/openapi/v3', definitionCount)) - before;
  const v2Ms = (await until(api, '/openapi/v2', definitionCount)) - before;
  const cpuMs = cpuMsOf(pid) - cpuBefore;
  const bytes = await api.readEverything();
  await sleep(idleMs);
  const fullMib = memoryOf(pid).rssKib / 1024;
  const last: Served[] = [];
  for (let round = 0; round < roundCount; round++) last.push(await serveOne(api, definitionCount + round));
  await server.stop();
  report(rounds, `one, beside none (median of ${roundCount})`, true);
  report(last, `one, beside ${definitionCount}`, false);
  row(`${definitionCount}, ${clientCount} clients`, postedMs, discoveredMs, v3Ms, v2Ms, cpuMs);
  head('memory of the kernel', 'RSS MiB', 'documents MB');
  row('without definitions, documents fetched once', emptyMib, '');
  row(`with ${definitionCount} of ${fieldCount} fields, all documents fetched once`, fullMib, bytes / 1e6);
  row('more', fullMib - emptyMib, '');
}

/** Milliseconds from the post. */
interface Served {
  readonly postedMs: number;
  readonly discoveredMs: number;
  readonly v3Ms: number;
  readonly v2Ms: number;
}

function report(rounds: readonly Served[], title: string, isFirst: boolean): void {
  if (isFirst)
    head('definitions of 60 fields', 'posted ms', 'in discovery', 'in OpenAPI v3', 'in OpenAPI v2', 'CPU ms');
  const middle = (pick: (served: Served) => number) => median(rounds.map(pick));
  row(
    title,
    middle(({ postedMs }) => postedMs),
    middle(({ discoveredMs }) => discoveredMs),
    middle(({ v3Ms }) => v3Ms),
    middle(({ v2Ms }) => v2Ms),
    '',
  );
}

async function serveOne(api: Api, index: number): Promise<Served> {
  const startMs = performance.now();
  await api.post(definitionsPath, definition(index));
  const postedMs = performance.now() - startMs;
  const group = groupOf(index);
  while ((await api.get(`/apis/${group}/v1`)).status !== 200) continue;
  const discoveredMs = performance.now() - startMs;
  while (!(await api.get(`/openapi/v3/apis/${group}/v1`)).text.includes('field59')) continue;
  const v3Ms = performance.now() - startMs;
  while (!(await api.get('/openapi/v2')).text.includes(`/apis/${group}/v1`)) continue;
  return { postedMs, discoveredMs, v3Ms, v2Ms: performance.now() - startMs };
}

async function postMany(api: Api, first: number, end: number): Promise<void> {
  const worker = async (offset: number) => {
    for (let index = first + offset; index < end; index += clientCount) {
      await api.post(definitionsPath, definition(index));
    }
  };
  await Promise.all(Array.from({ length: clientCount }, (_, offset) => worker(offset)));
}

/** When a document has so many of the groups. */
async function until(api: Api, path: string, count: number): Promise<number> {
  const group = /g\d+\.example\.com(?=["/])/g;
  for (;;) {
    const found = new Set((await api.get(path)).text.match(group));
    if (found.size >= count) return performance.now();
  }
}

function groupOf(index: number): string {
  return `g${index}.example.com`;
}

function definition(index: number): object {
  const field = (name: string) => ({
    type: 'object',
    description: `What ${name} says about the thing that is wanted, in a sentence or two.`,
    properties: {
      name: { type: 'string', description: 'Name of it.', maxLength: 63 },
      value: { type: 'integer', minimum: 0 },
      tags: { type: 'array', items: { type: 'string' } },
    },
  });
  const fields = Array.from({ length: fieldCount }, (_, position) => [`field${position}`, field(`field${position}`)]);
  const root = {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: Object.fromEntries(fields) as object },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: root },
  };
  const [plural, kind] = [`things${index}`, `Thing${index}`];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${groupOf(index)}` },
    spec: { group: groupOf(index), scope: 'Namespaced', names: { plural, kind }, versions: [version] },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The API of a server, over a few connections that are kept open. */
class Api {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, { caPath, certPath, keyPath }: ReturnType<typeof credentialFiles>) {
    this.#url = url;
    const identity = { ca: readFileSync(caPath), cert: readFileSync(certPath), key: readFileSync(keyPath) };
    this.#agent = new Agent({ keepAlive: true, maxSockets: clientCount, ...identity });
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  async post(path: string, body: object): Promise<void> {
    const { status, text } = await this.#send('POST', path, JSON.stringify(body));
    if (status !== 201) throw new Error(`POST ${path} ended with ${status}: ${text}`);
  }

  /** Reads discovery and every OpenAPI document, as clients do in turn. @returns their bytes. */
  async readEverything(): Promise<number> {
    const index = (await this.get('/openapi/v3')).text;
    const { paths } = JSON.parse(index) as { paths: Readonly<Record<string, { readonly serverRelativeURL: string }>> };
    let byteCount = index.length;
    const urls = Object.values(paths).map(({ serverRelativeURL }) => serverRelativeURL);
    for (const path of ['/api', '/apis', '/openapi/v2', ...urls]) byteCount += (await this.get(path)).text.length;
    return byteCount;
  }

  #send(method: string, path: string, body = ''): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const outgoing = request(`${this.#url}${path}`, { agent: this.#agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }
}
