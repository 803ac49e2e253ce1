import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { NodeTransportOptions } from '../../kernel/client/http/node-transport.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import { CommandError } from './exit.ts';
import {
  type Entry,
  type Fields,
  fieldsOf,
  type KubeconfigFiles,
  readKubeconfigFiles,
  textOf,
} from './kubeconfig-files.ts';
import type { ServerChoice } from './options.ts';

/** What a context says: one server, how to prove to it who one is, and where one is. */
export interface Kubeconfig {
  readonly server: Pick<NodeTransportOptions, 'url' | 'caPem' | 'identity' | 'bearerToken'>;
  /** Of commands that name none; absent: `default`. */
  readonly namespace?: string;
  /** For messages: the files it was read from. */
  readonly place: string;
}

/** Reads values that stand in a kubeconfig (`<name>-data`, base64) or in a file it names, beside it unless absolute. */
interface Values {
  readonly path: string;
  readonly text: (fields: Fields, name: string) => string | undefined;
  readonly content: (fields: Fields, name: string) => Promise<string | undefined>;
}

/**
 * Reads a context, the current one unless another was named: client certificates and tokens, embedded, in files or from a command.
 * @throws {CommandError} saying what lacks and how to get one.
 */
export async function readKubeconfig(choice: ServerChoice): Promise<Kubeconfig> {
  const files = await readKubeconfigFiles(choice.kubeconfig);
  const context = chooseContext(files, choice.context);
  const cluster = entryOf(files, 'cluster', context);
  const user = entryOf(files, 'user', context);
  const values = valuesOf(cluster.path);
  const url = values.text(cluster.fields, 'server') ?? lacks(cluster.path, 'server');
  const caPem =
    (await values.content(cluster.fields, 'certificate-authority')) ??
    lacks(cluster.path, 'certificate-authority-data');
  const server = { url, caPem, ...(await readCredentials(user.fields, valuesOf(user.path))) };
  const namespace = textOf(context, 'namespace');
  return { server, place: files.place, ...(namespace === undefined ? {} : { namespace }) };
}

/** Of several contexts none is taken by chance: it might be another server. */
function chooseContext({ place, contexts, currentContext }: KubeconfigFiles, named: string | undefined): Fields {
  const name = named ?? currentContext;
  const known = [...contexts.keys()].map((one) => `"${one}"`).join(', ');
  if (name === undefined && contexts.size > 1) {
    throw new CommandError(`The kubeconfig "${place}" has no current-context`, `say --context; it has ${known}`);
  }
  const [only] = contexts.values();
  const found = name === undefined ? only : contexts.get(name);
  if (found !== undefined) return found.fields;
  if (name === undefined) return {};
  const hint = contexts.size === 0 ? 'it has no contexts' : `it has ${known}`;
  throw new CommandError(`The kubeconfig "${place}" has no context "${name}"`, hint);
}

/** What a context names; where it names nothing, the only one there is. */
function entryOf(files: KubeconfigFiles, what: 'cluster' | 'user', context: Fields): Entry {
  const entries = what === 'cluster' ? files.clusters : files.users;
  const name = textOf(context, what);
  const [only] = entries.size === 1 ? entries.values() : [];
  const found = name === undefined ? only : entries.get(name);
  return found ?? (name === undefined ? { path: files.place, fields: {} } : lacks(files.place, `${what} "${name}"`));
}

async function readCredentials(
  user: Fields,
  values: Values,
): Promise<Pick<Kubeconfig['server'], 'identity' | 'bearerToken'>> {
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
  return {
    path,
    text: textOf,
    async content(fields, name) {
      const embedded = textOf(fields, `${name}-data`);
      if (embedded !== undefined) return Buffer.from(embedded, 'base64').toString('utf8');
      const file = textOf(fields, name);
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
