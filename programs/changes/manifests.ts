import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { errorText } from '../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import { CommandError, UsageError } from '../cli/exit.ts';

/** Files kubectl reads in a folder. */
const extensions: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml']);
/** Most characters of all manifests of one command. */
const charactersMax = 32 * 1024 * 1024;

/** An object of a manifest and where it stands. */
export interface Manifest {
  readonly object: JsonObject;
  /** For messages: `app.yaml`, document 2. */
  readonly where: string;
}

/**
 * Reads objects from files, folders and standard input (`-`), as `kubectl apply -f` does: several documents in a file, and lists.
 * @throws {CommandError} for what cannot be read or is no object.
 */
export async function readManifests(
  paths: readonly string[],
  { recursive, input }: { readonly recursive: boolean; readonly input: NodeJS.ReadableStream },
): Promise<readonly Manifest[]> {
  if (paths.length === 0)
    throw new UsageError('Say what to apply with -f', 'a file, a folder, or - for standard input');
  const found: Manifest[] = [];
  let left = charactersMax;
  for (const path of paths) {
    const files = path === '-' ? ['-'] : await filesOf(path, recursive);
    for (const file of files) {
      const source = file === '-' ? await text(input) : await readText(file);
      left -= source.length;
      if (left < 0) throw new CommandError(`Cannot read "${file}": manifests of more than ${charactersMax} characters`);
      found.push(...documentsOf(source, file === '-' ? 'standard input' : file));
    }
  }
  if (found.length > 0) return found;
  throw new CommandError(
    `No objects found in ${paths.join(', ')}`,
    'files end in .yaml, .yml or .json; -R looks into folders',
  );
}

async function filesOf(path: string, recursive: boolean): Promise<readonly string[]> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!isFolder) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive });
  return entries
    .filter((entry) => entry.isFile() && extensions.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(path: string, cause: unknown): CommandError {
  const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return new CommandError(`Cannot read "${path}": ${isAbsent ? 'there is none' : errorText(cause)}`, undefined, {
    cause,
  });
}

function documentsOf(source: string, file: string): readonly Manifest[] {
  const documents = parseAllDocuments(source, { version: '1.1', merge: true });
  return [...documents].flatMap((document, index) => {
    const where = documents.length === 1 ? file : `${file}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw new CommandError(`Cannot read ${where}: ${firstLine(error.message)}`);
    return objectsOf(document.toJS({ maxAliasCount: 100 }) as unknown, where);
  });
}

/** The parser shows the place below what it says. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function objectsOf(value: unknown, where: string): readonly Manifest[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string') {
    throw new CommandError(`Cannot read ${where}: it is no object with apiVersion and kind`);
  }
  const { kind, items } = value;
  if (!kind.endsWith('List') || !Array.isArray(items)) return [{ object: value, where }];
  return items.flatMap((item, index) => objectsOf(item, `${where}, item ${index + 1}`));
}
