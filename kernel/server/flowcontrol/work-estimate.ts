import { readFlag } from '../query-options.ts';
import type { FlowArrival } from './flow.ts';

/** What there is of a resource, as far as its requests get more expensive by it. */
export interface ResourceSize {
  readonly objectCount: number;
  /** Of an encoded object, roughly. */
  readonly averageBytes: number;
  readonly watcherCount: number;
}

/** Bytes of an answer that cost a seat (Kubernetes `bytesPerSeat`). */
const bytesPerSeat = 100_000;
/** A list is made as it is sent, so this is the most of it that is in memory at once. */
const listBytesMax = 1_000_000;
/** Most seats of a write. */
const writeSeatsMax = 10;
/**
 * Watchers that cost a seat at each write. Telling one takes 15 µs here, where kube-apiserver counts 500; a seat stands for
 * the 3 ms that a request is taken to take.
 */
const watchersPerSeat = 200;

const writeVerbs: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

/**
 * Seats a request takes while it is answered (Kubernetes KEP-1040, `SizeBasedListCostEstimate`): 1; more for lists, and for
 * watches that begin with a list, by what they hold in memory; more for writes that many watch.
 * @param sizeOf what is known of a resource; `undefined` for those that are not stored. @param seatsMax of its level, at least 1.
 */
export function estimateSeats(
  { request: { verb, resource }, source }: Pick<FlowArrival, 'request' | 'source'>,
  sizeOf: (group: string, plural: string) => ResourceSize | undefined,
  seatsMax: number,
): number {
  if (resource === undefined || verb === 'get') return 1;
  const isList = verb === 'list' || (verb === 'watch' && startsWithList(source.query));
  if (!isList && !writeVerbs.has(verb)) return 1;
  const size = sizeOf(resource.group, resource.plural);
  if (size === undefined) return 1;
  const seats = isList
    ? Math.ceil(Math.min(listBytesMax, listedCount(source.query, size.objectCount) * size.averageBytes) / bytesPerSeat)
    : Math.min(writeSeatsMax, 1 + Math.floor(size.watcherCount / watchersPerSeat));
  return Math.max(1, Math.min(seatsMax, seats));
}

function startsWithList(query: URLSearchParams): boolean {
  const revision = query.get('resourceVersion') ?? '';
  return revision === '' || revision === '0' || readFlag(query, 'sendInitialEvents');
}

function listedCount(query: URLSearchParams, objectCount: number): number {
  if (query.get('fieldSelector')?.includes('metadata.name=') === true) return 1;
  const limit = Number(query.get('limit') ?? 0);
  return limit > 0 && limit < objectCount ? limit : objectCount;
}
