import type { FieldError } from '../../../kernel/meta/errors.ts';
import {
  type Labels,
  compileLabelSelector,
  formatLabelSelector,
  labelSelectorFromObject,
  validateLabelSelector,
} from '../../../kernel/meta/selectors.ts';
import type { LabelSelector } from '../../../kernel/schema/standard/types.ts';

/** A predicate of a `metav1.LabelSelector`: an absent selector matches nothing, an empty one everything. */
export function compileSelector(selector: LabelSelector | undefined): (labels: Labels | undefined) => boolean {
  return compileLabelSelector(labelSelectorFromObject(selector));
}

/** True if every pair of `wanted` is among `labels`; an empty or absent `wanted` matches nothing (Service semantics). */
export function hasLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  const pairs = Object.entries(wanted ?? {});
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value);
}

/** True if the selector has no requirement at all. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** The selector as `kubectl get -o wide` shows it: `app=web,tier in (a,b)`; `<none>` when empty. */
export function formatSelector(selector: LabelSelector | undefined): string {
  return isEmptySelector(selector) ? '<none>' : formatLabelSelector(labelSelectorFromObject(selector));
}

/** Labels as `kubectl get` shows them: `app=web,tier=a`, sorted by key; `<none>` when there are none. */
export function formatLabels(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.toSorted().join(',');
}

/** Everything wrong with `spec.selector` of a workload, which upstream's texts call by its lower-case name. */
export function validateSelector(selector: LabelSelector | undefined, workload: string): readonly FieldError[] {
  const path = 'spec.selector';
  if (selector === undefined) return [{ type: 'Required', path, detail: '' }];
  if (isEmptySelector(selector)) {
    return [{ type: 'Invalid', path, value: selector, detail: `empty selector is invalid for ${workload}` }];
  }
  return validateLabelSelector(selector, path);
}

/** The selector as refusals show it: Go writes maps by the alphabet. */
export function inOrder({ matchLabels, ...rest }: LabelSelector): LabelSelector {
  if (matchLabels === undefined) return rest;
  const sorted = Object.entries(matchLabels).sort(([one], [other]) => (one < other ? -1 : 1));
  return { matchLabels: Object.fromEntries(sorted), ...rest };
}
