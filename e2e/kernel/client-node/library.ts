import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cachedProgram } from '../../world.ts';

/** A ConfigMap as the library hands it out. */
export interface ConfigMap {
  readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** A list that keeps itself up to date. */
export interface Informer {
  on(event: 'add' | 'update' | 'delete', listener: (object: ConfigMap) => void): void;
  on(event: 'connect' | 'error', listener: (error: { readonly message: string } | undefined) => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  list(): readonly ConfigMap[];
}

interface InNamespace {
  readonly namespace: string;
  readonly labelSelector?: string;
}

interface PatchRequest {
  readonly namespace: string;
  readonly name: string;
  readonly body: unknown;
  readonly fieldManager?: string;
  readonly force?: boolean;
}

/** The methods of `CoreV1Api` that tests call. */
export interface CoreApi {
  listNamespacedConfigMap(request: InNamespace): Promise<{ readonly items: readonly ConfigMap[] }>;
  createNamespacedConfigMap(request: { readonly namespace: string; readonly body: unknown }): Promise<ConfigMap>;
  patchNamespacedConfigMap(request: PatchRequest, options: unknown): Promise<ConfigMap>;
  deleteNamespacedConfigMap(request: { readonly namespace: string; readonly name: string }): Promise<unknown>;
}

interface KubeConfig {
  loadFromFile(path: string): void;
  makeApiClient(api: unknown): CoreApi;
}

/** The part of @kubernetes/client-node that tests use. */
export interface ClientNode {
  readonly KubeConfig: new () => KubeConfig;
  readonly CoreV1Api: unknown;
  makeInformer(
    config: KubeConfig,
    path: string,
    list: () => Promise<{ readonly items: readonly ConfigMap[] }>,
    labelSelector: string,
  ): Informer;
  setHeaderOptions(name: string, value: string): unknown;
}

/** Where the library is; `undefined` when tools/e2e-setup.sh has not fetched it. */
export const clientNodeFolder: string | undefined = cachedProgram('client-node');

/** The library from the cache of test programs: it is no dependency of this project. */
export async function loadClientNode(): Promise<ClientNode> {
  const path = join(clientNodeFolder ?? '', 'node_modules', '@kubernetes', 'client-node', 'dist', 'index.js');
  return (await import(pathToFileURL(path).href)) as ClientNode;
}
