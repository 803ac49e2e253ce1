import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriverError } from '../api/runtime.ts';
import { encodeEnvironment, expandRoot } from './environment.ts';

test('encodeEnvironment() writes one line per entry, names a shell cannot export last', () => {
  const text = encodeEnvironment({ 'a.b': '1', PLAIN: 'x=y', LINES: 'a\nb', SLASH: String.raw`a\nb`, UID: '7' });
  assert.equal(
    text,
    String.raw`EPLAIN=x=y
ELINES=a\nb
ESLASH=a\\nb
Aa.b=1
AUID=7
`,
  );
});

test('encodeEnvironment() refuses what no program can be given', () => {
  for (const env of [{ '': 'x' }, { 'A=B': 'x' }, { A: 'x\0y' }, { A: 'x'.repeat(131_070) }]) {
    assert.throws(
      () => encodeEnvironment(env),
      (error) => error instanceof DriverError && error.code === 'StartFailed',
    );
  }
});

test('expandRoot() replaces the placeholder everywhere', () => {
  assert.equal(expandRoot('$(PLANFORM_ROOT)/a:$(PLANFORM_ROOT)/b', '/data/root'), '/data/root/a:/data/root/b');
  assert.equal(expandRoot('$(PLANFORM_ROOT)/a', ''), '/a');
});
