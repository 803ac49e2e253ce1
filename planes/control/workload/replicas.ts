import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { PrinterColumn, ScaleMapping } from '../../../kernel/schema/kind.ts';

/** A workload that keeps a number of equal pods. */
type ReplicatedWorkload = KubeObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly readyReplicas?: number };
};

/** Where every workload of the standard kinds has its number of pods. */
export const replicasScale: ScaleMapping = {
  specReplicasPath: 'spec.replicas',
  statusReplicasPath: 'status.replicas',
  labelSelectorPath: 'spec.selector',
};

/** The columns of a workload that does nothing but keep its number of pods. */
export const replicaColumns: readonly PrinterColumn[] = [
  {
    name: 'Desired',
    type: 'integer',
    description: 'Pods wanted.',
    value: ({ spec }: ReplicatedWorkload) => spec?.replicas ?? 1,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'Pods there are.',
    value: ({ status }: ReplicatedWorkload) => status?.replicas ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'Pods that are ready.',
    value: ({ status }: ReplicatedWorkload) => status?.readyReplicas ?? 0,
  },
];
