import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from './errors.ts';
import { compilePath, readColumn } from './field-path.ts';

const object = {
  metadata: { labels: { 'a.b/c': 'label', plain: 'p' } },
  spec: { replicas: 3, paused: false, containers: [{ image: 'x' }, { image: 'y' }], none: null },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', age: 5 },
      { type: "It's]", status: 'False' },
    ],
  },
};

test('compilePath() reads what kubectl columns read', async (t) => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ['.spec.replicas', [3]],
    ['spec.replicas', [3]],
    ['{.spec.replicas}', [3]],
    ['$.spec.replicas', [3]],
    ['.spec.nothing.deeper', []],
    ['.spec.constructor', []],
    ['.spec.none', [null]],
    [".metadata.labels['a.b/c']", ['label']],
    [String.raw`.metadata.labels['a\.b/c']`, ['label']],
    [String.raw`.metadata.labels.a\.b/c`, ['label']],
    ['.metadata.labels["plain", "a.b/c"]', ['p', 'label']],
    ['.spec.containers[*].image', ['x', 'y']],
    ['.spec.containers[0].image', ['x']],
    ['.spec.containers[-1].image', ['y']],
    ['.spec.containers[0:1].image', ['x']],
    ['.spec.containers[:].image', ['x', 'y']],
    ['.metadata.labels.*', ['label', 'p']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ["['status'].conditions[?(@.type == 'Ready')].status", ['True']],
    [`.status.conditions[?(@.type=="It's]")].status`, ['False']],
    ['.status.conditions[?(@.status!="True")].type', ["It's]"]],
    ['.status.conditions[?(@.age>4)].type', ['Ready']],
    ['.status.conditions[?(@.age<=4)].type', []],
    ['.status.conditions[?(@.age)].type', ['Ready']],
    ['.', [object]],
  ];
  for (const [path, want] of cases) await t.test(path, () => assert.deepEqual(compilePath(path)(object), want));
});

test('compilePath() refuses what it does not understand', () => {
  const bad = [
    '.spec..replicas',
    '.spec.',
    '.a[',
    '.a[x]',
    '.a[?(b)]',
    '.a[?(@.b==c)]',
    '[0]x',
    `.${'a'.repeat(2000)}`,
  ];
  for (const path of bad) {
    assert.throws(
      () => compilePath(path),
      (error) => isApiError(error, 'BadRequest'),
      path,
    );
  }
});

test('readColumn() shows the first match', () => {
  const show = (path: string) => readColumn(compilePath(path), object);
  assert.equal(show('.spec.replicas'), 3);
  assert.equal(show('.spec.paused'), false);
  assert.equal(show('.spec.none'), undefined);
  assert.equal(show('.spec.absent'), undefined);
  assert.equal(show('.spec.containers[*].image'), 'x');
  assert.equal(show('.spec.containers'), '[{"image":"x"},{"image":"y"}]');
});
