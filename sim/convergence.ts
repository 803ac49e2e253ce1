import { findCondition } from '../kernel/meta/conditions.ts';
import { jsonEquals } from '../kernel/meta/json.ts';
import { type Json, isJsonObject } from '../kernel/meta/object.ts';
import type { Application } from '../planes/application/application/type.ts';
import { type AppliedWork, workLabel } from '../planes/management/appliedwork/type.ts';
import type { Site } from '../planes/management/site/type.ts';
import { isCurrent, type LocalEdit, type Work } from '../planes/management/work/type.ts';
import { siteNamespace } from '../planes/management/site/type.ts';
import { currentObjects, labelledObjects, nameOf, type SeenObject } from './state.ts';
import type { SimulatedSite, World } from './world.ts';
import type { Users } from './users.ts';

/**
 * Everything that keeps a world from being as its users asked for, in words; empty when it has converged. What is asked
 * for is worked out here from the Applications, Placements and Sites on the hub's disk, without any code of the planes.
 */
export function differences(world: World, users: Users): readonly string[] {
  const down = [world.hub, ...world.sites.map((site) => site.machine)].filter(
    (machine) => machine.kernel === undefined,
  );
  if (down.length > 0) return down.map((machine) => `${machine.name} is down`);
  return [
    ...world.sites.flatMap((site) => siteDifferences(world, site)),
    ...currentObjects(world.hub.disk, 'applications.application.planform.dev').flatMap((object) =>
      applicationDifferences(world, object as SeenObject & Application),
    ),
    ...[...users.owned.values()].flatMap(({ site, name, values }) => ownedDifferences(site, name, values)),
  ];
}

/** Namespaces stay while others use them; Endpoints and EndpointSlices take over the labels of their Service. */
function comesWithOthers({ kind, metadata }: SeenObject): boolean {
  return kind === 'Namespace' || (metadata.ownerReferences ?? []).length > 0;
}

/** What one Application asks of one site. */
interface Wanted {
  readonly workName: string;
  readonly onReconnect: string;
  readonly manifests: readonly SeenObject[];
}

function wantedAt(world: World, siteName: string): readonly Wanted[] {
  return currentObjects(world.hub.disk, 'applications.application.planform.dev')
    .map((object) => object as SeenObject & Application)
    .filter(
      (application) =>
        application.metadata.deletionTimestamp === undefined && chosenSites(world, application).includes(siteName),
    )
    .map(({ metadata, spec }) => ({
      workName: `${metadata.namespace}.${metadata.name}`,
      onReconnect: spec.onReconnect ?? 'HubWins',
      manifests: spec.components
        .flatMap((component) => (component.manifests ?? []) as readonly unknown[] as readonly SeenObject[])
        .map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, namespace: metadata.namespace ?? '' } })),
    }));
}

function chosenSites(world: World, application: Application): readonly string[] {
  const placement = currentObjects(world.hub.disk, 'placements.management.planform.dev').find(
    ({ metadata }) =>
      metadata.namespace === application.metadata.namespace && metadata.name === application.spec.placementRef.name,
  );
  const selector = (placement?.spec?.['siteSelector'] ?? {}) as {
    readonly matchLabels?: Readonly<Record<string, string>>;
  };
  return currentObjects(world.hub.disk, 'sites.management.planform.dev')
    .filter(({ metadata }) =>
      Object.entries(selector.matchLabels ?? {}).every(([label, value]) => metadata.labels?.[label] === value),
    )
    .map(({ metadata }) => metadata.name);
}

function siteDifferences(world: World, site: SimulatedSite): readonly string[] {
  const wanted = wantedAt(world, site.name);
  const { disk } = site.machine;
  const delivered = labelledObjects(disk, workLabel);
  const byName = new Map(delivered.map((object) => [nameOf(object), object]));
  const wantedNames = new Set(wanted.flatMap(({ manifests }) => manifests.map(nameOf)));
  const found: string[] = [];
  for (const application of wanted) {
    const works = currentObjects(world.hub.disk, 'works.management.planform.dev') as readonly (SeenObject & Work)[];
    const work = works.find(
      ({ metadata }) => metadata.namespace === siteNamespace(site.name) && metadata.name === application.workName,
    );
    const edits = standingEdits(application, work, site);
    // What runs without an object that a person took away, and that is left so, is that person's affair.
    const isMaimed = edits.some((edit) => edit.path === '');
    found.push(...workDifferences(application, work, isMaimed));
    for (const manifest of application.manifests)
      found.push(...objectDifferences(manifest, byName.get(nameOf(manifest)), edits));
    if (!isMaimed) found.push(...containerDifferences(application, byName, site));
  }
  for (const object of delivered) {
    if (!comesWithOthers(object) && !wantedNames.has(nameOf(object))) found.push(`${nameOf(object)} is left over`);
  }
  found.push(...leftoverContainers(wantedNames, site));
  found.push(...staleRecords(world, wanted, site));
  return found.map((difference) => `${site.name}: ${difference}`);
}

