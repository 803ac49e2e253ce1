import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readWhole } from '../client/http/transport.ts';
import { compressed, isWorthCompressing } from './compression.ts';

const large = Buffer.alloc(200_000, 'abc');

async function* stream(): AsyncGenerator<Uint8Array, void> {
  yield large.subarray(0, 100_000);
  yield large.subarray(100_000);
}

test('isWorthCompressing() takes large finite answers over real networks only', () => {
  const ok = { status: 200, headers: {}, body: large };
  assert.equal(isWorthCompressing(ok, 'gzip, deflate', false), true);
  assert.equal(isWorthCompressing({ ...ok, body: stream() }, 'gzip', false), true);
  assert.equal(isWorthCompressing(ok, 'gzip', true), false);
  assert.equal(isWorthCompressing(ok, undefined, false), false);
  assert.equal(isWorthCompressing({ ...ok, body: Buffer.from('small') }, 'gzip', false), false);
  assert.equal(isWorthCompressing({ ...ok, body: stream(), isLongRunning: true }, 'gzip', false), false);
  assert.equal(isWorthCompressing({ ...ok, headers: { 'content-encoding': 'br' } }, 'gzip', false), false);
});

test('compressed() keeps arrays arrays and streams streams', async () => {
  const whole = await compressed({ status: 200, headers: {}, body: large });
  assert.ok(whole.body instanceof Uint8Array && gunzipSync(whole.body).equals(large));
  assert.deepEqual(whole.headers, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  const streamed = await compressed({ status: 200, headers: {}, body: stream() });
  assert.ok(streamed.body !== undefined && !(streamed.body instanceof Uint8Array));
  assert.ok(gunzipSync(await readWhole(streamed.body, 1e7)).equals(large));
});
