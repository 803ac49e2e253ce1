import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { InvalidError, isApiError } from '../meta/errors.ts';
import {
  nameInFieldSelector,
  readDeleteOptions,
  readFlag,
  readListQuery,
  readWatchQuery,
  readWriteOptions,
} from './query-options.ts';

const query = (text: string) => new URLSearchParams(text);
const minuteMs = 60_000;

/** The paths of the fields a refusal names. */
function refusedFields(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidError) return error.errors.map(({ path }) => path);
    throw error;
  }
  return [];
}

test('readListQuery() follows the rules of ValidateListOptions', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['resourceVersion=5', []],
    ['resourceVersion=5&resourceVersionMatch=Exact', []],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', []],
    ['resourceVersionMatch=Exact', ['resourceVersionMatch']],
    ['resourceVersion=0&resourceVersionMatch=Exact', ['resourceVersionMatch']],
    ['resourceVersion=5&resourceVersionMatch=Odd', ['resourceVersionMatch']],
    ['resourceVersion=5&resourceVersionMatch=Exact&continue=x', ['resourceVersionMatch']],
    ['sendInitialEvents=false', ['sendInitialEvents']],
  ];
  for (const [text, fields] of cases)
    assert.deepEqual(
      refusedFields(() => readListQuery(query(text))),
      fields,
      text,
    );
  assert.deepEqual(readListQuery(query('limit=5&continue=c&labelSelector=a%3Db&fieldSelector=')), {
    limit: 5,
    continueToken: 'c',
    labelSelector: 'a=b',
  });
  for (const text of ['limit=x', 'limit=1.5', 'limit=99999999999999999999']) {
    assert.throws(
      () => readListQuery(query(text)),
      (error) => isApiError(error, 'BadRequest'),
      text,
    );
  }
});

test('readWatchQuery() never ignores sendInitialEvents and always ends', () => {
  const read = (text: string) => readWatchQuery(query(text), seededRandom(1));
  assert.deepEqual(
    refusedFields(() => read('sendInitialEvents=true')),
    ['resourceVersionMatch'],
  );
  assert.deepEqual(
    refusedFields(() => read('resourceVersionMatch=NotOlderThan')),
    ['resourceVersionMatch'],
  );
  const watch = read('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&timeoutSeconds=7');
  assert.deepEqual(watch, {
    resourceVersionMatch: 'NotOlderThan',
    allowBookmarks: true,
    sendInitialEvents: true,
    timeoutMs: 7_000,
  });
  const { timeoutMs } = read('');
  assert.ok(timeoutMs >= 30 * minuteMs && timeoutMs <= 60 * minuteMs);
});

test('readWriteOptions() names every option it refuses', () => {
  const read = (text: string, isApply = false) => readWriteOptions(query(text), 'PatchOptions', isApply);
  assert.deepEqual(
    refusedFields(() => read('dryRun=x&fieldValidation=odd&force=true')),
    ['dryRun', 'fieldValidation', 'force'],
  );
  assert.deepEqual(
    refusedFields(() => read(`fieldManager=${'m'.repeat(129)}`)),
    ['fieldManager'],
  );
  assert.deepEqual(
    refusedFields(() => read('fieldManager=a%00')),
    ['fieldManager'],
  );
  assert.deepEqual(
    refusedFields(() => read('', true)),
    ['fieldManager'],
  );
  assert.deepEqual(read('fieldManager=m&force=false', true), { fieldManager: 'm' });
});

test('readDeleteOptions() prefers the body to the query', () => {
  assert.deepEqual(readDeleteOptions(query('propagationPolicy=Orphan'), { propagationPolicy: 'Background' }), {
    propagationPolicy: 'Background',
  });
  assert.deepEqual(readDeleteOptions(query('orphanDependents=true&dryRun=All'), undefined), {
    dryRun: true,
    propagationPolicy: 'Orphan',
  });
  assert.deepEqual(
    refusedFields(() => readDeleteOptions(query(''), { propagationPolicy: 'Odd', dryRun: ['Odd'] })),
    ['dryRun', 'propagationPolicy'],
  );
  // Kubernetes: a negative period is the shortest one, and a text is no period.
  assert.deepEqual(readDeleteOptions(query(''), { gracePeriodSeconds: -1 }), { gracePeriodSeconds: 1 });
  assert.throws(
    () => readDeleteOptions(query(''), { gracePeriodSeconds: 'x' }),
    /cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64/,
  );
});

test('readFlag() takes everything but false and 0 for true', () => {
  const values = ['watch', 'watch=1', 'watch=True', 'watch=false', 'watch=FALSE', 'watch=0', ''];
  assert.deepEqual(
    values.map((text) => readFlag(query(text), 'watch')),
    [true, true, true, false, false, false, false],
  );
});

test('nameInFieldSelector() sees only selectors of one object', () => {
  const names = ['metadata.name=a', 'metadata.name==a', 'metadata.name!=a', 'metadata.name=a,x=y', 'x=y', ''];
  const found = names.map((selector) => nameInFieldSelector(new URLSearchParams({ fieldSelector: selector })));
  assert.deepEqual(found, ['a', 'a', '', '', '', '']);
});
