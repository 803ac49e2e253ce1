import type { ControllerDefinition } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import type { PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import { flowUpkeep } from '../flow-defaults/upkeep.ts';
import { mandatoryPriorityLevels, suggestedPriorityLevels } from './defaults.ts';
import { priorityLevelConfigurationKind } from './type.ts';

/** Keeps the levels every server has. What `exempt` lends is left to people. */
export function priorityLevelController(): ControllerDefinition<PriorityLevelConfiguration> {
  const upkeep = flowUpkeep(priorityLevelConfigurationKind, [
    ...mandatoryPriorityLevels.map((one) => ({ ...one, isMandatory: one.name !== 'exempt' })),
    ...suggestedPriorityLevels.map((one) => ({ ...one, isMandatory: false })),
  ]);
  return {
    name: 'api-priority-and-fairness-config-producer-v1',
    kind: priorityLevelConfigurationKind,
    rules: upkeep.rules,
    forget: upkeep.forget,
    run: upkeep.run,
    async reconcile(pass) {
      await upkeep.keep(pass);
      return settled;
    },
  };
}
