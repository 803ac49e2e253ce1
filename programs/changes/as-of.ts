import { type ApiError, isApiError } from '../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import { type Connection, connectHub } from '../cli/connect.ts';
import { CommandError, UsageError } from '../cli/exit.ts';
import type { PlaceChoice } from '../cli/options.ts';
import { formatTable, note, print } from '../cli/output.ts';
import { collectionPath, findResource, listResources, objects, type ServedResource, text } from './served-resources.ts';

/** What `planform get` was asked. */
export interface AsOfChoices extends PlaceChoice {
  readonly allNamespaces?: boolean;
  /** A revision or a time. */
  readonly asOf: string;
  readonly selector?: string;
  readonly output: 'table' | 'json' | 'name';
}

const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';

/** `planform get`: objects as they were at a revision or time. */
export async function printAsOf(what: string, options: AsOfChoices): Promise<void> {
  const time = timeQuery(options.asOf);
  const [kind = '', name, ...rest] = what.split('/');
  const isAll = kind === 'all';
  if (kind === '' || name === '' || rest.length > 0 || (isAll && name !== undefined)) {
    throw new UsageError(`Cannot find "${what}": it must be <kind>, <kind>/<name> or all`, 'for example configmaps');
  }
  await using server = await connectHub(options);
  const resources = await listResources(server);
  const asked = { ...options, namespace: server.namespace, time, name };
  // Awaited here: the connection is closed at the end of this function.
  const found = isAll
    ? await readAll(server, resources, asked)
    : [await readOne(server, findResource(resources, kind), asked)];
  if (options.output === 'json') return printJson(found, asked, isAll);
  const parts = found.filter(({ rows }) => rows.length > 0).map((part) => formatPart(part, asked, isAll));
  if (parts.length > 0) print(parts.join(options.output === 'table' ? '\n\n' : '\n'));
  else note(`No ${isAll ? 'objects' : found[0]?.resource.plural} found${placeText(asked)} as of ${options.asOf}`);
}

interface Question extends AsOfChoices {
  readonly namespace: string;
  readonly name: string | undefined;
  /** Query parameters that say when. */
  readonly time: Readonly<Record<string, string>>;
}

/** What there was of one resource. */
interface Found {
  readonly resource: ServedResource;
  /** A list, or a Table. */
  readonly value: unknown;
  readonly rows: readonly JsonObject[];
}

/** Every resource of a namespace; says of which nothing can be shown. @throws what the server says when that is all of them. */
async function readAll(
  server: Connection,
  resources: readonly ServedResource[],
  question: Question,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const refusals: { readonly plural: string; readonly error: ApiError }[] = [];
  const all = resources.filter(
    ({ hasHistory, namespaced, verbs }) => hasHistory && namespaced && verbs.includes('list'),
  );
  for (const resource of all) {
    try {
      found.push(await readOne(server, resource, question));
    } catch (error) {
      if (!isApiError(error, 'Forbidden', 'Expired')) throw error;
      refusals.push({ plural: resource.plural, error });
    }
  }
  const [first] = refusals;
  if (first !== undefined && found.length === 0) throw first.error;
  for (const { plural, error } of refusals) note(`${plural}: ${error.message}`);
  return found;
}

async function readOne(server: Connection, resource: ServedResource, question: Question): Promise<Found> {
  const { output, selector, name, time, allNamespaces, namespace } = question;
  const query = new URLSearchParams(time);
  if (selector !== undefined) query.set('labelSelector', selector);
  if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
  const path = `${collectionPath(resource, allNamespaces === true ? '' : namespace)}?${query.toString()}`;
  const isTable = output === 'table';
  const { value } = await server.request({ method: 'GET', path, ...(isTable ? { accept: table } : {}) });
  const rows = objects(value, isTable ? 'rows' : 'items');
  if (rows.length > 0 || name === undefined) return { resource, value, rows };
  const where = resource.namespaced ? placeText(question) : '';
  throw new CommandError(
    `${resource.plural} "${name}" was not there${where} as of ${question.asOf}`,
    `planform history ${resource.singular}/${name} shows when it was`,
  );
}

function placeText({ allNamespaces, namespace }: Question): string {
  return allNamespaces === true ? '' : ` in namespace "${namespace}"`;
}

/** As kubectl: the object that was asked for by name, else a list. */
function printJson(found: readonly Found[], { name }: Question, isAll: boolean): void {
  const [first] = found;
  const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: found.flatMap(({ rows }) => rows) };
  const value = isAll ? list : name === undefined ? first?.value : first?.rows[0];
  print(JSON.stringify(value, null, 2));
}

function formatPart({ resource, value, rows }: Found, { output, allNamespaces }: Question, isAll: boolean): string {
  const prefix = `${resource.singular}${resource.group === '' ? '' : `.${resource.group}`}/`;
  if (output === 'name') return rows.map((row) => `${prefix}${text(row['metadata'], 'name')}`).join('\n');
  return tableText(value, isAll ? prefix : '', allNamespaces === true && resource.namespaced);
}

/** @throws {UsageError} for what is neither a revision nor a time. */
function timeQuery(asOf: string): Readonly<Record<string, string>> {
  if (/^\d+$/.test(asOf)) return { resourceVersion: asOf, resourceVersionMatch: 'Exact' };
  const atMs = Date.parse(asOf);
  if (!Number.isNaN(atMs)) return { asOf: new Date(atMs).toISOString() };
  throw new UsageError(`Cannot read --as-of "${asOf}"`, 'it is a revision (4711) or a time (2026-11-20T12:00:00Z)');
}

/** Columns as `kubectl get` shows them. @param prefix of names. @param hasNamespaces in a column of their own. */
function tableText(value: unknown, prefix: string, hasNamespaces: boolean): string {
  const columns = objects(value, 'columnDefinitions');
  const shown = columns.flatMap((column, index) => (column['priority'] === 0 ? [index] : []));
  const header = shown.map((index) => text(columns[index], 'name').toUpperCase());
  const rows = objects(value, 'rows').map(({ cells, object }) => {
    const own = shown.map((index, at) => {
      const cell = Array.isArray(cells) ? cells[index] : undefined;
      const shownCell = cell === null || cell === undefined ? '' : String(cell as string | number | boolean);
      return at === 0 ? `${prefix}${shownCell}` : shownCell;
    });
    if (!hasNamespaces) return own;
    return [text(isJsonObject(object) ? object['metadata'] : undefined, 'namespace'), ...own];
  });
  return formatTable(hasNamespaces ? ['NAMESPACE', ...header] : header, rows);
}
