import { InvalidArgumentError } from 'commander';
import { restorationKind } from '../../kernel/kinds/restoration/type.ts';
import { formatApiVersion, isJsonObject } from '../../kernel/meta/object.ts';
import type { Connection } from '../cli/connect.ts';
import { text } from './served-resources.ts';

/** A revision, or a time in RFC 3339 that stands for the last one before it. */
export type Moment = number | string;

/** Reads what `--to` says. @throws {InvalidArgumentError} for what is neither a revision nor a time. */
export function readMoment(source: string): Moment {
  if (/^[1-9]\d{0,14}$/.test(source)) return Number(source);
  const atMs = /^\d{4}-/.test(source) ? Date.parse(source) : Number.NaN;
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('It is a revision (4711) or a time (2026-11-20T12:00:00Z).');
  return new Date(atMs).toISOString();
}

/** The revision of a moment: any list as of a time says which one it shows. @throws {ApiError} for times nothing is known of. */
export async function revisionAt(server: Connection, moment: Moment): Promise<number> {
  if (typeof moment === 'number') return moment;
  const { group, storageVersion, plural } = restorationKind;
  const query = new URLSearchParams({ asOf: moment, limit: '1' }).toString();
  const collection = `/apis/${formatApiVersion(group, storageVersion)}/namespaces/${server.namespace}/${plural}`;
  const { value } = await server.request({ method: 'GET', path: `${collection}?${query}` });
  return Number(text(isJsonObject(value) ? value['metadata'] : undefined, 'resourceVersion'));
}
