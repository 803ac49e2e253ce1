import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { parse } from 'yaml';
import { errorText } from '../../kernel/meta/errors.ts';
import { CommandError } from './exit.ts';
import { defaultDataFolder } from './up-plan.ts';

/** A mapping of a kubeconfig. */
export type Fields = Readonly<Record<string, unknown>>;

/** A context, cluster or user. */
export interface Entry {
  readonly fields: Fields;
  /** File it stands in: paths in it are relative to that. */
  readonly path: string;
}

type ListName = 'contexts' | 'clusters' | 'users';

/** One or several kubeconfigs as one. */
export interface KubeconfigFiles {
  /** For messages: the files. */
  readonly place: string;
  readonly currentContext: string | undefined;
  /** By name, in the order of the files. */
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/**
 * Reads the file that was named, else those of `$KUBECONFIG`, else that of the hub of `planform up` in the working directory. Kubernetes:
 * of several files the first that has a name, or a current context, counts for it; those that are not there are passed over.
 * @throws {CommandError} when there is none, or one cannot be read.
 */
export async function readKubeconfigFiles(named: string | undefined): Promise<KubeconfigFiles> {
  const paths = pathsOf(named);
  const place = paths.join(delimiter);
  const present = paths.filter((path) => existsSync(path));
  if (present.length === 0) throw unreadable(place, 'there is none');
  const files: { readonly path: string; readonly file: Fields }[] = [];
  for (const path of present) files.push({ path, file: fieldsOf(await parseFile(path)) });
  const current = files.map(({ file }) => textOf(file, 'current-context')).find((name) => name !== undefined);
  const merged = (listName: ListName) => mergedEntries(files, listName);
  const lists = { contexts: merged('contexts'), clusters: merged('clusters'), users: merged('users') };
  return { place, currentContext: current, ...lists };
}

function pathsOf(named: string | undefined): readonly string[] {
  if (named !== undefined) return [named];
  const listed = new Set((process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== ''));
  return listed.size === 0 ? [`${defaultDataFolder}/hub/kubeconfig`] : [...listed];
}

function mergedEntries(
  files: readonly { readonly path: string; readonly file: Fields }[],
  listName: ListName,
): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  // As the field is called that the name of the list is the plural of.
  const field = listName.slice(0, -1);
  for (const { path, file } of files) {
    const list = file[listName];
    for (const item of Array.isArray(list) ? list.map(fieldsOf) : []) {
      const name = textOf(item, 'name') ?? '';
      if (!found.has(name)) found.set(name, { path, fields: fieldsOf(item[field]) });
    }
  }
  return found;
}

/** A text of a mapping; `undefined` when it is absent, empty or something else. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A mapping; empty when it is something else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

async function parseFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, errorText(cause), cause);
  }
  try {
    return parse(text);
  } catch (cause) {
    throw unreadable(path, `it is not YAML: ${errorText(cause)}`, cause);
  }
}

function unreadable(place: string, why: string, cause?: unknown): CommandError {
  const hint = 'start a hub with `planform up`, or name a kubeconfig with --kubeconfig or $KUBECONFIG';
  const options = cause === undefined ? {} : { cause };
  return new CommandError(`Cannot read the kubeconfig "${place}": ${why}`, hint, options);
}
