import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../meta/object.ts';
import { changeReason, readChangeReason } from './change-reason.ts';

const withCause = (cause?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
    ...(cause === undefined ? {} : { annotations: { 'kubernetes.io/change-cause': cause } }),
  },
});

test('readChangeReason() takes one short line of UTF-8', () => {
  assert.equal(readChangeReason(undefined), undefined);
  assert.equal(readChangeReason('  '), undefined);
  assert.equal(readChangeReason(Buffer.from('Grüße ✓').toString('latin1')), 'Grüße ✓');
  assert.throws(() => readChangeReason('a\tb'), /control characters/);
  assert.throws(() => readChangeReason('x'.repeat(513)), /it has 513 characters, at most 512 are allowed/);
});

test('changeReason() is what the request says, else the annotation that this write sets', () => {
  assert.equal(changeReason('stated', withCause('x'), undefined), 'stated');
  assert.equal(changeReason(undefined, withCause('x'), undefined), 'x');
  assert.equal(changeReason(undefined, withCause('x'), withCause('y')), 'x');
  assert.equal(changeReason(undefined, withCause('x'), withCause('x')), undefined, 'it speaks of an earlier write');
  assert.equal(changeReason(undefined, withCause('a\nb'), undefined), 'a b');
  assert.equal(changeReason(undefined, undefined, withCause('x')), undefined);
});
