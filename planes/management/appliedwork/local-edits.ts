import { formatTime, parseTime } from '../../../kernel/base/clock.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { Json, KubeObject } from '../../../kernel/meta/object.ts';
import type { HistoryEntry } from '../../../kernel/ports/resources.ts';
import { type LocalEdit, localEditsMax } from '../work/type.ts';
import { asJson } from './drift.ts';
import { type FieldPath, valueAt } from './field-path.ts';
import { editsDigest } from './plan.ts';

/** Who changed a field, as the history of the object tells. */
export interface Author {
  readonly who: string;
  readonly atMs: number;
}

/** A change by somebody else, found now. */
export interface FoundEdit {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Empty when the whole object was deleted. */
  readonly path: string;
  readonly hubValue?: Json;
  readonly siteValue?: Json;
  readonly manager?: string;
  /** Absent when the history no longer reaches back that far. */
  readonly author?: Author;
}

/** What to decide on. */
export interface EditsQuestion {
  readonly found: readonly FoundEdit[];
  /** `status.localEdits` as stored. */
  readonly stored: readonly LocalEdit[];
  readonly onReconnect: 'HubWins' | 'SiteWins' | 'Report';
  readonly connection: Connection;
  /** `editsDigest` of what the hub has confirmed to know; absent if nothing. */
  readonly reportedDigest: string | undefined;
  readonly nowMs: number;
}

/** Whether the site counts as connected, and since when. */
export type Connection = { readonly isConnected: false } | { readonly isConnected: true; readonly sinceMs: number };

/** The decision. */
export interface EditsPlan {
  /** Edits that stay in force: their fields are left out of what is applied. */
  readonly standing: readonly LocalEdit[];
  /** The new `status.localEdits`. */
  readonly record: readonly LocalEdit[];
  /** Edits taken back now. */
  readonly reverted: readonly LocalEdit[];
  /** HubWins waits until the hub knows the edits. */
  readonly awaitsReport: boolean;
}

/**
 * Decides which changes made at the site stay. Cut off: all stay, but those of controllers. Connected: a new change is
 * taken back at once; one made while cut off goes by `onReconnect`, and HubWins takes it back only after the hub has
 * confirmed to know of it.
 */
export function planEdits(question: EditsQuestion): EditsPlan {
  const standing: LocalEdit[] = [];
  const reverted: LocalEdit[] = [];
  let awaitsReport = false;
  for (const found of question.found) {
    if (found.author !== undefined && isController(found.author.who)) continue;
    const edit = editOf(found, question);
    const verdict = judge(edit, question);
    if (verdict === 'await') awaitsReport = true;
    if (verdict === 'revert') {
      reverted.push({ ...edit, resolution: 'Reverted', resolvedAt: formatTime(question.nowMs) });
    } else {
      standing.push({ ...edit, resolution: verdict === 'keep' ? 'Kept' : 'Standing' });
    }
  }
  const history = question.stored.filter((edit) => edit.resolution === 'Reverted');
  const settled = [...reverted, ...history].slice(0, localEditsMax);
  return { standing, reverted, awaitsReport, record: [...standing, ...settled] };
}

/** True for users that are part of the machinery: what they write is never a local edit. */
export function isController(user: string): boolean {
  return user.startsWith('system:planform:') || user.startsWith('system:serviceaccount:kube-system:');
}

/**
 * Who made a field what it is: the oldest write in the unbroken run of newest states that have the same value.
 * @param history newest first. @returns `undefined` when the history does not show the change.
 */
export function findAuthor(
  history: readonly HistoryEntry[],
  path: FieldPath,
  siteValue: Json | undefined,
): Author | undefined {
  let author: Author | undefined;
  for (const entry of history) {
    if (entry.operation === 'delete' || !jsonEquals(valueAt(asJson(entry.object), path), siteValue)) return author;
    author = { who: entry.actor, atMs: entry.atMs };
  }
  return undefined;
}

/** Who deleted an object, if its newest history entry is a deletion. @param history newest first. */
export function findDeleter(history: readonly HistoryEntry[]): Author | undefined {
  const [newest, ...older] = history;
  if (newest?.operation !== 'delete') return undefined;
  // With finalizers the person only marked the object; a controller took it away later.
  let first = newest;
  for (const entry of older) {
    if (!isTerminating(entry.object)) break;
    first = entry;
  }
  return { who: first.actor, atMs: first.atMs };
}

function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

type Verdict = 'stand' | 'await' | 'keep' | 'revert';

function judge(edit: LocalEdit, { connection, onReconnect, stored, reportedDigest }: EditsQuestion): Verdict {
  if (!connection.isConnected) return 'stand';
  const known = findStored(stored, edit);
  const sinceMs = parseTime(edit.since) ?? connection.sinceMs;
  // Times are whole seconds: within the second of the connection nobody can tell, so it counts as made before.
  if (known === undefined && sinceMs > connection.sinceMs) return 'revert';
  if (onReconnect === 'SiteWins') return 'keep';
  if (onReconnect === 'Report') return 'stand';
  return known !== undefined && reportedDigest === editsDigest(stored) ? 'revert' : 'await';
}

/** The edit as it is recorded: what was known before keeps its author and time while the value is the same. */
function editOf(found: FoundEdit, { stored, nowMs }: EditsQuestion): LocalEdit {
  const { author, ...unbounded } = found;
  const rest = bounded(unbounded);
  const known = findStored(stored, found);
  const isUnchanged = known !== undefined && jsonEquals(known.siteValue, rest.siteValue);
  const who = isUnchanged ? (known.who ?? author?.who) : author?.who;
  const since = isUnchanged ? known.since : formatTime(author?.atMs ?? nowMs);
  return { ...rest, ...(who === undefined ? {} : { who }), since, resolution: 'Standing' };
}

function findStored(stored: readonly LocalEdit[], edit: Omit<FoundEdit, 'author'>): LocalEdit | undefined {
  return stored.find(
    (candidate) =>
      candidate.resolution !== 'Reverted' &&
      candidate.path === edit.path &&
      candidate.kind === edit.kind &&
      candidate.name === edit.name &&
      candidate.namespace === edit.namespace &&
      candidate.apiVersion === edit.apiVersion,
  );
}

/** Longest value, as JSON text, that is recorded as it is. */
const valueCharactersMax = 512;

/** Large values are replaced by their beginning, so that a status stays small. */
function bounded<E extends { readonly hubValue?: Json; readonly siteValue?: Json }>(edit: E): E {
  return { ...edit, ...boundedValue('hubValue', edit.hubValue), ...boundedValue('siteValue', edit.siteValue) };
}

function boundedValue(name: string, value: Json | undefined): Record<string, Json> {
  if (value === undefined) return {};
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { [name]: text.length <= valueCharactersMax ? value : `${text.slice(0, valueCharactersMax)}…` };
}
