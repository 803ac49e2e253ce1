import { connectHub } from '../cli/connect.ts';
import { CommandError, UsageError } from '../cli/exit.ts';
import type { PlaceChoice } from '../cli/options.ts';
import { statesMax } from './history.ts';
import { type PastState, readPast } from './past.ts';
import { refusePrune, restorationMsMax, restoreMany } from './restore-many.ts';
import { type Moment, revisionAt } from './revision-at.ts';
import { restoreState } from './rollback.ts';
import { askedPlace, findPlace, listResources, parseObject, shownPlace } from './served-resources.ts';
import type { WriteChoices } from './together.ts';

/** What `planform restore` of objects was asked. */
export interface RestoreChoices extends PlaceChoice, WriteChoices {
  readonly to?: Moment;
  readonly withDependents?: boolean;
  readonly prune?: boolean;
}

/** `planform restore <kind>/<name>`: brings a deleted object back as it was, with a new uid. */
export async function restoreObject(object: string, options: RestoreChoices): Promise<void> {
  if (object === 'all') return restoreAll(options);
  const asked = parseObject(object);
  refusePrune(options);
  await using server = await connectHub(options, restorationMsMax);
  const place = findPlace(await listResources(server), asked, server.namespace);
  const { states, gap } = await readPast(server, place, statesMax);
  const [newest] = states;
  if (newest?.operation !== 'delete') {
    throw new CommandError(`${shownPlace(place)} exists`, `planform rollback ${askedPlace(place)} changes it`);
  }
  const revision = options.to === undefined ? lastLiving(states) : await revisionAt(server, options.to);
  if (revision === undefined) {
    throw new CommandError(`Cannot restore ${shownPlace(place)}: its last state is no longer kept`, gap);
  }
  const reason = options.reason ?? `restored from revision ${revision}`;
  if (options.withDependents !== true) {
    await restoreState(server, place, revision, { ...options, reason, done: `restored from revision ${revision}` });
    return;
  }
  if (!place.resource.namespaced) {
    const hint =
      'restore the object, then its dependents in their namespaces: planform restore all -n NAMESPACE --to REVISION';
    throw new CommandError('Only objects in a namespace come back with their dependents', hint);
  }
  const { group, version, kind } = place.resource;
  const root = { apiVersion: group === '' ? version : `${group}/${version}`, kind, name: place.name };
  await restoreMany(server, { ...options, reason, revision, existing: 'Keep', root });
}

/**
 * The last revision of everything before the deletion began: dependents may go before their owner does, and what was being
 * deleted is not what somebody wants back.
 */
function lastLiving(states: readonly PastState[]): number | undefined {
  let begin: PastState | undefined;
  for (const state of states) {
    const isEnding = state.operation === 'delete' || state.object.metadata.deletionTimestamp !== undefined;
    if (begin !== undefined && !isEnding) return begin.revision - 1;
    begin = state;
  }
  // Only the deletion is left, which has the last state.
  return begin?.operation === 'delete' ? begin.revision : undefined;
}

async function restoreAll(options: RestoreChoices): Promise<void> {
  if (options.to === undefined) {
    const hint = '`planform get all --as-of TIME` shows what there was';
    throw new UsageError('A whole namespace comes back as of a revision or time: say --to', hint);
  }
  await using server = await connectHub(options, restorationMsMax);
  await restoreMany(server, { ...options, revision: await revisionAt(server, options.to), existing: 'Keep' });
}
