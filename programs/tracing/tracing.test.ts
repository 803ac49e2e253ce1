import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { handlerTransport } from '../../kernel/client/http/handler-transport.ts';
import { readWhole } from '../../kernel/client/http/transport.ts';
import { openMemoryStore } from '../../kernel/store/memory/memory-store.ts';
import { assembleKernel } from '../apiserver/assemble.ts';
import { instruments } from './instruments.ts';
import { exportSpans } from './otlp.ts';
import { Tracer } from './tracer.ts';

interface Exported {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly spanId: string }[];
}

/** A collector as small as can be: what it was sent. */
async function openCollector() {
  const spans: Exported[] = [];
  const server = createServer((incoming, outgoing) => {
    readWhole(incoming, 1e7).then(
      (bytes) => {
        assert.equal(incoming.url, '/v1/traces');
        const { resourceSpans } = JSON.parse(Buffer.from(bytes).toString()) as {
          readonly resourceSpans: readonly {
            readonly scopeSpans: readonly { readonly spans: readonly Exported[] }[];
          }[];
        };
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
        outgoing.end('{}');
      },
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { spans, endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function makeTracer(samplesPerMillion: number): Tracer {
  return new Tracer({ samplesPerMillion, clock: systemClock, random: seededRandom(1) });
}

test('a trace goes from the request to the commit to the watcher, and to a collector', async (t) => {
  const collector = await openCollector();
  t.after(() => collector.close());
  const tracer = makeTracer(0);
  const { signal } = new AbortController();
  const kernel = await assembleKernel(
    {
      store: openMemoryStore(),
      kinds: [],
      component: 'test',
      version: '0',
      runtime: { name: 'node', platform: 'test' },
      clock: systemClock,
      random: seededRandom(2),
      log: silentLogger,
      onFatal: (error) => assert.fail(error),
      plug: () => ({}),
      instruments: instruments(tracer),
    },
    signal,
  );
  const certificate = {
    commonName: 'root',
    organizations: ['system:masters'],
    fingerprint: '',
    publicKeyFingerprint: '',
  };
  const transport = handlerTransport(kernel.handler, {
    credentials: { certificate },
    clock: systemClock,
    random: seededRandom(3),
  });
  const path = '/api/v1/namespaces/default/configmaps';
  const watch = await transport.request({
    method: 'GET',
    path: `${path}?watch=true&timeoutSeconds=1`,
    headers: {},
    body: undefined,
    signal,
  });
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { 'content-type': 'application/json', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const post = (name: string, more: object) => {
    const body = Buffer.from(JSON.stringify({ metadata: { name } }));
    return transport.request({ method: 'POST', path, headers: { ...headers, ...more }, body, signal });
  };
  assert.equal((await post('a', {})).status, 201);
  // One whose sender does not trace it is not traced.
  assert.equal((await post('b', { traceparent: `00-${trace}-00f067aa0ba902b7-00` })).status, 201);
  await readWhole(watch.body, 1e6);
  const stop = new AbortController();
  stop.abort(new DOMException('Stopped', 'AbortError'));
  const exporting = {
    endpoint: collector.endpoint,
    service: 'test',
    version: '0',
    clock: systemClock,
    log: silentLogger,
  };
  await exportSpans(tracer, exporting, stop.signal);
  await kernel.close();
  const { spans } = collector;
  assert.ok(spans.every(({ traceId }) => traceId === trace));
  const named = (name: string) =>
    spans.find((span) => span.name === name) ??
    assert.fail(`no span "${name}" among ${spans.map((one) => one.name).join()}`);
  const root = named('POST request');
  assert.equal(root.parentSpanId, '00f067aa0ba902b7');
  assert.ok(
    root.attributes.some(({ key, value }) => key === 'http.response.status_code' && value['intValue'] === '201'),
  );
  assert.ok(BigInt(root.endTimeUnixNano) >= BigInt(root.startTimeUnixNano));
  for (const name of ['authentication', 'authorization', 'commit', 'admission OwnerReferencesPermissionEnforcement']) {
    assert.equal(named(name).parentSpanId, root.spanId, name);
  }
  const delivery = named('watch delivery');
  assert.equal(delivery.parentSpanId, named('commit').spanId);
  assert.deepEqual(
    delivery.links?.map(({ spanId }) => spanId),
    [named('commit').spanId],
  );
  assert.equal(spans.filter(({ name }) => name === 'POST request').length, 1);
});

test('Tracer samples what says nothing of itself, and bounds what waits', () => {
  assert.equal(makeTracer(0).beginRequest('a', undefined), undefined);
  const tracer = makeTracer(1_000_000);
  assert.ok(tracer.beginRequest('a', 'nonsense'));
  assert.equal(tracer.beginRequest('a', `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`), undefined);
  assert.ok(tracer.beginRequest('a', `00-${'0'.repeat(32)}-${'2'.repeat(16)}-01`)?.traceId !== '0'.repeat(32));
  for (let count = 0; count < 5_000; count++) tracer.beginRequest('a', undefined)?.end();
  assert.equal(tracer.droppedCount, 5_000 - 4_096);
  assert.equal(tracer.take(10_000).length, 4_096);
});

test('exportSpans() drops what no collector takes', async () => {
  const clock = new VirtualClock();
  const tracer = makeTracer(1_000_000);
  tracer.beginRequest('a', undefined)?.end();
  const stop = new AbortController();
  stop.abort(new DOMException('Stopped', 'AbortError'));
  const lines: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => void lines.push(message) };
  await exportSpans(tracer, { endpoint: 'http://127.0.0.1:1', service: 's', version: '0', clock, log }, stop.signal);
  assert.deepEqual([tracer.take(10).length, lines], [0, ['cannot export traces']]);
});
