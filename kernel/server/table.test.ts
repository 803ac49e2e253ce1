import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../meta/object.ts';
import type { KindDefinition, PrinterColumn } from '../schema/kind.ts';
import { object } from '../schema/schema.ts';
import { formatAge } from '../base/age.ts';
import { tableLayout } from './table.ts';

const nowMs = Date.UTC(2026, 0, 2);

function kindWith(columns: readonly PrinterColumn[]): KindDefinition {
  return {
    group: 'x.io',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    scope: 'Cluster',
    versions: [{ name: 'v1', served: true, schema: object({}), columns }],
    storageVersion: 'v1',
    statusSubresource: true,
    history: 'none',
  };
}

const thing = {
  apiVersion: 'x.io/v1',
  kind: 'Thing',
  metadata: { name: 't', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: { conditions: [{ type: 'Ready', status: 'True' }], seen: '2026-01-01T23:59:18Z', list: [1, 2] },
} as KubeObject;

const column = (name: string, value: PrinterColumn['value'], more: Partial<PrinterColumn> = {}): PrinterColumn => ({
  name,
  type: 'string',
  description: '',
  value,
  ...more,
});

test('tableLayout() reads paths, functions and times', () => {
  const layout = tableLayout(
    kindWith([
      column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
      column('Seen', '.status.seen', { type: 'date' }),
      column('Never', '.status.never', { type: 'date' }),
      column('List', '.status.list'),
      column('Missing', '.spec.missing'),
      column('Computed', (one: KubeObject, atMs: number) => `${one.metadata.name} ${atMs}`),
    ]),
    'v1',
  );
  assert.deepEqual(layout.cellsOf(thing, nowMs), ['t', 'True', '42s', '<unknown>', '[1,2]', null, `t ${nowMs}`, '24h']);
});

test('tableLayout() puts Age before the columns of wide output, and lets kinds place Name and Age themselves', () => {
  const names = (columns: readonly PrinterColumn[]) =>
    tableLayout(kindWith(columns), 'v1').columns.map(({ name }) => name);
  assert.deepEqual(names([]), ['Name', 'Age']);
  assert.deepEqual(names([column('A', '.a'), column('B', '.b', { priority: 1 })]), ['Name', 'A', 'Age', 'B']);
  assert.deepEqual(names([column('Age', '.a'), column('Name', '.b')]), ['Age', 'Name']);
});

test('formatAge() writes durations as kubectl does', () => {
  const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000] as const;
  const cases: readonly (readonly [number, string])[] = [
    [-5 * second, '<invalid>'],
    [-1 * second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [125 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [180 * minute, '3h'],
    [200 * minute, '3h20m'],
    [9 * hour, '9h'],
    [47 * hour, '47h'],
    [50 * hour, '2d2h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [731 * day, '2y1d'],
    [9 * 365 * day, '9y'],
  ];
  for (const [durationMs, text] of cases) assert.equal(formatAge(durationMs), text);
});
