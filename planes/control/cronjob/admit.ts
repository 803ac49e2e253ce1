import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { CronJob, CronJobSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { validateJobSpec } from '../workload/job-spec.ts';
import { checkSchedule } from './schedule.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Longest name: Jobs get eleven characters more (Kubernetes `ValidateCronJobCreate`). */
const nameLengthMax = 52;

/** Defaults and rules of CronJobs (Kubernetes `ValidateCronJobCreate`, `ValidateCronJobUpdate`). */
export const admitCronJob: KindAdmission<CronJob> = {
  mutate: (draft) => {
    const jobSpec = draftObject(draftObject(draftObject(draft, 'spec'), 'jobTemplate'), 'spec');
    const podSpec = draftObject(draftObject(jobSpec, 'template'), 'spec');
    if (podSpec !== undefined) defaultPodSpec(podSpec);
  },
  validate: validateCronJob,
  warn: warnOfTemplate({
    path: 'spec.jobTemplate.spec.template',
    of: ({ spec }) => spec?.jobTemplate?.spec?.template,
    namesPods: true,
  }),
};

function validateCronJob(
  { metadata, spec }: CronJob,
  old: CronJob | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const errors: FieldError[] = [];
  if (old === undefined && metadata.name.length > nameLengthMax) {
    const detail = `must be no more than ${nameLengthMax} characters`;
    errors.push({ type: 'Invalid', path: 'metadata.name', value: metadata.name, detail });
  }
  const names = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const;
  return [
    ...errors,
    ...validateSchedule(spec),
    ...validateTimeZone(spec.timeZone),
    ...countsNotNegative('spec', spec, names),
    ...validateJobTemplate(spec),
  ];
}

function validateSchedule({ schedule = '' }: Partial<CronJobSpec>): readonly FieldError[] {
  const path = 'spec.schedule';
  if (schedule === '') return [{ type: 'Required', path, detail: '' }];
  if (/^(CRON_)?TZ=/.test(schedule)) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    return [{ type: 'Invalid', path, value: schedule, detail }];
  }
  return checkSchedule(schedule).map((detail) => ({ type: 'Invalid', path, value: schedule, detail }));
}

function validateTimeZone(timeZone: string | undefined): readonly FieldError[] {
  if (timeZone === undefined) return [];
  const invalid = (detail: string): readonly FieldError[] => [
    { type: 'Invalid', path: 'spec.timeZone', value: timeZone, detail },
  ];
  if (timeZone === '') return invalid('timeZone must be nil or non-empty string');
  if (timeZone.toLowerCase() === 'local') {
    return invalid('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  }
  return isTimeZone(timeZone) ? [] : invalid(`unknown time zone ${timeZone}`);
}

function isTimeZone(name: string): boolean {
  // Offsets such as +01:00 are no names of the time zone database.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Selectors of the Jobs are always generated. */
function validateJobTemplate({ jobTemplate }: CronJobSpec): readonly FieldError[] {
  const path = 'spec.jobTemplate.spec';
  const { spec } = jobTemplate ?? {};
  if (spec === undefined) return [{ type: 'Required', path, detail: '' }];
  const errors = [...validateJobSpec(spec, path)];
  if (spec.selector !== undefined) {
    const detail = '`selector` will be auto-generated';
    errors.push({ type: 'Invalid', path: `${path}.selector`, value: spec.selector, detail });
  }
  if (spec.manualSelector === true) {
    const detail = 'supported values: "nil", "false"';
    errors.push({ type: 'NotSupported', path: `${path}.manualSelector`, value: true, detail });
  }
  return errors;
}
