import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { CommandError } from './exit.ts';

/** What a kubeconfig of Planform says: one server, one certificate. */
export interface Kubeconfig {
  readonly url: string;
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface KubeconfigFile {
  readonly clusters?: readonly { readonly cluster?: Readonly<Record<string, string>> }[];
  readonly users?: readonly { readonly user?: Readonly<Record<string, string>> }[];
}

/** Reads a kubeconfig with embedded certificates. @throws {CommandError} saying how to get one. */
export async function readKubeconfig(path: string): Promise<Kubeconfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(
      `Cannot read the kubeconfig "${path}"`,
      'start a hub with `planform up`, or name its kubeconfig with --kubeconfig',
      { cause },
    );
  }
  const file = parse(text) as KubeconfigFile | null;
  const server = file?.clusters?.[0]?.cluster ?? {};
  const user = file?.users?.[0]?.user ?? {};
  const embedded = (fields: Readonly<Record<string, string>>, name: string) => {
    const value = fields[name];
    if (value === undefined)
      throw new CommandError(`The kubeconfig "${path}" has no ${name}`, 'use the one Planform wrote');
    return Buffer.from(value, 'base64').toString('utf8');
  };
  return {
    url: server['server'] ?? '',
    caPem: embedded(server, 'certificate-authority-data'),
    certificatePem: embedded(user, 'client-certificate-data'),
    keyPem: embedded(user, 'client-key-data'),
  };
}
