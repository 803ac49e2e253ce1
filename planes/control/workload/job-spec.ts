import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, invalid, notSupported, present } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { JobSpec } from '../../../kernel/schema/standard/types.ts';
import { validateAnyTemplate } from '../pod-spec/validate.ts';
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policies.ts';

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
    ...validateManager(spec.managedBy, `${path}.managedBy`),
    ...validateIndexed(spec, path),
    ...validatePodFailurePolicy(spec, `${path}.podFailurePolicy`),
    ...validateSuccessPolicy(spec, `${path}.successPolicy`),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validateAnyTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

/** Longest name of who runs the pods. */
const managerLengthMax = 63;

/** Who runs the pods in place of the Job controller: `example.com/name`. */
function validateManager(managedBy: string | undefined, path: string): readonly FieldError[] {
  if (managedBy === undefined) return [];
  const [domain = '', ...rest] = managedBy.split('/');
  const name = rest.join('/');
  const errors: FieldError[] = [];
  if (domain === '' || name === '') {
    errors.push(invalid(path, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  } else {
    errors.push(...checkDnsSubdomain(domain).map((detail) => invalid(path, domain, detail)));
    if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(name)) {
      const detail = `Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`;
      errors.push(invalid(path, name, detail));
    }
  }
  if (managedBy.length <= managerLengthMax) return errors;
  return [...errors, { type: 'TooLong', path, detail: `may not be more than ${managerLengthMax} bytes` }];
}

function validateIndexed(spec: JobSpec, path: string): readonly FieldError[] {
  const { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (maxFailedIndexes !== undefined) {
    const detail = 'when maxFailedIndexes is specified';
    if (backoffLimitPerIndex === undefined) errors.push(...present(`${path}.backoffLimitPerIndex`, undefined, detail));
  }
  if (completionMode === 'Indexed') {
    const bound = `must be less than or equal to ${indexedMax}`;
    if (completions === undefined) {
      errors.push(...present(`${path}.completions`, undefined, 'when completion mode is Indexed'));
    }
    if (parallelism > indexedMax) {
      errors.push(invalid(`${path}.parallelism`, parallelism, `${bound} when completion mode is Indexed`));
    }
    if (maxFailedIndexes === undefined) return errors;
    const at = `${path}.maxFailedIndexes`;
    if (completions !== undefined && maxFailedIndexes > completions) {
      errors.push(invalid(at, maxFailedIndexes, 'must be less than or equal to completions'));
    }
    if (maxFailedIndexes > indexedMax) errors.push(invalid(at, maxFailedIndexes, bound));
    return errors;
  }
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[name] === undefined) continue;
    errors.push(invalid(`${path}.${name}`, spec[name], 'requires indexed completion mode'));
  }
  return errors;
}

/** Kubernetes: a Job that looks at how pods failed waits until they have. */
function validateReplacement({ podReplacementPolicy, podFailurePolicy }: JobSpec, path: string): readonly FieldError[] {
  if (podReplacementPolicy !== 'TerminatingOrFailed' || podFailurePolicy === undefined) return [];
  return [notSupported(path, podReplacementPolicy, ['Failed'])];
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): readonly FieldError[] {
  const { restartPolicy = 'Always' } = template?.spec ?? {};
  const allowed = ['OnFailure', 'Never'];
  if (restartPolicy === 'Always') {
    return [{ type: 'Required', path, detail: 'valid values: "OnFailure", "Never"' }];
  }
  if (!allowed.includes(restartPolicy)) return [notSupported(path, restartPolicy, allowed)];
  if (podFailurePolicy === undefined || restartPolicy === 'Never') return [];
  return [invalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
}
