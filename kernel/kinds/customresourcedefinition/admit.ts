import { addFinalizer } from '../../meta/finalizers.ts';
import { setCondition, type Condition } from '../../meta/conditions.ts';
import { isJsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { oddFormatsOf } from './formats.ts';

/** Finalizer that keeps a definition until its objects are gone (apiextensions `CustomResourceCleanupFinalizer`). */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
/** Condition of a definition that is being deleted. */
export const terminatingType = 'Terminating';

/** Rules of CustomResourceDefinitions (apiextensions-apiserver `apis/apiextensions/validation`, `registry/strategy`). */
export const admitCustomResourceDefinition: KindAdmission<CustomResourceDefinition> = {
  mutate(draft, old, { nowMs, subresource }) {
    const { names, versions } = asObject(draft['spec']);
    if (isJsonObject(names)) fillNames(names);
    const metadata = asObject(draft['metadata']);
    const status = { ...newStatus, ...(old === undefined ? {} : asObject(draft['status'])) };
    draft['status'] = { ...status, ...storedVersionsOf(versions, status, subresource === 'status') };
    if (metadata['deletionTimestamp'] === undefined) return;
    if (old?.metadata.deletionTimestamp === undefined) keepGeneration(metadata, old);
    markTerminating(draft, nowMs);
  },
  async validate(crd, old, context) {
    const { checkDefinition } = await import('./check-definition.ts');
    return checkDefinition(crd, old, context);
  },
  warn(crd, old) {
    const known = old === undefined ? [] : oddFormatsOf(old);
    const odd = oddFormatsOf(crd).filter((format) => !known.includes(format));
    return odd.map((format) => `unrecognized format ${JSON.stringify(format)}`);
  },
};

/** What Go writes of a status in which nothing is said, but for null conditions: `kubectl wait` stumbles over those. */
const newStatus = { acceptedNames: { plural: '', kind: '' }, conditions: [] };

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}

/**
 * Versions in which objects may be stored: that of today and those of before. A write of the status may take versions away,
 * once nothing is stored in them any more, but not all of them.
 */
function storedVersionsOf(
  versions: unknown,
  { storedVersions }: Readonly<Record<string, unknown>>,
  isStatusWrite: boolean,
): { readonly storedVersions?: readonly unknown[] } {
  const stored = Array.isArray(storedVersions) ? (storedVersions as readonly unknown[]) : [];
  const given = (Array.isArray(versions) ? versions : []).map(asObject);
  const storage = given.find((version) => version['storage'] === true);
  if (storage === undefined || stored.includes(storage['name'])) return {};
  return isStatusWrite && stored.length > 0 ? {} : { storedVersions: [...stored, storage['name']] };
}

/** Names that follow from the kind, where they are absent or empty. */
function fillNames(names: Record<string, unknown>): void {
  const { kind, singular = '', listKind = '' } = names;
  if (typeof kind !== 'string' || kind === '') return;
  if (singular === '') names['singular'] = kind.toLowerCase();
  if (listKind === '') names['listKind'] = `${kind}List`;
}

/** The deletion of a definition is no change of what it asks for, and has no grace period (upstream `REST.Delete`). */
function keepGeneration(metadata: Record<string, unknown>, old: CustomResourceDefinition | undefined): void {
  if (old !== undefined) metadata['generation'] = old.metadata.generation;
  delete metadata['deletionGracePeriodSeconds'];
}

/** The first deletion only begins it: the controller deletes the objects of the kind, then lets the definition go. */
function markTerminating(draft: Record<string, unknown>, nowMs: number): void {
  const status = asObject(draft['status']);
  const before = status['conditions'] as readonly Condition[] | undefined;
  if (before?.some(({ type }) => type === terminatingType) === true) return;
  addFinalizer(draft, cleanupFinalizer);
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
  const condition = { type: terminatingType, status: 'True', reason: 'InstanceDeletionPending', message } as const;
  draft['status'] = { ...status, conditions: setCondition(before, condition, nowMs) };
}
