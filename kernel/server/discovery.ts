import { createHash } from 'node:crypto';
import { customPriorities, groupPriority } from '../meta/api-priorities.ts';
import { formatResource } from '../meta/key.ts';
import { formatApiVersion } from '../meta/object.ts';
import { compareVersions } from '../meta/version-order.ts';
import type { SubresourceHandler } from '../ports/endpoint.ts';
import { hasStatus, type KindDefinition, scaleMapping } from '../schema/kind.ts';

/** What discovery shows: kinds that are stored, kinds that are only computed, and subresources with handlers. */
export interface Surface {
  readonly stored: readonly KindDefinition[];
  readonly computed: readonly KindDefinition[];
  readonly subresources: readonly SubresourceHandler[];
}

/** One group of the surface with its served versions, most preferred first. */
export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly ServedVersion[];
}

/** One served version of a group. */
export interface ServedVersion {
  readonly name: string;
  readonly resources: readonly ServedResource[];
}

/** A resource in one served version. */
export interface ServedResource {
  readonly definition: KindDefinition;
  readonly verbs: readonly string[];
  readonly subresources: readonly ServedSubresource[];
}

/** A subresource in one served version. */
export interface ServedSubresource {
  readonly name: string;
  /** Group, version and kind of what it takes and gives. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const storedVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const fieldVerbs = ['get', 'patch', 'update'];

/**
 * Arranges a surface by group and version. The core group is first; the others are in the order in which kube-apiserver has
 * them, by which kubectl decides whose `ingresses` are meant: its own groups before custom resources.
 */
export function servedGroups(surface: Surface): readonly ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  const add = (definition: KindDefinition, isStored: boolean) => {
    const versions = groups.get(definition.group) ?? new Map<string, ServedResource[]>();
    groups.set(definition.group, versions);
    for (const { name, served } of definition.versions) {
      if (!served) continue;
      const resources = versions.get(name) ?? [];
      versions.set(name, resources);
      resources.push(isStored ? storedResource(definition, name, surface) : computedResource(definition));
    }
  };
  for (const definition of surface.stored) add(definition, true);
  for (const definition of surface.computed) add(definition, false);
  return [...groups]
    .map(([name, versions]) => ({ name, versions: sortVersions(versions) }))
    .filter((group) => group.versions.length > 0)
    .map((group) => ({ group, priority: priorityOf(group), name: apiServiceName(group) }))
    .sort((a, b) => b.priority - a.priority || compareText(a.name, b.name))
    .map(({ group }) => group);
}

function priorityOf({ name, versions }: ServedGroup): number {
  const isCustom = versions.every(({ resources }) =>
    resources.every(({ definition }) => definition.custom !== undefined),
  );
  return isCustom ? customPriorities.group : groupPriority(name);
}

/** The first name of the APIServices of a group: upstream's order of groups with the same priority. */
function apiServiceName({ name, versions }: ServedGroup): string {
  return versions.map((version) => `${version.name}.${name}`).toSorted(compareText)[0] ?? '';
}

function sortVersions(versions: ReadonlyMap<string, ServedResource[]>): readonly ServedVersion[] {
  return [...versions]
    .map(([name, resources]) => ({
      name,
      resources: resources.sort((a, b) => compareText(a.definition.plural, b.definition.plural)),
    }))
    .sort((a, b) => compareVersions(a.name, b.name));
}

function computedResource(definition: KindDefinition): ServedResource {
  return { definition, verbs: ['create'], subresources: [] };
}

