import { jsonEquals } from '../../meta/json.ts';
import { labelSelectorFromObject, matchesLabels } from '../../meta/selectors.ts';
import type { ClusterRole, PolicyRule } from '../../schema/standard/types.ts';

/**
 * The rules a role collects by its `aggregationRule`: those of all other roles that one of its selectors matches, in the
 * order of their names, each once (clusterroleaggregation controller of kube-controller-manager). `undefined` for a role that
 * collects nothing.
 */
export function aggregatedRules(role: ClusterRole, all: Iterable<ClusterRole>): readonly PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors?.map(labelSelectorFromObject);
  if (selectors === undefined) return undefined;
  const isSelected = ({ metadata }: ClusterRole) =>
    metadata.name !== role.metadata.name && selectors.some((selector) => matchesLabels(selector, metadata.labels));
  const sources = [...all].filter(isSelected).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const rule of sources.flatMap((source) => source.rules ?? [])) {
    if (!rules.some((known) => jsonEquals(known, rule))) rules.push(rule);
  }
  return rules;
}
