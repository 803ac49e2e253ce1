import { type ControllerDefinition, watching } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import { type Condition, setCondition } from '../../meta/conditions.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import { flowUpkeep } from '../flow-defaults/upkeep.ts';
import { priorityLevelConfigurationKind } from '../prioritylevelconfiguration/type.ts';
import { mandatoryFlowSchemas, suggestedFlowSchemas } from './defaults.ts';
import { danglingCondition } from './plan.ts';
import { flowSchemaKind } from './type.ts';

/** Keeps the schemas every server has, and says of every schema whether its level exists. */
export function flowSchemaController(): ControllerDefinition<FlowSchema> {
  const upkeep = flowUpkeep(flowSchemaKind, [
    ...mandatoryFlowSchemas.map((one) => ({ ...one, isMandatory: true })),
    ...suggestedFlowSchemas.map((one) => ({ ...one, isMandatory: false })),
  ]);
  return {
    // As upstream names the writer of the condition.
    name: 'api-priority-and-fairness-config-consumer-v1',
    kind: flowSchemaKind,
    rules: upkeep.rules,
    watches: [watching(priorityLevelConfigurationKind, schemasOf)],
    forget: upkeep.forget,
    run: upkeep.run,
    async reconcile(pass) {
      const { object, status, view, clock } = pass;
      if (!(await upkeep.keep(pass))) return settled;
      const level = object.spec?.priorityLevelConfiguration.name ?? '';
      const draft = danglingCondition(level, view.get(priorityLevelConfigurationKind, { name: level }) !== undefined);
      const conditions = setCondition(
        object.status?.conditions as readonly Condition[] | undefined,
        draft,
        clock.nowMs(),
      );
      status.conditions = [...conditions];
      return settled;
    },
  };
}

function schemasOf(
  { metadata: { name } }: PriorityLevelConfiguration,
  view: Parameters<Parameters<typeof watching>[1]>[1],
): readonly { readonly name: string }[] {
  return view
    .list(flowSchemaKind)
    .filter(({ spec }) => spec?.priorityLevelConfiguration.name === name)
    .map(({ metadata }) => ({ name: metadata.name }));
}
