import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { errorText } from '../../kernel/meta/errors.ts';
import { CommandError } from './exit.ts';

/** What a kubeconfig of Planform says: one server, one certificate. */
export interface Kubeconfig {
  readonly url: string;
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the current context of a kubeconfig with embedded certificates. @throws {CommandError} saying how to get one. */
export async function readKubeconfig(path: string): Promise<Kubeconfig> {
  const file = fieldsOf(await parseFile(path));
  const context = fieldsOf(findNamed(file, 'contexts', file['current-context'])['context']);
  const cluster = fieldsOf(findNamed(file, 'clusters', context['cluster'])['cluster']);
  const user = fieldsOf(findNamed(file, 'users', context['user'])['user']);
  const text = (fields: Fields, name: string) => {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new CommandError(`The kubeconfig "${path}" has no ${name}`, 'use the one that a hub or site wrote');
  };
  const embedded = (fields: Fields, name: string) => Buffer.from(text(fields, name), 'base64').toString('utf8');
  return {
    url: text(cluster, 'server'),
    caPem: embedded(cluster, 'certificate-authority-data'),
    certificatePem: embedded(user, 'client-certificate-data'),
    keyPem: embedded(user, 'client-key-data'),
  };
}

async function parseFile(path: string): Promise<unknown> {
  const hint = 'start a hub with `planform up`, or name its kubeconfig with --kubeconfig';
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : errorText(cause);
    throw new CommandError(`Cannot read the kubeconfig "${path}": ${why}`, hint, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new CommandError(`Cannot read the kubeconfig "${path}": it is not YAML: ${errorText(cause)}`, hint, {
      cause,
    });
  }
}

/** The entry of a list by its name; the only or first one when no name is given. Nothing when there is none. */
function findNamed(file: Fields, listName: string, name: unknown): Fields {
  const list = file[listName];
  const entries = Array.isArray(list) ? list.map(fieldsOf) : [];
  return (name === undefined ? entries[0] : entries.find((entry) => entry['name'] === name)) ?? {};
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
