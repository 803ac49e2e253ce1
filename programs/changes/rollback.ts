import { isJsonObject } from '../../kernel/meta/object.ts';
import { type Connection, connectHub } from '../cli/connect.ts';
import { CommandError, UsageError } from '../cli/exit.ts';
import type { PlaceChoice } from '../cli/options.ts';
import { print } from '../cli/output.ts';
import { differences } from './differences.ts';
import { statesMax } from './history.ts';
import { type Past, type PastState, readPast, stateAt } from './past.ts';
import { refusePrune, restorationMsMax, restoreMany } from './restore-many.ts';
import { type Moment, revisionAt } from './revision-at.ts';
import {
  askedPlace,
  findPlace,
  listResources,
  type ObjectPlace,
  parseObject,
  placePath,
  shownPlace,
  text,
} from './served-resources.ts';
import { dryRunText, type WriteChoices, writeTogether } from './together.ts';

/** What `planform rollback` was asked. */
export interface RollbackChoices extends PlaceChoice, WriteChoices {
  readonly to?: Moment;
  readonly prune?: boolean;
}

/** `planform rollback`: gives an object the desired state, labels and annotations it had at a revision. */
export async function rollBack(object: string, options: RollbackChoices): Promise<void> {
  if (object === 'all') return rollBackAll(options);
  const asked = parseObject(object);
  refusePrune(options);
  await using server = await connectHub(options, restorationMsMax);
  const place = findPlace(await listResources(server), asked, server.namespace);
  const past = await readPast(server, place, statesMax);
  const [newest] = past.states;
  if (newest?.operation === 'delete') {
    const hint = `planform restore ${askedPlace(place)} brings it back`;
    throw new CommandError(`${shownPlace(place)} was deleted at revision ${newest.revision}`, hint);
  }
  const { to } = options;
  const target = to === undefined ? previousState(past, place) : stateAt(past, place, await revisionAt(server, to));
  await restoreState(server, place, target.revision, {
    ...options,
    reason: options.reason ?? `rollback to revision ${target.revision}`,
    preconditions: { uid: newest?.object.metadata.uid ?? '', resourceVersion: await resourceVersionOf(server, place) },
    done: `rolled back to revision ${target.revision}`,
  });
}

/** The newest state that differs from the present one in more than status. */
function previousState({ states, gap }: Past, place: ObjectPlace): PastState {
  const [newest, ...older] = states;
  const isOther = ({ operation, object }: PastState) =>
    operation !== 'delete' && desiredChanges(object, newest?.object).length > 0;
  const found = older.find(isOther);
  if (found !== undefined) return found;
  throw new CommandError(`${shownPlace(place)} has no earlier state to go back to`, gap ?? 'it is as it was created');
}

function desiredChanges(before: PastState['object'], after: PastState['object'] | undefined) {
  return differences(before, after).filter(
    ({ path }) => !/^(status|metadata\.(finalizers|ownerReferences))\b/.test(path),
  );
}

async function resourceVersionOf(server: Connection, place: ObjectPlace): Promise<string> {
  const { value } = await server.request({ method: 'GET', path: placePath(place) });
  return isJsonObject(value) ? text(value['metadata'], 'resourceVersion') : '';
}

/** What is told when a state is back. */
interface StateChoices extends WriteChoices {
  readonly preconditions?: { readonly uid: string; readonly resourceVersion: string };
  readonly done: string;
}

/** Brings one state back, on the server, and says so. */
export async function restoreState(
  server: Connection,
  place: ObjectPlace,
  revision: number,
  options: StateChoices,
): Promise<void> {
  const { resource, namespace, name } = place;
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const target = { apiVersion, kind: resource.kind, name, ...(namespace === '' ? {} : { namespace }) };
  const { preconditions } = options;
  const item = {
    operation: 'Restore',
    target,
    revision: String(revision),
    ...(preconditions === undefined ? {} : { preconditions: { ...preconditions } }),
  };
  const [result] = await writeTogether(server, { fieldManager: 'planform', items: [item] }, options);
  const what = result === 'unchanged' ? 'unchanged' : options.done;
  print(`${shownPlace(place)} ${what}${dryRunText(options)}`);
}

async function rollBackAll(options: RollbackChoices): Promise<void> {
  if (options.to === undefined) {
    const hint = '`planform get all --as-of TIME` shows what there was';
    throw new UsageError('A whole namespace goes back to a revision or time: say --to', hint);
  }
  await using server = await connectHub(options, restorationMsMax);
  await restoreMany(server, { ...options, revision: await revisionAt(server, options.to), existing: 'RollBack' });
}
