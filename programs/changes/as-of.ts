import { isApiError } from '../../kernel/meta/errors.ts';
import { type Connection, connectHub } from '../cli/connect.ts';
import { CommandError } from '../cli/exit.ts';
import { formatTable, note, print } from '../cli/output.ts';
import type { ObjectChoices } from './history.ts';
import { collectionPath, findResource, listResources, objects, type ServedResource, text } from './served-resources.ts';

/** What `planform get` was asked. */
export interface AsOfChoices extends ObjectChoices {
  readonly allNamespaces?: boolean;
  /** A revision or a time. */
  readonly asOf: string;
  readonly selector?: string;
  readonly output: 'table' | 'json' | 'name';
}

const table = 'application/json;as=Table;g=meta.k8s.io;v=v1';

/** `planform get`: objects as they were at a revision or time. */
export async function printAsOf(what: string, options: AsOfChoices): Promise<void> {
  await using server = await connectHub(options.kubeconfig);
  const resources = await listResources(server);
  const [kind = '', name] = what.split('/');
  if (kind !== 'all') {
    // Awaited here: the connection is closed at the end of this function.
    await printResource(server, findResource(resources, kind), { ...options, name });
    return;
  }
  const all = resources.filter(
    ({ hasHistory, namespaced, verbs }) => hasHistory && namespaced && verbs.includes('list'),
  );
  for (const resource of all) await printPresent(server, resource, options);
}

/** One part of `get all`: nothing is said of resources without objects, and why not of those that cannot be shown. */
async function printPresent(server: Connection, resource: ServedResource, options: AsOfChoices): Promise<void> {
  try {
    await printResource(server, resource, { ...options, isPart: true });
  } catch (error) {
    if (!isApiError(error, 'Forbidden', 'Expired')) throw error;
    note(`${resource.plural}: ${error.message}`);
  }
}

interface ResourceChoices extends AsOfChoices {
  readonly name?: string | undefined;
  readonly isPart?: boolean;
}

async function printResource(server: Connection, resource: ServedResource, options: ResourceChoices): Promise<void> {
  const namespace = options.allNamespaces === true ? '' : options.namespace;
  const path = `${collectionPath(resource, namespace)}?${listQuery(options)}`;
  const isTable = options.output === 'table';
  const { value } = await server.request({ method: 'GET', path, ...(isTable ? { accept: table } : {}) });
  const rows = objects(value, isTable ? 'rows' : 'items');
  if (rows.length === 0) {
    if (options.isPart !== true) note(`No ${resource.plural} found as of ${options.asOf}`);
    return;
  }
  const prefix = `${resource.singular}${resource.group === '' ? '' : `.${resource.group}`}/`;
  if (options.output === 'json') print(JSON.stringify(value, null, 2));
  else if (options.output === 'name') for (const row of rows) print(`${prefix}${text(row['metadata'], 'name')}`);
  else if (options.isPart === true) printTable(value, prefix, '\n');
  else printTable(value);
}

function listQuery({ asOf, selector, name }: ResourceChoices): string {
  const isRevision = /^\d+$/.test(asOf);
  const query = new URLSearchParams(
    isRevision ? { resourceVersion: asOf, resourceVersionMatch: 'Exact' } : { asOf: timeText(asOf) },
  );
  if (selector !== undefined) query.set('labelSelector', selector);
  if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
  return query.toString();
}

/** @throws {CommandError} for what is neither. */
function timeText(text: string): string {
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return new Date(atMs).toISOString();
  throw new CommandError(`Cannot read --as-of "${text}"`, 'it is a revision (4711) or a time (2026-11-20T12:00:00Z)');
}

/** Columns as `kubectl get` shows them. @param prefix of names. @param end after the table. */
function printTable(value: unknown, prefix = '', end = ''): void {
  const columns = objects(value, 'columnDefinitions');
  const shown = columns.flatMap((column, index) => (column['priority'] === 0 ? [index] : []));
  const header = shown.map((index) => text(columns[index], 'name').toUpperCase());
  const rows = objects(value, 'rows').map(({ cells }) =>
    shown.map((index, at) => {
      const cell = Array.isArray(cells) ? cells[index] : undefined;
      const shownCell = cell === null || cell === undefined ? '' : String(cell as string | number | boolean);
      return at === 0 ? `${prefix}${shownCell}` : shownCell;
    }),
  );
  print(`${formatTable(header, rows)}${end}`);
}
