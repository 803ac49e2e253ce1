import { type ControllerDefinition, watching } from '../../controller/controller.ts';
import { isConditionTrue, type Condition } from '../../meta/conditions.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { establishedType } from './plan.ts';
import type { ServedKinds } from './ports.ts';
import { reconcileDefinition, withoutSchemas } from './reconcile.ts';
import { customResourceDefinitionKind } from './type.ts';

/** Serves the kinds that CustomResourceDefinitions describe, and takes them away again. */
export function customResourceDefinitionController(kinds: ServedKinds): ControllerDefinition<CustomResourceDefinition> {
  return {
    name: 'customresourcedefinition',
    kind: customResourceDefinitionKind,
    project: withoutSchemas,
    rules: [
      { verbs: ['get', 'list', 'delete'], groups: ['*'], resources: ['*'] },
      { verbs: ['patch'], groups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
    ],
    // A definition that changes or goes may set names free that others of its group wait for.
    watches: [
      watching(customResourceDefinitionKind, (changed, view) =>
        view
          .list(customResourceDefinitionKind)
          .filter(({ metadata, spec }) => spec.group === changed.spec.group && metadata.name !== changed.metadata.name)
          .filter(
            ({ status }) => !isConditionTrue(status?.conditions as readonly Condition[] | undefined, establishedType),
          )
          .map(({ metadata }) => ({ name: metadata.name })),
      ),
    ],
    reconcile: (pass) => reconcileDefinition(pass, kinds),
  };
}
