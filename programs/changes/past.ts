import { isJsonObject, type KubeObject } from '../../kernel/meta/object.ts';
import type { Connection } from '../cli/connect.ts';
import { CommandError } from '../cli/exit.ts';
import { askedPlace, type ObjectPlace, objects, placePath, shownPlace, text } from './served-resources.ts';

/** One change of an object. */
export interface PastState {
  readonly revision: number;
  readonly operation: 'create' | 'update' | 'delete';
  readonly actor: string;
  readonly reason: string;
  readonly time: string;
  readonly object: KubeObject;
}

/** What a server knows of the past of an object. */
export interface Past {
  /** Newest first. */
  readonly states: readonly PastState[];
  /** The newest revision of the server. */
  readonly newest: number;
  /** What lacks at the old end, in words. */
  readonly gap: string | undefined;
}

/** Most states a server gives at once. */
const pageStatesMax = 500;

/**
 * Reads the past of an object, newest first, at most `limit` states.
 * @throws {CommandError} for kinds without history and objects nobody knows.
 */
export async function readPast(server: Connection, place: ObjectPlace, limit: number): Promise<Past> {
  if (!place.resource.hasHistory) {
    throw new CommandError(
      `The server keeps no history of ${place.resource.plural}`,
      'only their present state is known',
    );
  }
  const states: PastState[] = [];
  let gap: string | undefined;
  let newest = 0;
  while (states.length < limit) {
    const count = Math.min(limit - states.length, pageStatesMax);
    const before = states.at(-1)?.revision;
    const query = `limit=${count}${before === undefined ? '' : `&before=${before}`}`;
    const { value } = await server.request({ method: 'GET', path: `${placePath(place, 'history')}?${query}` });
    const page = objects(value, 'entries') as readonly object[] as readonly PastState[];
    states.push(...page);
    newest ||= isJsonObject(value) ? Number(text(value['metadata'], 'resourceVersion')) : 0;
    gap = isJsonObject(value) && isJsonObject(value['gap']) ? text(value['gap'], 'message') : undefined;
    if (page.length < count) break;
  }
  return { states, gap, newest };
}

/**
 * The state of an object at a revision.
 * @throws {CommandError} when it is still to come, the object was created later or was gone, or that state is no longer kept.
 */
export function stateAt({ states, gap, newest }: Past, place: ObjectPlace, revision: number): PastState {
  const found = states.find((state) => state.revision <= revision);
  const what = `${shownPlace(place)} has no state at revision ${revision}`;
  const hint = `see planform history ${askedPlace(place)}`;
  if (revision > newest) throw new CommandError(`${what}: it is still to come, the newest is ${newest}`, hint);
  if (found?.operation === 'delete') throw new CommandError(`${what}: it was deleted at ${found.revision}`, hint);
  if (found !== undefined) return found;
  if (gap !== undefined) throw new CommandError(what, gap);
  throw new CommandError(`${what}: it was created at ${states.at(-1)?.revision}`, hint);
}
