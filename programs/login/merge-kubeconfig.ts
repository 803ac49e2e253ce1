import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml';
import { CommandError } from '../cli/exit.ts';

/** What a login adds to a kubeconfig. */
export interface KubeconfigEntry {
  /** Name of the context and of the user. */
  readonly name: string;
  /** Cluster that is there already, or one to add or replace. */
  readonly cluster: { readonly name: string; readonly server?: string; readonly caPem?: string };
  /** The command kubectl gets tokens from. */
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The text of a kubeconfig with a context that gets its tokens from a command, and is the current one. Everything else stays, comments too.
 * @throws {CommandError} when it is no kubeconfig or the cluster is not in it.
 */
export function mergeKubeconfig(text: string, { name, cluster, command, args }: KubeconfigEntry): string {
  const document = parseDocument(text.trim() === '' ? 'apiVersion: v1\nkind: Config\n' : text);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new CommandError('The kubeconfig is not YAML, or no mapping', 'choose another file with --kubeconfig');
  }
  if (cluster.server !== undefined) {
    const trust =
      cluster.caPem === undefined
        ? {}
        : { 'certificate-authority-data': Buffer.from(cluster.caPem).toString('base64') };
    put(document, 'clusters', { name: cluster.name, cluster: { server: cluster.server, ...trust } });
  } else if (find(document, 'clusters', cluster.name) === undefined) {
    throw new CommandError(
      `The kubeconfig has no cluster "${cluster.name}"`,
      'name one with --cluster, or a server with --server and --server-ca',
    );
  }
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, args, interactiveMode: 'IfAvailable' };
  put(document, 'users', { name, user: { exec } });
  put(document, 'contexts', { name, context: { cluster: cluster.name, user: name } });
  document.set('current-context', name);
  return document.toString({ lineWidth: 0 });
}

/** Cluster of the current context. */
export function currentCluster(text: string): string | undefined {
  const document = parseDocument(text);
  const context = document.get('current-context');
  const found = typeof context === 'string' ? find(document, 'contexts', context) : undefined;
  const cluster = found?.getIn(['context', 'cluster']);
  return typeof cluster === 'string' ? cluster : undefined;
}

function find(document: Document, list: string, name: string): YAMLMap | undefined {
  const entries = document.get(list);
  if (!isSeq(entries)) return undefined;
  return entries.items.filter((item) => isMap(item)).find((item) => item.get('name') === name);
}

function put(document: Document, list: string, entry: Readonly<Record<string, unknown>>): void {
  const entries = document.get(list);
  if (!isSeq(entries)) return document.set(list, document.createNode([entry]));
  const at = entries.items.findIndex((item) => isMap(item) && item.get('name') === entry['name']);
  entries.flow = false;
  if (at < 0) entries.add(document.createNode(entry));
  else entries.items[at] = document.createNode(entry);
}
