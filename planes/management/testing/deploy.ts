import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import type { JsonObject, KubeObject } from '../../../kernel/meta/object.ts';
import type { UserInfo } from '../../../kernel/ports/auth.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { type Application, applicationKind } from '../../application/application/type.ts';
import { type AppliedWork, appliedWorkKind } from '../appliedwork/type.ts';
import { placementKind } from '../placement/type.ts';
import { siteNamespace } from '../site/type.ts';
import { type Work, workKind } from '../work/type.ts';
import type { Fleet, TestHub, TestSite } from './fleet.ts';

/** A person who works at a site. */
export const operator: UserInfo = { name: 'bob', groups: ['system:masters', 'system:authenticated'] };

/** A component of manifests. */
export function component(name: string, manifests: readonly JsonObject[], dependsOn: readonly string[] = []) {
  return { name, type: 'manifests' as const, manifests, dependsOn };
}

/** A ConfigMap manifest. */
export function configMap(name: string, data: Readonly<Record<string, string>>, namespace?: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    data,
  };
}

/** A Deployment manifest. */
export function deployment(name: string, replicas: number): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'web', image: 'none', command: ['serve'], env: [{ name: 'MODE', value: 'plain' }] }],
        },
      },
    },
  };
}

/** What to deploy. */
export interface Deploy {
  readonly name?: string;
  readonly components: Application['spec']['components'];
  readonly onReconnect?: Application['spec']['onReconnect'];
}

/** Creates or replaces an Application, with a Placement that chooses every site, and lets it arrive. */
export async function deploy(fleet: Fleet, { name = 'hello', components, onReconnect }: Deploy): Promise<void> {
  const { client } = fleet.hub;
  const at = { namespace: 'default', name: 'everywhere' };
  if ((await find(client, placementKind, at, fleet)) === undefined)
    await client.create(placementKind, { metadata: at, spec: { siteSelector: {} } }, {}, fleet.signal);
  const spec = {
    placementRef: { name: 'everywhere' },
    components,
    ...(onReconnect === undefined ? {} : { onReconnect }),
  };
  const existing = await find(client, applicationKind, { namespace: 'default', name }, fleet);
  if (existing === undefined)
    await client.create(applicationKind, { metadata: { namespace: 'default', name }, spec }, {}, fleet.signal);
  else await client.update(applicationKind, { ...existing, spec }, {}, fleet.signal);
  await fleet.pass(6_000);
}

/** The object, or `undefined`. */
export async function find<T extends KubeObject>(
  client: TestHub['client'],
  kind: KindDefinition<T>,
  at: ObjectName,
  fleet: Fleet,
): Promise<T | undefined> {
  try {
    return await client.get(kind, at, fleet.signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** The Application `default/hello`. */
export async function readApplication(fleet: Fleet, name = 'hello'): Promise<Application> {
  return fleet.hub.client.get(applicationKind, { namespace: 'default', name }, fleet.signal);
}

/** The Work of `default/hello` at a site. */
export async function readWork(fleet: Fleet, site: TestSite, name = 'default.hello'): Promise<Work> {
  return fleet.hub.client.get(workKind, { namespace: siteNamespace(site.name), name }, fleet.signal);
}

/** The AppliedWork of `default/hello` at a site. */
export async function readApplied(fleet: Fleet, site: TestSite, name = 'default.hello'): Promise<AppliedWork> {
  return site.client.get(appliedWorkKind, { name }, fleet.signal);
}

/** The data of a ConfigMap at a site; `undefined` when there is none. */
export async function readData(
  fleet: Fleet,
  site: TestSite,
  name: string,
  namespace = 'default',
): Promise<Readonly<Record<string, string>> | undefined> {
  return (await find(site.client, configMapKind, { namespace, name }, fleet))?.data;
}

/** Changes the data of a ConfigMap at a site, as a person there would; a value of `null` removes a key. */
export async function editData(
  fleet: Fleet,
  site: TestSite,
  name: string,
  data: Readonly<Record<string, string | null>>,
): Promise<void> {
  const client = site.kernel.clientFor(operator);
  await client.patch(
    configMapKind,
    { namespace: 'default', name },
    { type: 'merge', body: { data } },
    { fieldManager: 'kubectl-edit' },
    fleet.signal,
  );
}

/** The status of a condition. */
export function statusOf(
  object: {
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
    };
  },
  type: string,
): string | undefined {
  const condition = object.status?.conditions?.find((candidate) => candidate.type === type);
  return condition === undefined ? undefined : `${condition.status} ${condition.reason}`;
}
