import { customPriorities, groupPriority, versionPriority } from '../../meta/api-priorities.ts';
import type { ConditionDraft } from '../../meta/conditions.ts';
import { jsonEquals } from '../../meta/json.ts';
import { formatApiVersion } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { APIService, APIServiceSpec, CustomResourceDefinition } from '../../schema/standard/types.ts';

/** Says who keeps an APIService: the server when it starts (`onstart`) or all the time (`true`); without it, people. */
export const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';

/** Who writes APIServices of this server, as upstream names it. */
export const fieldManager = 'kube-apiserver';

/** An APIService this server has for a version it serves itself. */
export interface LocalApiService {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: APIServiceSpec;
}

/** The group of APIServices themselves, which upstream has none for. */
const ownGroup = 'apiregistration.k8s.io';

/** One for each version of these kinds that is served; put right whenever a server starts. */
export function builtInApiServices(kinds: readonly KindDefinition[]): readonly LocalApiService[] {
  const found = new Map<string, LocalApiService>();
  for (const { group, versions } of kinds) {
    for (const { name: version, served } of versions) {
      if (!served || group === ownGroup) continue;
      const priorities = { group: groupPriority(group), version: versionPriority(formatApiVersion(group, version)) };
      const service = localApiService(group, version, 'onstart', priorities);
      found.set(service.metadata.name, service);
    }
  }
  return [...found.values()];
}

/** One for each version that a definition serves; kept as long as there is such a definition. */
export function customApiServices({ spec }: CustomResourceDefinition): readonly LocalApiService[] {
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => localApiService(spec.group, name, 'true', customPriorities));
}

function localApiService(
  group: string,
  version: string,
  managed: 'onstart' | 'true',
  priorities: { readonly group: number; readonly version: number },
): LocalApiService {
  return {
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: managed } },
    spec: {
      ...(group === '' ? {} : { group }),
      version,
      groupPriorityMinimum: priorities.group,
      versionPriority: priorities.version,
    },
  };
}

/** What to do with an APIService that the server keeps. */
export type Upkeep = 'none' | 'remove' | 'change';

/** Looks at one that is kept by the server beside the one it is to be, if any. */
export function planUpkeep({ spec }: APIService, wanted: LocalApiService | undefined): Upkeep {
  if (wanted === undefined) return 'remove';
  return jsonEquals(spec, wanted.spec) ? 'none' : 'change';
}

/** Whether an API can be used. Requests are not passed on to other servers, so only local ones can. */
export function availabilityOf(spec: APIServiceSpec | undefined): ConditionDraft {
  const type = 'Available';
  const { service, group = '', version = '' } = spec ?? {};
  if (service === undefined) {
    return { type, status: 'True', reason: 'Local', message: 'Local APIServices are always available' };
  }
  const { namespace, name } = service;
  const api = formatApiVersion(group, version);
  const message = `Requests for ${api} are not passed on to service/${name} in "${namespace}": this server answers only for APIs of its own`;
  return { type, status: 'False', reason: 'ServiceProxyNotSupported', message };
}
