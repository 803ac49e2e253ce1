import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonObject } from '../meta/object.ts';
import { encodeOpenApiV2 } from './openapi-protobuf.ts';

/** A document, and its bytes as google/gnostic-models (ParseDocument, Marshal) writes them, with JSON as YAML text. */
const [json = '', base64 = ''] = readFileSync(new URL('testdata/openapi-v2.txt', import.meta.url), 'utf8').split('\n');

test('encodeOpenApiV2() writes what gnostic writes', () => {
  assert.equal(encodeOpenApiV2(JSON.parse(json) as JsonObject).toBase64(), base64);
});

test('encodeOpenApiV2() leaves out what Swagger 2.0 does not know', () => {
  const plain = { definitions: { A: { type: 'string' } } };
  const extended = { definitions: { A: { type: 'string', nullable: true, oneOf: [{ type: 'string' }] } } };
  assert.deepEqual(encodeOpenApiV2(extended), encodeOpenApiV2(plain));
});