function workDifferences({ workName }: Wanted, work: Work | undefined, isMaimed: boolean): readonly string[] {
  if (work === undefined) return [`the hub has no Work "${workName}"`];
  const found: string[] = [];
  if (!isCurrent(work))
    found.push(
      `Work "${workName}" is not current at the hub: ${JSON.stringify(work.status?.appliedDigest)} of ${work.spec.bundle.digest}, generation ${work.status?.observedGeneration} of ${work.metadata.generation}`,
    );
  for (const type of isMaimed ? (['Persisted'] as const) : (['Persisted', 'Applied', 'Healthy'] as const)) {
    const condition = findCondition(work.status?.conditions, type);
    if (condition?.status !== 'True')
      found.push(`Work "${workName}" is not ${type}: ${condition?.reason}: ${condition?.message}`);
  }
  return found;
}

/** Edits that may stand: known alike at the site and at the hub, and not under HubWins. */
function standingEdits(
  { workName, onReconnect }: Wanted,
  work: Work | undefined,
  { machine }: SimulatedSite,
): readonly LocalEdit[] {
  if (onReconnect === 'HubWins') return [];
  const applied = currentObjects(machine.disk, 'appliedworks.management.planform.dev').find(
    ({ metadata }) => metadata.name === workName,
  );
  const atSite = ((applied as (SeenObject & AppliedWork) | undefined)?.status?.localEdits ?? []).filter(
    (edit) => edit.resolution !== 'Reverted',
  );
  const atHub = work?.status?.localEdits ?? [];
  return atSite.filter((edit) => atHub.some((other) => jsonEquals(edit, other)));
}

function objectDifferences(
  manifest: SeenObject,
  live: SeenObject | undefined,
  edits: readonly LocalEdit[],
): readonly string[] {
  const own = edits.filter((edit) => edit.kind === manifest.kind && edit.name === manifest.metadata.name);
  const isLeftDeleted = own.some((edit) => edit.path === '');
  if (live === undefined) return isLeftDeleted ? [] : [`${nameOf(manifest)} is missing`];
  if (live.metadata.deletionTimestamp !== undefined) return [`${nameOf(manifest)} is being deleted`];
  const found: string[] = [];
  const { metadata: _wantedMetadata, ...wantedBody } = manifest;
  compare(wantedBody, live, '', found);
  return found
    .filter((path) => !isCovered(path, live, own))
    .map((path) => `${nameOf(manifest)}${path} is not as delivered: ${JSON.stringify(valueAt(live, path))}`);
}

/** Paths at which `live` does not have what `wanted` says; lists are compared whole, but for items that are objects. */
function compare(wanted: Json, live: Json | undefined, path: string, found: string[]): void {
  if (isJsonObject(wanted) && isJsonObject(live)) {
    for (const [name, value] of Object.entries(wanted)) compare(value, live[name], `${path}.${name}`, found);
  } else if (Array.isArray(wanted) && Array.isArray(live) && wanted.length === live.length) {
    for (const [index, value] of (wanted as readonly Json[]).entries())
      compare(value, live[index] as Json, `${path}.${index}`, found);
  } else if (!jsonEquals(wanted, live ?? null)) {
    found.push(path);
  }
}

function isCovered(path: string, live: SeenObject, edits: readonly LocalEdit[]): boolean {
  return edits.some((edit) => edit.path === path && jsonEquals(edit.siteValue ?? null, valueAt(live, path) ?? null));
}

function valueAt(object: Json, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const step of path.split('.').slice(1)) {
    value = Array.isArray(value)
      ? (value as readonly Json[])[Number(step)]
      : isJsonObject(value)
        ? value[step]
        : undefined;
  }
  return value;
}

/** Each Deployment runs exactly as many containers as it says, with its own environment. */
function containerDifferences(
  application: Wanted,
  byName: ReadonlyMap<string, SeenObject>,
  site: SimulatedSite,
): readonly string[] {
  const found: string[] = [];
  for (const manifest of application.manifests.filter(({ kind }) => kind === 'Deployment')) {
    const live = byName.get(nameOf(manifest));
    if (live === undefined) continue;
    const replicas = Number(live.spec?.['replicas']);
    const running = site.host.running.filter(({ podUid }) => isOwnedBy(podUid, live.metadata.uid, site));
    if (running.length !== replicas) found.push(`${nameOf(manifest)} runs ${running.length} of ${replicas} containers`);
    const env = (valueAt(live, '.spec.template.spec.containers.0.env') ?? []) as readonly {
      readonly name: string;
      readonly value?: string;
    }[];
    const color = env.find(({ name }) => name === 'COLOR')?.value;
    for (const { id } of running) {
      const actual = site.host.containers.specOf(id).env['COLOR'];
      if (actual !== color) found.push(`${id} runs with COLOR=${actual} instead of ${color}`);
    }
    found.push(...proxyDifferences(manifest.metadata.name, running.length, byName, site));
  }
  return found;
}

