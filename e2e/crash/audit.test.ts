import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../kernel/base/random.ts';
import { auditRecords, planformAudit } from '../kernel/audit-log.ts';
import { send } from '../kernel/http-request.ts';
import { Hub } from '../kernel/hub.ts';

const kills = 12;
const clients = 8;
/** A server under load lives that long, milliseconds. */
const lifeMs = { min: 50, max: 600 };
const collection = '/api/v1/namespaces/default/configmaps';

test(`kill -9 under write load, ${kills} times: every write that counts has its record, and the chain holds`, async (t) => {
  const random = seededRandom(3);
  await using hub = await Hub.prepare({ subcommand: 'kernel' });
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < kills; kill++) {
    await hub.start();
    const writing = Array.from({ length: clients }, (_, client) =>
      writeUntilGone(hub, `k${kill}-c${client}`, acknowledged),
    );
    await delay(lifeMs.min + random.nextFloat() * (lifeMs.max - lifeMs.min));
    await hub.stop('SIGKILL');
    await Promise.all(writing);
  }
  await hub.start();
  const { json } = await send(hub, { path: collection });
  const items = json['items'] as { metadata: { name: string; resourceVersion: string } }[];
  await hub.stop();
  const { code, stdout } = await planformAudit(hub, 'verify');
  assert.equal(code, 0, stdout);
  const records = (await auditRecords(hub)).filter(({ responseStatus, objectRef }) => {
    return (
      responseStatus?.code === 201 && objectRef?.['resource'] === 'configmaps' && objectRef['namespace'] === 'default'
    );
  });
  t.diagnostic(`${acknowledged.size} acknowledged creates, ${items.length} objects, ${records.length} records`);
  assert.ok(acknowledged.size > 100, `Only ${acknowledged.size} writes were acknowledged: this shows nothing`);
  const ids = new Set(records.map(({ auditID }) => auditID));
  assert.deepEqual(
    [...acknowledged].filter((id) => !ids.has(id)),
    [],
    'Acknowledged, but not recorded',
  );
  const versions = (list: readonly (string | undefined)[]) => list.map(Number).sort((a, b) => a - b);
  assert.deepEqual(
    versions(records.map(({ objectRef }) => objectRef?.['resourceVersion'])),
    versions(items.map(({ metadata }) => metadata.resourceVersion)),
    'There is no change without a record, and no record without its change',
  );
});

/** Creates one object after the other until the server is gone, and notes the answers that came. */
async function writeUntilGone(hub: Hub, prefix: string, acknowledged: Set<string>): Promise<void> {
  const { ca, admin } = hub.credentials();
  const session = http2.connect(hub.url, { ca, ...admin });
  session.on('error', () => undefined); // the server is killed: that is what this is about
  for (let count = 0; !session.destroyed && !session.closed; count++) {
    const id = await create(session, `${prefix}-${count}`);
    if (id === undefined) break;
    acknowledged.add(id);
  }
  session.destroy();
}

/** @returns the `Audit-ID` of a 201; `undefined` when none came. */
function create(session: http2.ClientHttp2Session, name: string): Promise<string | undefined> {
  const stream = session.request({ ':method': 'POST', ':path': collection, 'content-type': 'application/json' });
  let id: string | undefined;
  stream.on('response', (headers) => {
    if (headers[':status'] === 201) id = String(headers['audit-id']);
  });
  stream.on('error', () => undefined); // likewise
  stream.resume();
  stream.end(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }));
  return new Promise((resolve) => stream.on('close', () => resolve(id)));
}
