import { isConditionTrue, type Condition } from '../../meta/conditions.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { kindOf } from './kind-of.ts';
import { establishedType, planNames } from './plan.ts';
import type { ServedKinds } from './ports.ts';

/**
 * Serves the kinds of all definitions that were established when the server stopped; to be called before it answers.
 * Definitions that are going away are among them: their objects still have to go.
 * @returns names of definitions whose names are taken by now, for example by kinds a newer server brings itself.
 */
export function restoreKinds(crds: Iterable<CustomResourceDefinition>, kinds: ServedKinds): readonly string[] {
  const refused: string[] = [];
  for (const crd of crds) {
    if (!isConditionTrue(crd.status?.conditions as readonly Condition[] | undefined, establishedType)) continue;
    const plan = planNames(crd, kinds.list());
    if (plan.established.status === 'True') kinds.add(kindOf(crd, plan.acceptedNames));
    else refused.push(crd.metadata.name);
  }
  return refused;
}
