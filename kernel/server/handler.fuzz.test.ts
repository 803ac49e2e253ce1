import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import { kernelKinds } from '../kinds/index.ts';
import { openRegistry } from '../registry/registry.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { createHandler } from './handler.ts';
import { widget } from './testing/fake-resources.ts';
import { fuzz, fuzzDrafts } from './testing/fuzz.ts';

/** `npm run soak` sends a million. */
const requestCount = 12_000;

test(`handle() answers ${requestCount} requests that are almost right, and none with a failure of its own`, async () => {
  const failures: string[] = [];
  const tools = { clock: systemClock, random: seededRandom(1) };
  const registry = await openRegistry(
    {
      store: openMemoryStore(),
      kinds: [...kernelKinds, widget],
      admission: [],
      log: silentLogger,
      ...tools,
      onFatal: (error) => failures.push(String(error)),
    },
    new AbortController().signal,
  );
  const handler = createHandler({
    resources: registry.resources,
    catalog: registry.catalog,
    authenticator: { authenticate: () => ({ name: 'admin', groups: [] }) },
    authorizer: { authorize: () => ({ verdict: 'allow', reason: '' }) },
    logger: { ...silentLogger, error: (message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`) },
    version: { product: '0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
    ...tools,
  });
  const statuses = await fuzz({
    handler,
    credentials: { bearerToken: 'x' },
    random: seededRandom(20_261_120),
    requestCount,
    drafts: fuzzDrafts,
    failures,
  });
  for (const status of [200, 201, 400, 404, 405, 406, 409, 415, 422]) {
    assert.ok((statuses.get(status) ?? 0) > 5, `few ${status}: ${JSON.stringify([...statuses])}`);
  }
  await registry.close();
});
