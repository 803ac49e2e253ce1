import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { cloneJson, encodeJson, parseJson } from '../meta/json.ts';
import { compileSchema, wholeObjectSchema } from './compile.ts';
import type { Draft } from './passes.ts';
import { decodeEnvelope, decodeMessage, readEnvelope } from './protobuf.ts';
import type { ObjectSchema } from './schema.ts';
import { isStandardKind, messageSchema, standardSchema } from './standard/standard.ts';

const testdata = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** `value` as the registry would keep it. */
function pruned(schema: ObjectSchema, value: unknown): unknown {
  const copy = cloneJson(value as Draft);
  compileSchema(schema).prune(copy);
  return JSON.parse(new TextDecoder().decode(encodeJson(copy)));
}

test('decodeMessage() reads every message as Go writes it', () => {
  const lines = testdata('protobuf.txt').trim().split('\n');
  assert.ok(lines.length > 300, `${lines.length} messages`);
  for (const line of lines) {
    const [name = '', base64 = ''] = line.split(' ', 2);
    const json = line.slice(name.length + base64.length + 2);
    const schema = messageSchema(name);
    const decoded = decodeMessage(Uint8Array.fromBase64(base64), schema);
    assert.deepEqual(pruned(schema, decoded), pruned(schema, parseJson(json).value), name);
  }
});

test('decodeMessage() survives broken input', () => {
  const schema = messageSchema('core/v1.PodSpec');
  for (const line of testdata('protobuf.txt').trim().split('\n').slice(0, 60)) {
    const bytes = Uint8Array.fromBase64(line.split(' ', 2)[1] ?? '');
    for (let length = 0; length < bytes.length; length += 7) {
      try {
        decodeMessage(bytes.subarray(0, length), schema);
      } catch (error) {
        assert.ok(isApiError(error, 'BadRequest'), String(error));
      }
    }
  }
});

test('decodeMessage() bounds nesting', () => {
  let bytes = new Uint8Array();
  // JSONSchemaProps.not is field 28.
  for (let level = 0; level < 200; level++) {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
    bytes = Uint8Array.from([0xe2, 0x01, ...length, ...bytes]);
  }
  const schema = standardSchema('apiextensions/v1.JSONSchemaProps');
  assert.ok('not' in decodeMessage(bytes.subarray(-9), schema));
  assert.throws(() => decodeMessage(bytes, schema), /nested deeper than 128/);
});

test('readEnvelope() refuses what is no envelope', () => {
  for (const text of ['', 'k8s', '{"kind":"Pod"}', 'k8s\0\x07\x01']) {
    assert.throws(
      () => readEnvelope(bytesOf(text)),
      (error) => isApiError(error, 'BadRequest'),
      JSON.stringify(text),
    );
  }
});

test('decodeEnvelope() takes JSON inside an envelope', () => {
  const raw = bytesOf('{"data":{"a":"b"}}');
  const envelope = { apiVersion: 'v1', kind: 'ConfigMap', raw, contentEncoding: '', contentType: 'application/json' };
  const schema = wholeObjectSchema(standardSchema('core/v1.ConfigMap'));
  assert.deepEqual(decodeEnvelope(envelope, schema), { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } });
  assert.throws(() => decodeEnvelope({ ...envelope, contentEncoding: 'gzip' }, schema), /content encoding "gzip"/);
});

test('decodeEnvelope() reads what kubectl 1.32 posts', async (t) => {
  for (const line of testdata('kubectl.txt').trim().split('\n')) {
    const [kind = '', base64 = ''] = line.split(' ', 2);
    const want: unknown = JSON.parse(line.slice(kind.length + base64.length + 2));
    await t.test(kind, () => {
      assert.ok(isStandardKind(kind));
      const envelope = readEnvelope(Uint8Array.fromBase64(base64));
      const schema = wholeObjectSchema(standardSchema(kind));
      assert.deepEqual(pruned(schema, decodeEnvelope(envelope, schema)), pruned(schema, want));
    });
  }
});
