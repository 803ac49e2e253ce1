import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { CronJob } from '../../../kernel/schema/standard/types.ts';
import { containerColumns, selectorColumn } from '../workload/columns.ts';
import { admitCronJob } from './admit.ts';

/** batch/v1 CronJob: a Job again and again, as a schedule says. */
export const cronJobKind: KindDefinition<CronJob> = {
  group: 'batch',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('batch/v1.CronJob'),
      columns: [
        { name: 'Schedule', type: 'string', description: 'When it runs.', value: '.spec.schedule' },
        {
          name: 'Timezone',
          type: 'string',
          description: 'Time zone of the schedule.',
          value: ({ spec }: CronJob) => spec?.timeZone ?? '<none>',
        },
        {
          name: 'Suspend',
          type: 'boolean',
          description: 'Whether no further runs are started.',
          value: ({ spec }: CronJob) => (spec?.suspend === true ? 'True' : 'False'),
        },
        {
          name: 'Active',
          type: 'integer',
          description: 'Jobs that run now.',
          value: ({ status }: CronJob) => status?.active?.length ?? 0,
        },
        {
          name: 'Last Schedule',
          type: 'date',
          description: 'Since the last run began.',
          value: '.status.lastScheduleTime',
          absentText: '<none>',
        },
        ...containerColumns(({ spec }: CronJob) => spec?.jobTemplate.spec?.template),
        selectorColumn(({ spec }: CronJob) => spec?.jobTemplate.spec?.selector),
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitCronJob,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
