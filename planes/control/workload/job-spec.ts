import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, notSupported } from '../../../kernel/meta/field-rules.ts';
import type { JobSpec } from '../../../kernel/schema/standard/types.ts';
import { validateAnyTemplate } from '../pod-spec/validate.ts';

/** Most pods at a time of an Indexed Job, and most indexes of one that counts failures per index. */
const indexedMax = 100_000;

/** Everything wrong with the spec of a Job, or of one a CronJob will make, at `path`; selectors apart. */
export function validateJobSpec(spec: JobSpec, path: string): readonly FieldError[] {
  const names = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  return [
    ...countsNotNegative(path, spec, names),
    ...validateIndexed(spec, path),
    ...validateAnyTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateIndexed({ completionMode, completions, parallelism = 0, ...spec }: JobSpec, path: string) {
  const errors: FieldError[] = [];
  if (completionMode === 'Indexed') {
    const detail = 'when completion mode is Indexed';
    if (completions === undefined) errors.push({ type: 'Required', path: `${path}.completions`, detail });
    if (parallelism > indexedMax) {
      const bound = `must be less than or equal to ${indexedMax} when completion mode is Indexed`;
      errors.push({ type: 'Invalid', path: `${path}.parallelism`, value: parallelism, detail: bound });
    }
  } else if (spec.backoffLimitPerIndex !== undefined) {
    const detail = 'requires indexed completion mode';
    const value = spec.backoffLimitPerIndex;
    errors.push({ type: 'Invalid', path: `${path}.backoffLimitPerIndex`, value, detail });
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    const detail = 'when maxFailedIndexes is specified';
    errors.push({ type: 'Required', path: `${path}.backoffLimitPerIndex`, detail });
  }
  return errors;
}

function validateRestartPolicy({ template }: JobSpec, path: string): readonly FieldError[] {
  const { restartPolicy = 'Always' } = template?.spec ?? {};
  const allowed = ['OnFailure', 'Never'];
  if (restartPolicy === 'Always') {
    return [{ type: 'Required', path, detail: 'valid values: "OnFailure", "Never"' }];
  }
  return allowed.includes(restartPolicy) ? [] : [notSupported(path, restartPolicy, allowed)];
}
