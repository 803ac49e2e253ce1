import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { StatefulSet } from '../../../kernel/schema/standard/types.ts';
import { containerColumns } from '../workload/columns.ts';
import { replicasScale } from '../workload/replicas.ts';
import { admitStatefulSet } from './admit.ts';

/** apps/v1 StatefulSet: pods with names, order and volumes of their own. */
export const statefulSetKind: KindDefinition<StatefulSet> = {
  group: 'apps',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apps/v1.StatefulSet'),
      columns: [
        {
          name: 'Ready',
          type: 'string',
          description: 'Ready pods of those wanted.',
          value: ({ spec, status }: StatefulSet) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`,
        },
        ...containerColumns(({ spec }: StatefulSet) => spec?.template),
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  scale: replicasScale,
  history: 'spec',
  admission: admitStatefulSet,
  checkName: checkDnsLabel,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
