import type { Pass } from '../../controller/controller.ts';
import { removeFinalizer } from '../../controller/finalizers.ts';
import { type Outcome, settled } from '../../controller/outcome.ts';
import { type Condition, type ConditionDraft, setCondition } from '../../meta/conditions.ts';
import { isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { cleanupFinalizer, terminatingType } from './admit.ts';
import { approvalCondition } from './approval.ts';
import { isKindOf, kindOf } from './kind-of.ts';
import { planNames } from './plan.ts';
import type { ServedKinds } from './ports.ts';
import { customResourceDefinitionKind } from './type.ts';

/** Deletes of one definition's objects running side by side. */
const deletesAtOnceMax = 50;
/** When to look again at objects that have finalizers of their own, milliseconds. */
const recheckMs = 1_000;

/**
 * Serves the kind of a definition as soon as its names are free, before the status says so; on deletion deletes the objects
 * of the kind, stops serving it and lets the definition go.
 */
export async function reconcileDefinition(pass: Pass<CustomResourceDefinition>, kinds: ServedKinds): Promise<Outcome> {
  if (pass.object.metadata.deletionTimestamp !== undefined) return deleteDefinition(pass, kinds);
  const crd = isServed(pass.object, kinds) ? pass.object : await readWhole(pass);
  if (crd === undefined) return settled;
  const plan = planNames(crd, kinds.list());
  const { group, names } = crd.spec;
  // Nothing waits between the look at the served kinds and the change, so two definitions cannot take one name.
  if (plan.established.status === 'True' && !isKindOf(kinds.find(group, names.plural), crd, plan.acceptedNames)) {
    kinds.add(kindOf(crd, plan.acceptedNames));
    pass.log.info('serving a custom kind', { group, plural: names.plural });
  }
  pass.status.acceptedNames = structuredClone(plan.acceptedNames) as NonNullable<typeof pass.status.acceptedNames>;
  setConditions(pass, [plan.namesAccepted, plan.established, ...approvalCondition(crd)]);
  if (plan.established.status === 'True') return settled;
  const { reason, message } = plan.namesAccepted;
  return { kind: 'stalled', reason, message };
}

/** True if the kind of the definition is served as it is defined now. */
function isServed(crd: CustomResourceDefinition, kinds: ServedKinds): boolean {
  const plan = planNames(crd, kinds.list());
  return isKindOf(kinds.find(crd.spec.group, crd.spec.names.plural), crd, plan.acceptedNames);
}

/** What controllers keep of definitions: everything but the schemas, which are most of it, and who wrote what. */
export function withoutSchemas(crd: CustomResourceDefinition): CustomResourceDefinition {
  const { managedFields: _managers, ...metadata } = crd.metadata;
  const versions = crd.spec.versions.map(({ schema: _schema, ...version }) => version);
  return { ...crd, metadata, spec: { ...crd.spec, versions } };
}

/** The definition with its schemas. @returns `undefined` when it is gone. */
async function readWhole({
  client,
  object,
  signal,
}: Pass<CustomResourceDefinition>): Promise<CustomResourceDefinition | undefined> {
  try {
    return await client.get(customResourceDefinitionKind, { name: object.metadata.name }, signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function deleteDefinition(pass: Pass<CustomResourceDefinition>, kinds: ServedKinds): Promise<Outcome> {
  const { group, names } = pass.object.spec;
  if (pass.object.metadata.finalizers?.includes(cleanupFinalizer) !== true) return settled;
  const kind = kinds.find(group, names.plural);
  if (kind?.custom !== undefined) {
    const remainingCount = await deleteObjects(pass, kind);
    if (remainingCount > 0) {
      const message = `CustomResource deletion is in progress, ${remainingCount} objects are left`;
      const condition = {
        type: terminatingType,
        status: 'True',
        reason: 'InstanceDeletionInProgress',
        message,
      } as const;
      setConditions(pass, [condition]);
      return { kind: 'waiting', afterMs: recheckMs, reason: 'InstanceDeletionInProgress', message };
    }
    kinds.remove(group, names.plural);
  }
  const release = { kind: customResourceDefinitionKind, object: pass.object, finalizer: cleanupFinalizer };
  await removeFinalizer(pass.client, release, pass.signal);
  return settled;
}

/** @returns how many objects are still there. No new ones come: admission refuses them while the definition goes. */
async function deleteObjects(pass: Pass<CustomResourceDefinition>, kind: KindDefinition): Promise<number> {
  const { items } = await pass.client.list(kind, { metadataOnly: true }, pass.signal);
  const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (let start = 0; start < live.length; start += deletesAtOnceMax) {
    await Promise.all(live.slice(start, start + deletesAtOnceMax).map((object) => deleteObject(pass, kind, object)));
  }
  if (items.length === 0) return 0;
  return (await pass.client.list(kind, { metadataOnly: true }, pass.signal)).items.length;
}

async function deleteObject(
  { client, signal }: Pass<CustomResourceDefinition>,
  kind: KindDefinition,
  { metadata: { namespace, name, uid } }: KubeObject,
): Promise<void> {
  const at = namespace === undefined ? { name } : { namespace, name };
  try {
    await client.delete(kind, at, { preconditions: { uid } }, signal);
  } catch (error) {
    if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
  }
}

function setConditions(pass: Pass<CustomResourceDefinition>, drafts: readonly ConditionDraft[]): void {
  let conditions = (pass.object.status?.conditions ?? []) as readonly Condition[];
  for (const draft of drafts) conditions = setCondition(conditions, draft, pass.clock.nowMs());
  pass.status.conditions = [...conditions];
}
