import { formatCount } from '../../../kernel/base/count.ts';
import { type ConditionDraft, setCondition } from '../../../kernel/meta/conditions.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import { formatApiVersion } from '../../../kernel/meta/object.ts';
import type { Blobs } from '../../../kernel/ports/blobs.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { removeFinalizer } from '../../../kernel/controller/finalizers.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { bundleKind, bundleName } from '../../management/bundle/type.ts';
import { type Placement, placementKind } from '../../management/placement/type.ts';
import { type Site, siteKind, siteNamespace, siteOfNamespace } from '../../management/site/type.ts';
import { type Work, workKind } from '../../management/work/type.ts';
import { applicationFinalizer } from './admit.ts';
import { type BuiltBundle, buildBundle } from './bundle.ts';
import { type FindKind, type Rendering, type WorksPlan, isOwn, planWorks, render, workName } from './plan.ts';
import { renderedCondition, rollUp } from './rollup.ts';
import { type Application, applicationGroup, applicationKind } from './type.ts';

/** What rendering and delivering applications needs. */
export interface ApplicationPorts {
  /** Blob store of the hub. */
  readonly blobs: Blobs;
  /** Kinds that sites know. */
  readonly findKind: FindKind;
  /** Names of the sites a Placement chooses; the pure planner of the management plane. */
  readonly chooseSites: (placement: Placement, sites: readonly Site[]) => readonly string[];
}

/** Bundles of earlier versions that are kept for looking back and rolling back. */
const oldBundlesMax = 10;

/**
 * One pass: 1. render; 2. bytes into the blob store, then the Bundle; 3. one Work per chosen site; 4. sum up what the
 * sites report. Works are only taken back because a site is no longer chosen or the Application goes; never because
 * something could not be read.
 */
export async function reconcileApplication(pass: Pass<Application>, ports: ApplicationPorts): Promise<Outcome> {
  const { object, status, view } = pass;
  if (object.metadata.deletionTimestamp !== undefined) return removeApplication(pass);
  status.observedGeneration = object.metadata.generation ?? 0;
  const rendering = render(object, ports.findKind);
  const objectCount = rendering.components.reduce((sum, component) => sum + component.manifests.length, 0);
  report(pass, renderedCondition(rendering.problems, objectCount));
  const isDeliverable = !rendering.isImpossible && (objectCount > 0 || rendering.problems.length === 0);
  if (isDeliverable) status.digest = await publish(rendering, pass, ports);

  const placementName = object.spec.placementRef.name;
  const placement = view.get(placementKind, { namespace: object.metadata.namespace ?? '', name: placementName });
  const chosen = placement === undefined ? undefined : ports.chooseSites(placement, view.list(siteKind));
  const works = worksBySite(pass);
  const { digest } = status;
  let plan: WorksPlan | undefined;
  if (chosen !== undefined && digest !== undefined) {
    plan = planWorks({ application: object, digest, chosen, existing: works });
    await carryOut(plan, pass);
  }
  const rollup = rollUp({ chosen, placementName, works, digest });
  status.sites = { ...rollup.sites };
  status.samples = rollup.samples.map((sample) => ({ ...sample }));
  for (const condition of rollup.conditions) report(pass, condition);
  await removeOldBundles(pass, works);
  if (plan !== undefined && plan.blocked.length > 0) {
    const on = plan.blocked.map(({ metadata }) => ({
      kind: 'Work',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
    }));
    return {
      kind: 'stalled',
      reason: 'OldWorksRemain',
      message: 'Works of an older application of this name are still being removed',
      on,
    };
  }
  return settled;
}

function report({ object, status, clock }: Pass<Application>, draft: ConditionDraft): void {
  const condition = { ...draft, observedGeneration: object.metadata.generation ?? 0 };
  status.conditions = [...setCondition(status.conditions, condition, clock.nowMs())];
}

/** Makes sure that the bundle is there with all its bytes. @returns its digest. */
async function publish(rendering: Rendering, pass: Pass<Application>, { blobs }: ApplicationPorts): Promise<string> {
  const { namespace = '', name } = pass.object.metadata;
  const bundle = buildBundle({
    application: { namespace, name },
    components: rendering.components,
    omitted: rendering.problems.length,
  });
  const { digest } = bundle.spec;
  const known = pass.view.get(bundleKind, { namespace, name: bundleName(digest) });
  const isThere =
    known !== undefined && known.metadata.deletionTimestamp === undefined && (await blobs.has(digest, pass.signal));
  if (isThere) return digest;
  await storeBlobs(bundle, blobs, pass.signal);
  await createBundle(bundle, pass);
  // An older bundle that shared bytes may have been cleared away in between.
  await storeBlobs(bundle, blobs, pass.signal);
  pass.log.info('bundle published', { application: `${namespace}/${name}`, digest });
  return digest;
}