function proxyDifferences(
  name: string,
  expected: number,
  byName: ReadonlyMap<string, SeenObject>,
  { host }: SimulatedSite,
): readonly string[] {
  const service = [...byName.values()].find((object) => object.kind === 'Service' && object.metadata.name === name);
  if (service === undefined) return [];
  const address = service.spec?.['clusterIP'];
  if (typeof address !== 'string') return [`${nameOf(service)} has no address`];
  const backends = host.proxy.backendsOf(address, 80);
  return backends?.length === expected
    ? []
    : [`${nameOf(service)} at ${address} has ${backends?.length} backends instead of ${expected}`];
}

function isOwnedBy(podUid: string, deploymentUid: string, { machine }: SimulatedSite): boolean {
  const pod = currentObjects(machine.disk, 'pods').find(({ metadata }) => metadata.uid === podUid);
  const replicaSetUid = pod?.metadata.ownerReferences?.[0]?.uid;
  const replicaSet = currentObjects(machine.disk, 'replicasets.apps').find(
    ({ metadata }) => metadata.uid === replicaSetUid,
  );
  return replicaSet?.metadata.ownerReferences?.[0]?.uid === deploymentUid;
}

/** Containers, pods and replica sets that belong to nothing that is wanted. */
function leftoverContainers(wantedNames: ReadonlySet<string>, site: SimulatedSite): readonly string[] {
  const pods = new Set(currentObjects(site.machine.disk, 'pods').map(({ metadata }) => metadata.uid));
  const orphans = site.host.running
    .filter(({ podUid }) => !pods.has(podUid))
    .map(({ id }) => `container ${id} has no pod`);
  const sets = currentObjects(site.machine.disk, 'replicasets.apps').filter((set) => {
    const owner = set.metadata.ownerReferences?.[0];
    return owner === undefined || !wantedNames.has(`Deployment ${set.metadata.namespace}/${owner.name}`);
  });
  return [...orphans, ...sets.map((set) => `${nameOf(set)} is left over`)];
}

/** Works and AppliedWorks that nothing asks for; a Site that is not Ready. */
function staleRecords(world: World, wanted: readonly Wanted[], site: SimulatedSite): readonly string[] {
  const names = new Set(wanted.map(({ workName }) => workName));
  const works = currentObjects(world.hub.disk, 'works.management.planform.dev').filter(
    ({ metadata }) => metadata.namespace === siteNamespace(site.name),
  );
  const applied = currentObjects(site.machine.disk, 'appliedworks.management.planform.dev');
  const found = [...works, ...applied]
    .filter(({ metadata }) => !names.has(metadata.name))
    .map((object) => `${nameOf(object)} is left over`);
  const record = currentObjects(world.hub.disk, 'sites.management.planform.dev').find(
    ({ metadata }) => metadata.name === site.name,
  ) as (SeenObject & Site) | undefined;
  if (record?.status?.phase !== 'Ready') found.push(`the hub shows it as ${record?.status?.phase}`);
  if (record?.status?.works?.current !== record?.status?.works?.total)
    found.push('the hub counts Works that are not current');
  return found;
}

function applicationDifferences(world: World, application: SeenObject & Application): readonly string[] {
  const { metadata, status } = application;
  const name = nameOf(application);
  if (metadata.deletionTimestamp !== undefined) return [`${name} is still being deleted`];
  if (status?.observedGeneration !== metadata.generation) return [`the status of ${name} is old`];
  const desired = chosenSites(world, application).length;
  const { sites = {} } = status ?? {};
  const works = currentObjects(world.hub.disk, 'works.management.planform.dev') as readonly (SeenObject & Work)[];
  const maimed = works.filter(
    (work) =>
      work.metadata.name === `${metadata.namespace}.${metadata.name}` &&
      work.status?.localEdits?.some((edit) => edit.path === '' && edit.resolution !== 'Reverted') === true,
  ).length;
  const isHealthy = Number(sites.healthy) >= desired - maimed;
  const isDone = sites.desired === desired && sites.current === desired && isHealthy;
  return isDone ? [] : [`${name} shows ${JSON.stringify(sites)} of ${desired} sites`];
}

function ownedDifferences(site: SimulatedSite, name: string, values: ReadonlySet<string>): readonly string[] {
  const object = currentObjects(site.machine.disk, 'configmaps').find(
    ({ metadata }) => metadata.namespace === 'default' && metadata.name === name,
  );
  const value = object?.data?.['value'];
  return value !== undefined && values.has(value)
    ? []
    : [`${site.name}: ConfigMap default/${name} of a user has ${value}`];
}
