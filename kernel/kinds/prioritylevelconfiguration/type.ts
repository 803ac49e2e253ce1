import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { PriorityLevelConfiguration, QueuingConfiguration } from '../../schema/standard/types.ts';
import { admitPriorityLevel } from './admit.ts';

/** flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration: a share of the server for some requests. */
export const priorityLevelConfigurationKind: KindDefinition<PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('flowcontrol/v1.PriorityLevelConfiguration'),
      columns: [
        { name: 'Type', type: 'string', description: 'Whether requests are limited.', value: '.spec.type' },
        {
          name: 'NominalConcurrencyShares',
          type: 'string',
          description: 'Its share of the server.',
          value: ({ spec }: PriorityLevelConfiguration) => formatNumber(spec?.limited?.nominalConcurrencyShares),
        },
        queueColumn('Queues', 'Queues requests wait in.', 'queues'),
        queueColumn('HandSize', 'Queues a flow may use.', 'handSize'),
        queueColumn('QueueLengthLimit', 'Requests that may wait in a queue.', 'queueLengthLimit'),
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitPriorityLevel,
  strategicMerge: true,
};

function queueColumn(name: string, description: string, field: keyof QueuingConfiguration) {
  const value = ({ spec }: PriorityLevelConfiguration) => formatNumber(spec?.limited?.limitResponse?.queuing?.[field]);
  return { name, type: 'string', description, value } as const;
}

/** Numbers are such although the column is one of texts, as upstream. */
function formatNumber(value: number | undefined): number | string {
  return value ?? '<none>';
}
