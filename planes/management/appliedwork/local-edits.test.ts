import assert from 'node:assert/strict';
import test from 'node:test';
import type { HistoryEntry } from '../../../kernel/ports/resources.ts';
import type { LocalEdit } from '../work/type.ts';
import { type EditsQuestion, findAuthor, findDeleter, type FoundEdit, planEdits } from './local-edits.ts';
import { editsDigest } from './plan.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const sinceMs = Date.parse('2026-01-01T00:30:00Z');
const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
const author = { who: 'bob', atMs: Date.parse('2026-01-01T00:10:00Z') };
const scaled: FoundEdit = { ...object, path: '.spec.replicas', hubValue: 2, siteValue: 5, manager: 'kubectl', author };
const stored: LocalEdit = {
  ...object,
  path: '.spec.replicas',
  hubValue: 2,
  siteValue: 5,
  manager: 'kubectl',
  who: 'bob',
  since: '2026-01-01T00:10:00Z',
  resolution: 'Standing',
};
const cutOff = { isConnected: false } as const;
const connected = { isConnected: true, sinceMs } as const;

function ask(question: Partial<EditsQuestion>): string {
  const plan = planEdits({
    found: [scaled],
    stored: [],
    onReconnect: 'HubWins',
    connection: cutOff,
    reportedDigest: undefined,
    nowMs,
    ...question,
  });
  const shown = plan.record
    .map((edit) => `${edit.resolution} ${JSON.stringify(edit.siteValue)} by ${edit.who}`)
    .join(', ');
  return `${shown}${plan.awaitsReport ? ' (awaits report)' : ''}`;
}

test('planEdits() decides by who, when, and policy', async (t) => {
  const reportedDigest = editsDigest([stored]);
  const cases: readonly { readonly name: string; readonly question: Partial<EditsQuestion>; readonly want: string }[] =
    [
      { name: 'cut off: stands', question: {}, want: 'Standing 5 by bob' },
      {
        name: 'cut off: a controller never',
        question: { found: [{ ...scaled, author: { who: 'system:planform:controller:hpa', atMs: nowMs } }] },
        want: '',
      },
      {
        name: 'connected: a new change is taken back',
        question: { connection: connected, found: [{ ...scaled, author: { who: 'bob', atMs: nowMs } }] },
        want: 'Reverted 5 by bob',
      },
      {
        name: 'connected: one made while cut off and not recorded yet is reported first',
        question: { connection: connected },
        want: 'Standing 5 by bob (awaits report)',
      },
      {
        name: 'HubWins waits for the report',
        question: { connection: connected, stored: [stored] },
        want: 'Standing 5 by bob (awaits report)',
      },
      {
        name: 'HubWins takes back what is reported',
        question: { connection: connected, stored: [stored], reportedDigest },
        want: 'Reverted 5 by bob',
      },
      {
        name: 'HubWins does not take back what changed since the report',
        question: { connection: connected, stored: [{ ...stored, siteValue: 4 }], reportedDigest },
        want: 'Standing 5 by bob (awaits report)',
      },
      {
        name: 'SiteWins keeps',
        question: { connection: connected, stored: [stored], onReconnect: 'SiteWins' },
        want: 'Kept 5 by bob',
      },
      {
        name: 'Report leaves it standing',
        question: { connection: connected, stored: [stored], onReconnect: 'Report' },
        want: 'Standing 5 by bob',
      },
      { name: 'undone by hand: dropped', question: { found: [], stored: [stored] }, want: '' },
      {
        name: 'taken back ones are remembered',
        question: { found: [], stored: [{ ...stored, resolution: 'Reverted' }] },
        want: 'Reverted 5 by bob',
      },
      {
        name: 'author no longer known: what was recorded counts',
        question: { found: [{ ...object, path: '.spec.replicas', hubValue: 2, siteValue: 5 }], stored: [stored] },
        want: 'Standing 5 by bob',
      },
    ];
  for (const { name, question, want } of cases) await t.test(name, () => assert.equal(ask(question), want));
});

test('planEdits() is stable: deciding again on its own record changes nothing', () => {
  const question: EditsQuestion = {
    found: [{ ...scaled, siteValue: 'x'.repeat(5_000) }],
    stored: [],
    onReconnect: 'HubWins',
    connection: cutOff,
    reportedDigest: undefined,
    nowMs,
  };
  const first = planEdits(question);
  const again = planEdits({ ...question, stored: first.record, nowMs: nowMs + 60_000 });
  assert.deepEqual(again.record, first.record);
  assert.ok(JSON.stringify(first.record).length < 1_000);
});

test('findAuthor() and findDeleter() read the history from its newest end', () => {
  const state = (
    replicas: number,
    actor: string,
    operation: HistoryEntry['operation'] = 'update',
    deletionTimestamp?: string,
  ): HistoryEntry => {
    const metadata = {
      name: 'web',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    };
    return {
      revision: 1,
      operation,
      actor,
      reason: '',
      atMs: replicas,
      object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas } } as HistoryEntry['object'],
    };
  };
  const path = [
    { kind: 'field', name: 'spec' },
    { kind: 'field', name: 'replicas' },
  ] as const;
  assert.deepEqual(findAuthor([state(5, 'carol'), state(5, 'bob'), state(2, 'hub')], path, 5)?.who, 'bob');
  assert.equal(findAuthor([state(5, 'carol'), state(5, 'bob')], path, 5), undefined);
  assert.equal(findDeleter([state(5, 'gc', 'delete'), state(5, 'bob', 'update', 'now'), state(5, 'hub')])?.who, 'bob');
  assert.equal(findDeleter([state(5, 'hub', 'create'), state(5, 'bob', 'delete')]), undefined);
});