function storedResource(definition: KindDefinition, version: string, surface: Surface): ServedResource {
  const own = { group: definition.group, version, kind: definition.kind };
  const resource = formatResource(definition.plural, definition.group);
  const handled = surface.subresources.filter((handler) => handler.resource === resource);
  const isHandled = (name: string) => handled.some((handler) => handler.subresource === name);
  const candidates: readonly (ServedSubresource | undefined)[] = [
    hasStatus(definition, version) && !isHandled('status') ? { name: 'status', ...own, verbs: fieldVerbs } : undefined,
    ...(definition.objectSubresources ?? []).map((name) => ({ name, ...own, verbs: fieldVerbs })),
    definition.approvalSubresource === true ? { name: 'approval', ...own, verbs: fieldVerbs } : undefined,
    scaleMapping(definition, version) !== undefined && !isHandled('scale')
      ? { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: fieldVerbs }
      : undefined,
    definition.history === 'none'
      ? undefined
      : { name: 'history', group: 'kernel.planform.dev', version: 'v1alpha1', kind: 'ObjectHistory', verbs: ['get'] },
    ...handled.map(({ subresource, verbs, takes, kind = takes?.kind ?? definition.kind }) => ({
      name: subresource,
      ...(takes === undefined ? own : { group: takes.group, version: takes.storageVersion }),
      kind,
      verbs: [...new Set(Object.values(verbs))].sort(),
    })),
  ];
  const subresources = candidates.filter((candidate) => candidate !== undefined);
  const verbs =
    definition.deletesCollections === false ? storedVerbs.filter((verb) => verb !== 'deletecollection') : storedVerbs;
  return { definition, verbs, subresources: subresources.sort((a, b) => compareText(a.name, b.name)) };
}

/** `/api`. */
export function coreVersionsDocument(groups: readonly ServedGroup[]): unknown {
  const core = groups.find((group) => group.name === '');
  return {
    kind: 'APIVersions',
    versions: core?.versions.map((version) => version.name) ?? [],
    serverAddressByClientCIDRs: [],
  };
}

/** `/apis`. */
export function groupListDocument(groups: readonly ServedGroup[]): unknown {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter((group) => group.name !== '').map(groupEntry),
  };
}

/** `/apis/G`. */
export function groupDocument(group: ServedGroup): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

function groupEntry({ name, versions }: ServedGroup) {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version.name}`, version: version.name }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** `/api/v1` and `/apis/G/V`. */
export function resourceListDocument(group: string, version: ServedVersion): unknown {
  const resources = version.resources.flatMap((resource) => {
    const { definition, verbs, subresources } = resource;
    const namespaced = definition.scope === 'Namespaced';
    return [
      {
        name: definition.plural,
        singularName: definition.singular,
        namespaced,
        kind: definition.kind,
        verbs,
        ...namesOf(definition),
        ...(verbs.includes('list') ? { storageVersionHash: storageVersionHash(definition) } : {}),
      },
      ...subresources.map((subresource) => ({
        name: `${definition.plural}/${subresource.name}`,
        singularName: '',
        namespaced,
        ...(subresource.group === group ? {} : { group: subresource.group, version: subresource.version }),
        kind: subresource.kind,
        verbs: subresource.verbs,
      })),
    ];
  });
  return {
    kind: 'APIResourceList',
    // Kubernetes: the core group goes without.
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatApiVersion(group, version.name),
    resources,
  };
}

/** True if the group is one of Kubernetes itself: standard kinds are in it. */
export function isOwnGroup(definitions: readonly KindDefinition[], group: string): boolean {
  return definitions.some((one) => one.group === group && one.custom === undefined && one.strategicMerge === true);
}

/** Tells clients that migrate stored objects when a kind is stored in another version (Kubernetes `StorageVersionHash`). */
function storageVersionHash(definition: KindDefinition): string {
  const { group, storageVersion, kind } = definition.storedAs ?? definition;
  return createHash('sha256').update(`${group}/${storageVersion}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/**
 * Everything about some groups in one document (KEP-3352): `/api` for the core group, `/apis` for all others.
 * @param apiVersion `v2` or `v2beta1` of apidiscovery.k8s.io; both have the same shape.
 */
export function aggregatedDocument(groups: readonly ServedGroup[], apiVersion: 'v2' | 'v2beta1'): unknown {
  const items = groups.map(({ name, versions }) => ({
    metadata: { name, creationTimestamp: null },
    versions: versions.map((version) => ({
      version: version.name,
      resources: version.resources.map((resource) => aggregatedResource(resource, name, version.name)),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${apiVersion}`, metadata: {}, items };
}

function aggregatedResource({ definition, verbs, subresources }: ServedResource, group: string, version: string) {
  return {
    resource: definition.plural,
    responseKind: { group, version, kind: definition.kind },
    scope: definition.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs,
    ...namesOf(definition),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: { group: subresource.group, version: subresource.version, kind: subresource.kind },
            verbs: subresource.verbs,
          })),
        }),
  };
}

function namesOf({ shortNames = [], categories = [] }: KindDefinition) {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
