import type { JsonObject, KubeObject } from '../../../kernel/meta/object.ts';
import { convertedColumns } from '../../../kernel/schema/converted-columns.ts';
import {
  allMetadataOfStatus,
  type KindAdmission,
  type KindDefinition,
  type PrinterColumn,
} from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { HorizontalPodAutoscaler } from '../../../kernel/schema/standard/types.ts';
import { admitHorizontalPodAutoscaler } from './admit.ts';
import { convertHorizontalPodAutoscaler, defaultVersion1 } from './convert.ts';
import { formatTargets } from './targets.ts';

const columns: readonly PrinterColumn[] = [
  {
    name: 'Reference',
    type: 'string',
    description: 'What it scales.',
    value: ({ spec }: HorizontalPodAutoscaler) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
  },
  { name: 'Targets', type: 'string', description: 'Measured and wanted values.', value: formatTargets },
  {
    name: 'MinPods',
    type: 'string',
    description: 'Fewest copies.',
    value: ({ spec }: HorizontalPodAutoscaler) => String(spec?.minReplicas ?? '<unset>'),
  },
  { name: 'MaxPods', type: 'string', description: 'Most copies.', value: '.spec.maxReplicas' },
  {
    name: 'Replicas',
    type: 'string',
    description: 'Copies there are.',
    value: ({ status }: HorizontalPodAutoscaler) => status?.currentReplicas ?? 0,
  },
];

const toV2 = (object: JsonObject) => convertHorizontalPodAutoscaler(object, 'autoscaling/v2');

/** The rules of v2, for the form of v1. */
const admitVersion1: KindAdmission<KubeObject> = {
  mutate: defaultVersion1,
  validate: (object, old, context) =>
    admitHorizontalPodAutoscaler.validate?.(inV2(object), old === undefined ? undefined : inV2(old), context) ?? [],
};

function inV2(object: KubeObject): HorizontalPodAutoscaler {
  return toV2(object as KubeObject & JsonObject) as HorizontalPodAutoscaler & JsonObject;
}

/** HorizontalPodAutoscaler of autoscaling/v2 and v1: how many copies of a workload, by what is measured. */
export const horizontalPodAutoscalerKind: KindDefinition<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v2',
      served: true,
      schema: standardSchema('autoscaling/v2.HorizontalPodAutoscaler'),
      columns,
    },
    {
      name: 'v1',
      served: true,
      schema: standardSchema('autoscaling/v1.HorizontalPodAutoscaler'),
      columns: convertedColumns(columns, toV2),
      admission: admitVersion1,
    },
  ],
  storageVersion: 'v2',
  conversion: { strategy: 'Functions', convert: convertHorizontalPodAutoscaler },
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitHorizontalPodAutoscaler,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
