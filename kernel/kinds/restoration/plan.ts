import { formatResource } from '../../meta/key.ts';
import type { KubeObject, OwnerReference } from '../../meta/object.ts';
import { parseApiVersion } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { Restoration } from './type.ts';

/** An object as it was, as far as planning looks at it. */
export interface Candidate {
  readonly definition: KindDefinition;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
}

/** What planning keeps of an object; `undefined` for one that was on its way out. */
export function candidateOf(definition: KindDefinition, { metadata }: KubeObject): Candidate | undefined {
  if (metadata.deletionTimestamp !== undefined) return undefined;
  return { definition, name: metadata.name, uid: metadata.uid, owners: metadata.ownerReferences ?? [] };
}

/** What is done with one object. */
export interface Step extends Pick<Candidate, 'definition' | 'name' | 'uid'> {
  readonly what: 'restore' | 'remove';
}

/** What is done with all of them: in one commit what is removed makes room first; in parts nothing goes before everything is back. */
export interface Plan {
  readonly restores: readonly Step[];
  readonly removals: readonly Step[];
}

/** `configmaps/settings`. */
export function stepName({ definition: { plural, group }, name }: Pick<Step, 'definition' | 'name'>): string {
  return `${formatResource(plural, group)}/${name}`;
}

/** What goes, by resource and name; who may do what goes last, or the rest could no longer be removed. */
export function planRemovals(later: readonly Candidate[]): readonly Candidate[] {
  const keyed = later.map((one) => ({ one, key: `${isAboutRights(one) ? 1 : 0} ${stepName(one)}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one);
}

function isAboutRights({ definition: { group } }: Candidate): boolean {
  return group === 'rbac.authorization.k8s.io';
}

/**
 * What to restore, owners before what depends on them, otherwise by resource and name: the same list in every attempt.
 * With a root only that object and everything that depends on it.
 */
export function planRestoration(
  candidates: readonly Candidate[],
  { root }: Pick<Restoration['spec'], 'root'>,
): readonly Candidate[] {
  const chosen = root === undefined ? candidates : withDependents(candidates, root);
  const byUid = new Map(chosen.map((one) => [one.uid, one]));
  const depths = new Map<string, number>();
  const depthOf = (one: Candidate, behind: ReadonlySet<string>): number => {
    const known = depths.get(one.uid);
    // Owners in a circle are a mistake of others; they come in any order.
    if (known !== undefined || behind.has(one.uid)) return known ?? 0;
    const inside = new Set([...behind, one.uid]);
    const above = one.owners.flatMap(({ uid }) => byUid.get(uid) ?? []).map((owner) => depthOf(owner, inside) + 1);
    const depth = Math.max(0, ...above);
    depths.set(one.uid, depth);
    return depth;
  };
  const keyed = chosen.map((one) => ({ one, depth: depthOf(one, new Set()), key: stepName(one) }));
  return keyed.toSorted((a, b) => a.depth - b.depth || (a.key < b.key ? -1 : 1)).map(({ one }) => one);
}

function withDependents(
  candidates: readonly Candidate[],
  root: NonNullable<Restoration['spec']['root']>,
): readonly Candidate[] {
  const { group } = parseApiVersion(root.apiVersion);
  const first = candidates.find(
    ({ definition, name }) => definition.group === group && definition.kind === root.kind && name === root.name,
  );
  if (first === undefined) return [];
  const dependents = new Map<string, Candidate[]>();
  for (const one of candidates) {
    for (const { uid } of one.owners) dependents.getOrInsertComputed(uid, () => []).push(one);
  }
  const found = new Map([[first.uid, first]]);
  // A map that grows while it is walked: what is added is visited too.
  for (const uid of found.keys()) for (const one of dependents.get(uid) ?? []) found.set(one.uid, one);
  return [...found.values()];
}
