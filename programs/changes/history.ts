import type { KubeObject } from '../../kernel/meta/object.ts';
import { connectHub } from '../cli/connect.ts';
import { CommandError, exitCodes } from '../cli/exit.ts';
import type { PlaceChoice } from '../cli/options.ts';
import { formatTable, note, type OutputFormat, print } from '../cli/output.ts';
import { differences, formatDifferences, summary } from './differences.ts';
import { type Past, type PastState, readPast, stateAt } from './past.ts';
import { findPlace, listResources, parseObject, shownPlace } from './served-resources.ts';

/** What `planform history` was asked. */
export interface HistoryChoices extends PlaceChoice {
  readonly limit: number;
  readonly output: OutputFormat;
}

/** What `planform diff` was asked. */
export interface DiffChoices extends PlaceChoice {
  /** Absent: what was before `to`. */
  readonly from?: number;
  /** Absent: the present state. */
  readonly to?: number;
  readonly output: OutputFormat;
}

/** `planform history`: who changed an object, when, why and what. Prints field names, never values. */
export async function printHistory(object: string, options: HistoryChoices): Promise<void> {
  const asked = parseObject(object);
  await using server = await connectHub(options);
  const place = findPlace(await listResources(server), asked, server.namespace);
  // One more than is shown, to tell what the oldest of them changed.
  const { states, gap } = await readPast(server, place, options.limit + 1);
  const rows = states.slice(0, options.limit).map((state, index) => historyRow(state, states[index + 1]));
  if (options.output === 'json') {
    print(JSON.stringify({ object: shownPlace(place), entries: rows, ...(gap === undefined ? {} : { gap }) }, null, 2));
    return;
  }
  const cells = rows.map(({ revision, time, actor, reason, changed }) => [
    String(revision),
    time,
    actor,
    reason,
    changed,
  ]);
  print(formatTable(['REVISION', 'TIME', 'ACTOR', 'MANAGER/REASON', 'CHANGED'], cells));
  if (gap !== undefined && states.length <= options.limit) note(gap);
}

function historyRow(state: PastState, before: PastState | undefined) {
  const { revision, operation, actor, reason, time } = state;
  return { revision, operation, time: `${time.slice(0, 19)}Z`, actor, reason, changed: changedBy(state, before) };
}

function changedBy({ operation, object }: PastState, before: PastState | undefined): string {
  if (operation === 'create') return 'created';
  if (operation === 'delete') return 'deleted';
  return before === undefined
    ? 'unknown: what was before is no longer kept'
    : summary(differences(before.object, object));
}

/** States that are looked through for a revision. */
export const statesMax = 10_000;

/** `planform diff`: what differs between two states of an object. @returns the exit code: 3 when something does. */
export async function printDifferences(object: string, options: DiffChoices): Promise<number> {
  const asked = parseObject(object);
  await using server = await connectHub(options);
  const place = findPlace(await listResources(server), asked, server.namespace);
  const past = await readPast(server, place, statesMax);
  const to = options.to === undefined ? past.states[0] : stateAt(past, place, options.to);
  const from = options.from === undefined ? stateBefore(past, to) : stateAt(past, place, options.from);
  const found = differences(liveObject(from), liveObject(to));
  if (options.output === 'json')
    print(JSON.stringify({ from: from?.revision, to: to?.revision, differences: found }, null, 2));
  else {
    print(`${shownPlace(place)}: ${shownState(from)} → ${shownState(to)}`);
    for (const line of formatDifferences(found)) print(line);
  }
  return found.length === 0 ? exitCodes.done : exitCodes.unhealthy;
}

/** Undefined when the object came with `state`. @throws {CommandError} when what was before is no longer kept. */
function stateBefore({ states, gap }: Past, state: PastState | undefined): PastState | undefined {
  if (state === undefined || state.operation === 'create') return undefined;
  const before = states[states.indexOf(state) + 1];
  if (before !== undefined) return before;
  throw new CommandError(
    `What was before revision ${state.revision} is no longer kept`,
    gap ?? 'compare with a later --from',
  );
}

function liveObject(state: PastState | undefined): KubeObject | undefined {
  return state?.operation === 'delete' ? undefined : state?.object;
}

function shownState(state: PastState | undefined): string {
  if (state === undefined) return 'nothing';
  const { revision, operation, time, actor, reason } = state;
  return `${revision} (${operation} ${time.slice(0, 19)}Z by ${actor}${reason === '' ? '' : `: ${reason}`})`;
}
