import assert from 'node:assert/strict';
import type http2 from 'node:http2';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../kernel/base/random.ts';
import { Hub } from '../kernel/hub.ts';
import { connect, request } from './kernel-clients.ts';

const killCount = 8;
/** Transactions are sent by so many clients at once, each for objects of its own. */
const writerCount = 6;
/** Objects of one writer, all written by each of its transactions. */
const objectCount = 8;
const lifeMs = { min: 60, max: 400 };

const transactions = '/apis/kernel.planform.dev/v1alpha1/transactions';
const configMaps = '/api/v1/namespaces/default/configmaps';

/** Gives all objects of a writer the same token, again and again. @returns the last token that was acknowledged. */
async function write(session: http2.ClientHttp2Session, writer: number, first: number): Promise<number> {
  let acknowledged = 0;
  for (let token = first; ; token++) {
    const items = Array.from({ length: objectCount }, (_, index) => ({
      operation: 'Apply',
      force: true,
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `w${writer}-${index}`, namespace: 'default', labels: { writer: `${writer}` } },
        data: { token: String(token) },
      },
    }));
    const answer = await request(session, 'POST', transactions, { spec: { fieldManager: 'writer', items } });
    if (answer === undefined) return acknowledged;
    assert.equal(answer.status, 201, answer.text);
    acknowledged = token;
  }
}

/** Tokens of the objects of a writer. */
async function tokensOf(session: http2.ClientHttp2Session, writer: number): Promise<readonly number[]> {
  const answer = await request(session, 'GET', `${configMaps}?labelSelector=writer%3D${writer}`);
  assert.ok(answer !== undefined, 'The server answers');
  assert.equal(answer.status, 200, answer.text);
  const { items } = JSON.parse(answer.text) as { items: { data: { token: string } }[] };
  return items.map(({ data }) => Number(data.token));
}

test(`kill -9 leaves every transaction whole or undone, ${killCount} times`, async (t) => {
  const random = seededRandom(7);
  await using hub = await Hub.prepare({ subcommand: 'kernel' });
  const acknowledged = Array.from({ length: writerCount }, () => 0);
  let count = 0;
  for (let kill = 0; kill <= killCount; kill++) {
    await hub.start();
    const session = await connect(hub);
    for (const [writer, last] of acknowledged.entries()) {
      const tokens = await tokensOf(session, writer);
      const [token = 0] = tokens;
      assert.ok(tokens.length === 0 || tokens.length === objectCount, `w${writer} has ${tokens.length} objects`);
      assert.ok(
        tokens.every((one) => one === token),
        `w${writer} shows a part of a transaction: ${String(tokens)}`,
      );
      assert.ok(token >= last, `w${writer} lost an acknowledged transaction: ${token} < ${last}`);
      count += token - last;
      acknowledged[writer] = token;
    }
    const writing = acknowledged.map((last, writer) => write(session, writer, last + 1));
    await delay(lifeMs.min + random.nextFloat() * (lifeMs.max - lifeMs.min));
    await hub.stop('SIGKILL');
    for (const [writer, last] of (await Promise.all(writing)).entries()) {
      count += Math.max(0, last - (acknowledged[writer] ?? 0));
      acknowledged[writer] = Math.max(last, acknowledged[writer] ?? 0);
    }
  }
  t.diagnostic(`${killCount} kills, ${count} transactions of ${objectCount} objects`);
  assert.ok(count > killCount, 'Transactions were under way');
});
