import { type ControllerDefinition, watching } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import { jsonEquals } from '../../meta/json.ts';
import type { ClusterRole } from '../../schema/standard/types.ts';
import { aggregatedRules } from './plan.ts';
import { clusterRoleKind } from './type.ts';

/** Keeps the rules of roles with an `aggregationRule` equal to those of the roles they collect. */
export const clusterRoleAggregation: ControllerDefinition<ClusterRole> = {
  name: 'clusterrole-aggregation',
  kind: clusterRoleKind,
  rules: [{ verbs: ['patch', 'escalate'], groups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] }],
  watches: [
    // Any role may be one that others collect.
    watching(clusterRoleKind, (_changed, view) =>
      view
        .list(clusterRoleKind)
        .filter(({ aggregationRule }) => aggregationRule !== undefined)
        .map(({ metadata }) => ({ name: metadata.name })),
    ),
  ],
  async reconcile({ object, view, client, signal }) {
    const rules = aggregatedRules(object, view.list(clusterRoleKind));
    if (rules === undefined || jsonEquals(rules, object.rules ?? [])) return settled;
    const { name } = object.metadata;
    const options = { fieldManager: 'clusterrole-aggregation-controller' };
    await client.patch(clusterRoleKind, { name }, { type: 'merge', body: { rules } }, options, signal);
    return settled;
  },
};
