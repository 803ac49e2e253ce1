import type { KindDefinition } from '../../schema/kind.ts';
import type { PolicyRule } from '../../schema/standard/types.ts';
import { aggregationLabel, type DefaultRole, readVerbs, writeVerbs } from './default-roles.ts';

/** Groups of kinds that Planform itself brings. */
const ownGroups = '.planform.dev';

/**
 * Roles by which the kinds of planes belong to the roles of people: who may `view` a namespace sees their objects, who may
 * `edit` it writes them. Cluster-scoped and confidential kinds belong to none; empty where there are no such kinds.
 */
export function rolesOfKinds(kinds: readonly KindDefinition[]): readonly DefaultRole[] {
  const own = kinds.filter(
    ({ group, scope, confidential }) => group.endsWith(ownGroups) && scope === 'Namespaced' && confidential !== true,
  );
  if (own.length === 0) return [];
  return [
    {
      name: 'planform:aggregate-to-view',
      labels: aggregationLabel('view'),
      rules: rulesByGroup(own, readVerbs, (plural) =>
        ['', '/explain', '/history', '/status'].map((part) => `${plural}${part}`),
      ),
    },
    {
      name: 'planform:aggregate-to-edit',
      labels: aggregationLabel('edit'),
      rules: rulesByGroup(own, writeVerbs, (plural) => [plural]),
    },
  ];
}

function rulesByGroup(
  kinds: readonly KindDefinition[],
  verbs: readonly string[],
  resourcesOf: (plural: string) => readonly string[],
): readonly PolicyRule[] {
  const groups = [...new Set(kinds.map(({ group }) => group))].toSorted();
  return groups.map((group) => ({
    verbs,
    apiGroups: [group],
    resources: kinds.filter((kind) => kind.group === group).flatMap(({ plural }) => resourcesOf(plural)),
  }));
}