async function storeBlobs(bundle: BuiltBundle, blobs: Blobs, signal: AbortSignal): Promise<void> {
  for (const [digest, bytes] of bundle.blobs)
    if (!(await blobs.has(digest, signal))) await blobs.put(digest, bytes, signal);
}

async function createBundle({ spec }: BuiltBundle, { object, client, signal }: Pass<Application>): Promise<void> {
  const { namespace = '', name, uid } = object.metadata;
  const apiVersion = formatApiVersion(applicationGroup, applicationKind.storageVersion);
  const ownerReferences = [{ apiVersion, kind: 'Application', name, uid, controller: true }];
  try {
    await client.create(
      bundleKind,
      { metadata: { namespace, name: bundleName(spec.digest), ownerReferences }, spec },
      {},
      signal,
    );
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}

/** The Works under the name of this application, by site. */
function worksBySite({ object, view }: Pass<Application>): ReadonlyMap<string, Work> {
  const { namespace = '', name } = object.metadata;
  const works = new Map<string, Work>();
  for (const site of view.list(siteKind)) {
    const work = view.get(workKind, {
      namespace: siteNamespace(site.metadata.name),
      name: workName({ namespace, name }),
    });
    if (work !== undefined) works.set(site.metadata.name, work);
  }
  return works;
}

async function carryOut(plan: WorksPlan, { client, signal, log }: Pass<Application>): Promise<void> {
  for (const draft of plan.create) await client.create(workKind, draft, {}, signal);
  for (const { work, spec } of plan.update) {
    const { namespace = '', name, uid } = work.metadata;
    await client.patch(workKind, { namespace, name }, { type: 'merge', body: { metadata: { uid }, spec } }, {}, signal);
  }
  for (const work of plan.remove) await deleteWork(work, { client, signal });
  const changes = { created: plan.create.length, updated: plan.update.length, removed: plan.remove.length };
  if (changes.created + changes.updated + changes.removed > 0) log.info('works changed', changes);
}

async function deleteWork(
  { metadata }: Work,
  { client, signal }: Pick<Pass<Application>, 'client' | 'signal'>,
): Promise<void> {
  const { namespace = '', name, uid } = metadata;
  try {
    await client.delete(workKind, { namespace, name }, { preconditions: { uid } }, signal);
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}

/** Keeps the newest old bundles and those a Work still points at. */
async function removeOldBundles(
  { object, view, client, signal, status }: Pass<Application>,
  works: ReadonlyMap<string, Work>,
): Promise<void> {
  const inUse = new Set([status.digest, ...[...works.values()].map((work) => work.spec.bundle.digest)]);
  const old = view
    .listOwned(bundleKind, object.metadata.uid)
    .filter((bundle) => bundle.metadata.deletionTimestamp === undefined && !inUse.has(bundle.spec.digest))
    .sort((a, b) => Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion));
  for (const { metadata } of old.slice(oldBundlesMax)) {
    await client.delete(
      bundleKind,
      { namespace: metadata.namespace ?? '', name: metadata.name },
      { preconditions: { uid: metadata.uid } },
      signal,
    );
  }
}

/** Takes all Works back and lets the Application go when the last site has confirmed. */
async function removeApplication(pass: Pass<Application>): Promise<Outcome> {
  const { object, view, client, signal } = pass;
  const works = view.list(workKind).filter((work) => isOwn(work, object));
  for (const work of works) if (work.metadata.deletionTimestamp === undefined) await deleteWork(work, pass);
  if (works.length === 0) {
    await removeFinalizer(client, { kind: applicationKind, object, finalizer: applicationFinalizer }, signal);
    return settled;
  }
  const sites = works.map((work) => siteOfNamespace(work.metadata.namespace ?? '') ?? '').sort();
  const message = `Waiting until it is gone at ${formatCount(sites.length, 'site')}: ${sites.slice(0, 10).join(', ')}`;
  report(pass, { type: 'Delivered', status: 'False', reason: 'Removing', message });
  return {
    kind: 'stalled',
    reason: 'Removing',
    message,
    on: works.map(({ metadata }) => ({ kind: 'Work', namespace: metadata.namespace ?? '', name: metadata.name })),
  };
}
