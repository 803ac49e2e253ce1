import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { NodeTransportOptions } from '../../kernel/client/http/node-transport.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import { CommandError } from './exit.ts';

/** What the current context of a kubeconfig says: one server, and how to prove to it who one is. */
export type Kubeconfig = Pick<NodeTransportOptions, 'url' | 'caPem' | 'identity' | 'bearerToken'>;

type Fields = Readonly<Record<string, unknown>>;

/** Reads values that stand in a kubeconfig (`<name>-data`, base64) or in a file it names, beside it unless absolute. */
interface Values {
  readonly path: string;
  readonly text: (fields: Fields, name: string) => string | undefined;
  readonly content: (fields: Fields, name: string) => Promise<string | undefined>;
}

/**
 * Reads the current context of a kubeconfig: client certificates and tokens, embedded, in files or from a command.
 * @param paths one file, or several as in `$KUBECONFIG`, of which the first that is there counts.
 * @throws {CommandError} saying what lacks and how to get one.
 */
export async function readKubeconfig(paths: string): Promise<Kubeconfig> {
  const path = existsSync(paths) ? paths : (paths.split(delimiter).find((one) => existsSync(one)) ?? paths);
  const file = fieldsOf(await parseFile(path));
  const context = fieldsOf(findNamed(file, 'contexts', file['current-context'])['context']);
  const cluster = fieldsOf(findNamed(file, 'clusters', context['cluster'])['cluster']);
  const user = fieldsOf(findNamed(file, 'users', context['user'])['user']);
  const values = valuesOf(path);
  const url = values.text(cluster, 'server') ?? lacks(path, 'server');
  const caPem = (await values.content(cluster, 'certificate-authority')) ?? lacks(path, 'certificate-authority-data');
  return { url, caPem, ...(await readCredentials(user, values)) };
}

async function readCredentials(user: Fields, values: Values): Promise<Pick<Kubeconfig, 'identity' | 'bearerToken'>> {
  const { path } = values;
  const exec = user['exec'] === undefined ? {} : await runPlugin(fieldsOf(user['exec']), values);
  const certificatePem =
    (await values.content(user, 'client-certificate')) ?? values.text(exec, 'clientCertificateData');
  const keyPem = (await values.content(user, 'client-key')) ?? values.text(exec, 'clientKeyData');
  const tokenFile = values.text(user, 'tokenFile');
  const token = values.text(user, 'token') ?? values.text(exec, 'token');
  const bearerToken = tokenFile === undefined ? token : (await readBeside(path, tokenFile)).trim();
  if (certificatePem === undefined && bearerToken === undefined)
    return lacks(path, 'client-certificate-data and no token');
  if (certificatePem !== undefined && keyPem === undefined) return lacks(path, 'client-key-data');
  return {
    ...(certificatePem === undefined || keyPem === undefined ? {} : { identity: { certificatePem, keyPem } }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
  };
}

/** Credentials from a command, such as `planform token`. */
async function runPlugin(exec: Fields, { path, text }: Values): Promise<Fields> {
  const list = (name: string) => (Array.isArray(exec[name]) ? (exec[name] as readonly unknown[]) : []);
  const command = text(exec, 'command') ?? lacks(path, 'command in exec');
  const env = list('env').map((entry) => {
    return { name: text(fieldsOf(entry), 'name') ?? '', value: text(fieldsOf(entry), 'value') ?? '' };
  });
  const { runCredentialCommand } = await import('./exec-credential.ts');
  const apiVersion = text(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1';
  return runCredentialCommand({ apiVersion, command, args: list('args').map(String), env }, path);
}

function valuesOf(path: string): Values {
  const text = (fields: Fields, name: string) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    path,
    text,
    async content(fields, name) {
      const embedded = text(fields, `${name}-data`);
      if (embedded !== undefined) return Buffer.from(embedded, 'base64').toString('utf8');
      const file = text(fields, name);
      return file === undefined ? undefined : readBeside(path, file);
    },
  };
}

async function readBeside(path: string, file: string): Promise<string> {
  const found = resolve(dirname(path), file);
  try {
    return await readFile(found, 'utf8');
  } catch (cause) {
    throw new CommandError(
      `Cannot read "${found}", which the kubeconfig "${path}" names: ${errorText(cause)}`,
      undefined,
      {
        cause,
      },
    );
  }
}

function lacks(path: string, what: string): never {
  throw new CommandError(
    `The kubeconfig "${path}" has no ${what}`,
    'use the one that a hub, site or kernel wrote, or one with a client certificate or a token',
  );
}

async function parseFile(path: string): Promise<unknown> {
  const hint = 'start a hub with `planform up`, or name a kubeconfig with --kubeconfig or $KUBECONFIG';
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
