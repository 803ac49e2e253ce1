import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext } from '../../../kernel/schema/kind.ts';
import type { Job, JobSpec, PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { validateMatch } from '../pod-spec/validate.ts';
import { validateJobSpec } from '../workload/job-spec.ts';
import { compileSelector, inOrder } from '../workload/selector.ts';

/** Everything wrong with a Job beyond its schema. */
export function validateJob(
  { metadata, spec: given }: Job,
  old: Job | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (given === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const spec: JobSpec = given.selector === undefined ? given : { ...given, selector: inOrder(given.selector) };
  return [
    ...(old === undefined ? validateGenerated(metadata, spec) : validateFound(old.metadata, spec)),
    ...validateJobSpec(spec, 'spec'),
    ...validateSelector(spec),
    ...(old?.spec === undefined ? [] : validateChange(spec, old)),
  ];
}

function validateSelector({ selector, template }: JobSpec): readonly FieldError[] {
  const path = 'spec.selector';
  const errors: readonly FieldError[] =
    selector === undefined ? [{ type: 'Required', path, detail: '' }] : validateLabelSelector(selector, path);
  if ((errors.length > 0 && selector !== undefined) || template === undefined) return errors;
  return [...errors, ...validateMatch(template, 'spec.template', compileSelector(selector))];
}

/** A selector that was generated must find the pods of this Job and no other (Kubernetes `ValidateGeneratedSelector`). */
function validateGenerated({ uid, name }: Job['metadata'], { manualSelector, template, selector }: JobSpec) {
  if (manualSelector === true) return [];
  const label = 'batch.kubernetes.io/controller-uid';
  const errors: FieldError[] = [
    ...mustBe(template, label, uid),
    ...mustBe(template, 'controller-uid', uid),
    ...mustBe(template, 'batch.kubernetes.io/job-name', name),
    ...mustBe(template, 'job-name', name),
  ];
  if (selector !== undefined && !jsonEquals(selector.matchLabels, { [label]: uid })) {
    const detail = '`selector` not auto-generated';
    errors.push({ type: 'Invalid', path: 'spec.selector', value: selector, detail });
  }
  return errors;
}

/** Kubernetes: the selector of a Job goes on finding what was generated for it. */
function validateFound({ uid, name }: Job['metadata'], { manualSelector, selector }: JobSpec): readonly FieldError[] {
  if (manualSelector === true || selector === undefined) return [];
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  if (validateLabelSelector(selector, 'spec.selector').length > 0 || compileSelector(selector)(labels)) return [];
  return [invalid('spec.selector', selector, '`selector` not auto-generated')];
}

function mustBe(template: PodTemplateSpec | undefined, label: string, wanted: string): readonly FieldError[] {
  const value = template?.metadata?.labels?.[label];
  if (value === wanted) return [];
  const path = `spec.template.metadata.labels[${label}]`;
  return [{ type: 'Invalid', path, value, detail: `must be '${wanted}'` }];
}

/** What cannot change once the Job is there; a suspended one that never started may still choose its nodes. */
function validateChange(spec: JobSpec, { spec: before, status }: Job): readonly FieldError[] {
  const old = before ?? spec;
  const isWaiting = old.suspend === true && status?.startTime === undefined;
  const [template, oldTemplate] = isWaiting
    ? [withoutPlacement(spec.template), withoutPlacement(old.template)]
    : [spec.template, old.template];
  const names = [
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const;
  return [
    ...validateCompletions(spec, old),
    ...names.flatMap((name) => unchanged(`spec.${name}`, spec[name], old[name])),
    ...(jsonEquals(template, oldTemplate) ? [] : unchanged('spec.template', spec.template, undefined)),
  ];
}

/** An Indexed Job grows and shrinks by changing completions together with parallelism (Kubernetes elastic Indexed Jobs). */
function validateCompletions(spec: JobSpec, old: JobSpec): readonly FieldError[] {
  if (spec.completionMode !== 'Indexed') return unchanged('spec.completions', spec.completions, old.completions);
  if (jsonEquals(spec.completions, old.completions) || spec.completions === spec.parallelism) return [];
  const detail = 'can only be modified in tandem with spec.parallelism';
  return [{ type: 'Invalid', path: 'spec.completions', value: spec.completions, detail }];
}

function withoutPlacement({ metadata, spec }: PodTemplateSpec): object {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata ?? {};
  if (spec === undefined) return { metadata: rest };
  const { nodeSelector: _nodes, tolerations: _tolerations, schedulingGates: _gates, affinity, ...kept } = spec;
  const { nodeAffinity: _nodeAffinity, ...affinities } = affinity ?? {};
  return { metadata: rest, spec: { ...kept, affinity: affinities } };
}
