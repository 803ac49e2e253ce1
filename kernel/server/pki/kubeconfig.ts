import { replaceFile } from './private-files.ts';

/** What a kubeconfig says: one server and one certificate to reach it with, all embedded. */
export interface Kubeconfig {
  /** `https://127.0.0.1:7443`. */
  readonly server: string;
  /** Name of cluster, user and context in the file. */
  readonly name: string;
  readonly caPem: string;
  readonly clientCertPem: string;
  readonly clientKeyPem: string;
}

/** Writes a kubeconfig (mode 0600), replacing the file at once. */
export async function writeKubeconfig(options: Kubeconfig & { readonly path: string }): Promise<void> {
  await replaceFile(options.path, formatKubeconfig(options), 0o600);
}

/** Text of a kubeconfig (client-go `clientcmd/api/v1 Config`). */
export function formatKubeconfig({ server, name, caPem, clientCertPem, clientKeyPem }: Kubeconfig): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const quotedName = JSON.stringify(name);
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${quotedName}`,
    '  cluster:',
    `    server: ${JSON.stringify(server)}`,
    `    certificate-authority-data: ${base64(caPem)}`,
    'users:',
    `- name: ${quotedName}`,
    '  user:',
    `    client-certificate-data: ${base64(clientCertPem)}`,
    `    client-key-data: ${base64(clientKeyPem)}`,
    'contexts:',
    `- name: ${quotedName}`,
    '  context:',
    `    cluster: ${quotedName}`,
    `    user: ${quotedName}`,
    `current-context: ${quotedName}`,
    '',
  ].join('\n');
}
