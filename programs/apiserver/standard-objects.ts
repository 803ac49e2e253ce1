import { mandatoryFlowSchemas, suggestedFlowSchemas } from '../../kernel/kinds/flowschema/defaults.ts';
import { flowSchemaKind } from '../../kernel/kinds/flowschema/type.ts';
import {
  mandatoryPriorityLevels,
  suggestedPriorityLevels,
} from '../../kernel/kinds/prioritylevelconfiguration/defaults.ts';
import { priorityLevelConfigurationKind } from '../../kernel/kinds/prioritylevelconfiguration/type.ts';
import { systemPriorityClasses } from '../../planes/control/priorityclass/system.ts';
import { priorityClassKind } from '../../planes/control/priorityclass/type.ts';
import { serviceCidrKind } from '../../planes/control/servicecidr/type.ts';
import type { StartObject } from './start-objects.ts';

/** Upstream keeps the specs of suggested objects up to date unless this says `false`. */
const isKept = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

/** Objects a cluster has from its start besides namespaces and roles. @param serviceCidr where Services get addresses from. */
export function standardObjects(serviceCidr: string): readonly StartObject[] {
  const levels = [...mandatoryPriorityLevels, ...suggestedPriorityLevels];
  const schemas = [...mandatoryFlowSchemas, ...suggestedFlowSchemas];
  return [
    ...systemPriorityClasses.map(({ name, ...fields }) => ({
      kind: priorityClassKind,
      object: { metadata: { name }, ...fields },
    })),
    ...levels.map(({ name, spec }) => ({
      kind: priorityLevelConfigurationKind,
      object: { metadata: { name, annotations: isKept }, spec },
    })),
    ...schemas.map(({ name, spec }) => ({
      kind: flowSchemaKind,
      object: { metadata: { name, annotations: isKept }, spec },
    })),
    { kind: serviceCidrKind, object: { metadata: { name: 'kubernetes' }, spec: { cidrs: [serviceCidr] } } },
  ];
}
