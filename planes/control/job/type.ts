import { formatAge } from '../../../kernel/base/age.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Job } from '../../../kernel/schema/standard/types.ts';
import { templateColumns } from '../workload/columns.ts';
import { admitJob } from './admit.ts';

/** batch/v1 Job: pods that run until enough of them have succeeded. */
export const jobKind: KindDefinition<Job> = {
  group: 'batch',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('batch/v1.Job'),
      columns: [
        { name: 'Status', type: 'string', description: 'How far it is.', value: formatStatus },
        {
          name: 'Completions',
          type: 'string',
          description: 'Succeeded pods of those wanted.',
          value: formatCompletions,
        },
        { name: 'Duration', type: 'string', description: 'Time it ran, or has been running.', value: formatDuration },
        ...templateColumns,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  selectableFields: [{ label: 'status.successful', value: ({ status }: Job) => String(status?.succeeded ?? 0) }],
  admission: admitJob,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  orphansByDefault: true,
  orphanWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};

/** Conditions that name the status, the most telling first; a Job on its way out comes after those that ended. */
const endings = ['Complete', 'Failed'];
const stages = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function formatStatus({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  const ending = endings.find(has);
  if (ending !== undefined) return ending;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return stages.find(has) ?? 'Running';
}

function formatCompletions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function formatDuration({ status }: Job, nowMs: number): string {
  const startMs = parseTime(status?.startTime);
  return startMs === undefined ? '' : formatAge((parseTime(status?.completionTime) ?? nowMs) - startMs);
}
