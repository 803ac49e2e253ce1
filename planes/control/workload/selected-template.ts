import type { FieldError } from '../../../kernel/meta/errors.ts';
import type { LabelSelector, PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { validateTemplate } from '../pod-spec/validate.ts';
import { compileSelector, isEmptySelector, validateSelector } from './selector.ts';

/** A workload whose selector must find the pods of its template. */
interface SelectingSpec {
  readonly selector?: LabelSelector;
  readonly template?: PodTemplateSpec;
}

/** How upstream speaks of the workload. */
interface WorkloadWords {
  /** In texts about its selector: `deployment`. */
  readonly selecting: string;
  /** In texts about its template. Default `ReplicaSet`. */
  readonly workload?: string;
  /** Said of a selector that cannot be read. */
  readonly unreadable: string;
}

/**
 * Everything wrong with selector and template. An absent selector finds nothing; where it cannot be read the template is
 * not looked at (Kubernetes `ValidateDeploymentSpec`, `ValidateReplicaSetSpec`, `ValidateStatefulSetSpec`).
 */
export function validateSelected(
  { selector, template }: SelectingSpec,
  { selecting, workload, unreadable }: WorkloadWords,
): readonly FieldError[] {
  const path = 'spec.selector';
  const errors = validateSelector(selector, selecting);
  if (errors.length > 0 && selector !== undefined && !isEmptySelector(selector)) {
    return [...errors, { type: 'Invalid', path, value: selector, detail: unreadable }];
  }
  const owner = { matches: compileSelector(selector), ...(workload === undefined ? {} : { workload }) };
  return [...errors, ...validateTemplate(template, 'spec.template', owner)];
}
