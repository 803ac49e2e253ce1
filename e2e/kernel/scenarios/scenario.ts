import type { Hub } from '../hub.ts';
import type { Kubectl } from '../kubectl.ts';

/** What a scenario knows besides its kubectl. */
export interface Facts {
  readonly hub: Hub;
  /** Of kubectl: 36 for 1.36. */
  readonly minor: number;
}

/** Something people do with kubectl; runs in a namespace of its own. */
export interface Scenario {
  /** What it shows, as one reads it in the table of clients. */
  readonly name: string;
  /** First minor version of kubectl that has the commands. Default: any. */
  readonly sinceMinor?: number;
  readonly run: (k: Kubectl, facts: Facts) => Promise<void>;
}

/** The text of a ConfigMap. */
export function configMap(name: string, data: Record<string, string>, metadata: object = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });
}

/** The text of a Deployment of one container. */
export function deployment(name: string, spec: object = {}): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'nginx:1' }] },
      },
      ...spec,
    },
  });
}

/** Writes the status of a Deployment as a controller would, in a way every version of kubectl can. */
export async function setStatus(k: Kubectl, name: string, status: object): Promise<void> {
  const object = JSON.parse(await k.ok(`get deploy ${name} -o json`)) as object;
  const path = `/apis/apps/v1/namespaces/${k.namespace}/deployments/${name}/status`;
  await k.ok(`replace --raw ${path} -f -`, JSON.stringify({ ...object, status }));
}
