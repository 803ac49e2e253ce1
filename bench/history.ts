/** What it costs to look at the past: a namespace as it was, among 100,000 revisions that left the watch window. */
import { join } from 'node:path';
import { silentLogger } from '../kernel/base/logger.ts';
import { systemClock } from '../kernel/base/system-clock.ts';
import { systemRandom } from '../kernel/base/system-random.ts';
import { configMapKind } from '../kernel/kinds/configmap/type.ts';
import { namespaceKind } from '../kernel/kinds/namespace/type.ts';
import type { ResourceContext, ResourceTarget, TransactionItem } from '../kernel/ports/resources.ts';
import type { Store } from '../kernel/ports/store.ts';
import { compactStore } from '../kernel/registry/compaction.ts';
import { openRegistry, type Registry } from '../kernel/registry/registry.ts';
import { openSqliteStore } from '../kernel/store/sqlite/sqlite-store.ts';
import { head, row } from './report.ts';
import { scratchFolder } from './servers.ts';
import { median, percentile } from './statistics.ts';

/** 20 namespaces of 100 objects with 50 states each. */
const namespaceCount = 20;
const objectCount = 100;
const stateCount = 50;
const revisionCount = namespaceCount * objectCount * stateCount;
const rounds = 60;
const wantedMs = 200;

const { signal } = new AbortController();
const padding = 'x'.repeat(1_000);

/** Fills a store through transactions, forgets the watch window, starts again and asks for the past. */
export async function measureHistory(): Promise<void> {
  using folder = scratchFolder('history');
  const path = join(folder.path, 'store.db');
  const openStore = () =>
    openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
  const { startedAtMs, filledMs, first } = await fill(await openStore());
  const store = await openStore();
  const registry = await open(store);
  head(`past, ${revisionCount} revisions`, 'items', 'p50 ms', 'p99 ms', 'wanted');
  const revisionAt = () => first + below(registry.head - first);
  const exact = () => ({ resourceVersion: String(revisionAt()), resourceVersionMatch: 'Exact' });
  await measure('one namespace as of a revision', () => list(registry, someNamespace(), exact()), `≤ ${wantedMs} ms`);
  const asOfMs = () => startedAtMs + below(filledMs);
  await measure('one namespace as of a time', () => list(registry, someNamespace(), { asOfMs: asOfMs() }));
  await measure('all namespaces as of a revision, first 500', () => list(registry, '', { ...exact(), limit: 500 }));
  await measure('history of one object', () => history(registry), '');
  await registry.close();
  await store.close();
  console.log(`\nFilled at ${((revisionCount * 1_000) / filledMs).toFixed(0)} writes/s in transactions of 100.`);
}

/** A random whole number from 0. */
function below(count: number): number {
  return Math.floor(systemRandom.nextFloat() * count);
}

function open(store: Store): Promise<Registry> {
  const kinds = [namespaceKind, configMapKind];
  const tools = { clock: systemClock, random: systemRandom, log: silentLogger };
  const onFatal = (error: Error) => {
    throw error;
  };
  return openRegistry({ store, kinds, admission: [], ...tools, onFatal }, signal);
}

function context(): ResourceContext {
  const user = { name: 'bench', groups: [] };
  return { user, requestId: '', receivedAtMs: systemClock.nowMs(), userAgent: 'bench', signal, warn: () => undefined };
}

function target(namespace: string, name = ''): ResourceTarget {
  return { definition: configMapKind, version: 'v1', namespace, name, subresource: '' };
}

function someNamespace(): string {
  return `n${below(namespaceCount)}`;
}

/** Closes the store in the end. @returns the time it took, and a revision at which every object is there. */
async function fill(store: Store): Promise<{ startedAtMs: number; filledMs: number; first: number }> {
  const registry = await open(store);
  const startedMs = performance.now();
  let [startedAtMs, first] = [0, 0];
  for (let state = 0; state < stateCount; state++) {
    const all = Array.from({ length: namespaceCount }, (_, index) => {
      const items = Array.from({ length: objectCount }, (_unused, object) => item(`n${index}`, `o${object}`, state));
      return registry.resources.transact(context(), items, {});
    });
    await Promise.all(all);
    if (state === 0) [first, startedAtMs] = [registry.head, systemClock.nowMs()];
  }
  const filledMs = Math.round(performance.now() - startedMs);
  await registry.close();
  const bounds = {
    watchFloor: Number.MAX_SAFE_INTEGER,
    historyBeforeMs: 0,
    historyPerObjectMax: 100,
    bytesMax: Infinity,
  };
  for await (const removed of compactStore({ store, clock: systemClock }, bounds, signal)) void removed;
  await store.close();
  return { startedAtMs, filledMs, first };
}

function item(namespace: string, name: string, state: number): TransactionItem {
  const value = { metadata: { name }, data: { state: String(state), padding } };
  const body = { value, duplicateFields: [] };
  if (state === 0) return { verb: 'create', target: target(namespace), body, options: {} };
  return { verb: 'update', target: target(namespace, name), body, options: {} };
}

async function list(registry: Registry, namespace: string, query: object): Promise<number> {
  return (await registry.resources.list(context(), target(namespace), query)).items.length;
}

async function history(registry: Registry): Promise<number> {
  const name = `o${below(objectCount)}`;
  return (await registry.resources.history(context(), target(someNamespace(), name), 100)).entries.length;
}

async function measure(name: string, ask: () => Promise<number>, wanted = ''): Promise<void> {
  const times: number[] = [];
  let items = 0;
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    items = await ask();
    times.push(performance.now() - startedMs);
  }
  row(name, items, median(times), percentile(times, 99), wanted);
}
