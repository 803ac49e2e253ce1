import assert from 'node:assert/strict';
import test from 'node:test';
import { describe, describedFields } from './descriptions.ts';
import { messageFacts, messageNames } from './facts.ts';

/** Every message and field with its text. */
const texts = messageNames().flatMap((message) =>
  ['', ...(messageFacts(message)?.fields.keys() ?? [])].map((field) => ({
    place: `${message}.${field}`,
    text: describe(message, field) ?? '',
  })),
);

function placesWhere(isWrong: (text: string) => boolean): readonly string[] {
  return texts.filter(({ text }) => isWrong(text)).map(({ place, text }) => `${place}: ${text}`);
}

test('describe() has a text for every message and every field', () => {
  assert.ok(texts.length > 2500);
  assert.deepEqual(
    placesWhere((text) => text === ''),
    [],
  );
});

test('describe() gives sentences of 4 words to 400 characters', () => {
  assert.deepEqual(
    placesWhere((text) => text.length > 400 || text.split(' ').length < 4),
    [],
  );
  assert.deepEqual(
    placesWhere((text) => !/^[A-Z][^]*\.$/.test(text) || /\s{2}|\s$|\.\.$/.test(text)),
    [],
  );
});

test('describe() says the same of what is the same, unless a message says otherwise', () => {
  const reason = describe('apps/v1.DeploymentCondition', 'reason');
  assert.equal(describe('core/v1.PodCondition', 'reason'), reason);
  assert.equal(describe('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', 'reason'), reason);
  assert.match(describe('core/v1.NodeCondition', 'type') ?? '', /MemoryPressure/);
  assert.equal(describe('dev.planform.management.v1alpha1.Site', 'kind'), undefined);
});

test('descriptions are about messages and fields that exist', () => {
  for (const [message, fields] of describedFields()) {
    const known = messageFacts(message)?.fields;
    assert.ok(known !== undefined, message);
    for (const field of fields) assert.ok(field === '' || known.has(field), `${message}.${field}`);
  }
});
