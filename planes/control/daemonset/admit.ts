import type { FieldError } from '../../../kernel/meta/errors.ts';
import { countsNotNegative, notSupported, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validateTemplate } from '../pod-spec/validate.ts';
import { notAbove100Percent, notNegativeOrPercent } from '../workload/int-or-percent.ts';
import { compileSelector, validateSelector } from '../workload/selector.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of DaemonSets (Kubernetes `SetDefaults_DaemonSet`, `ValidateDaemonSetSpec`, `daemonset/strategy.go`). */
export const admitDaemonSet: KindAdmission<DaemonSet> = {
  mutate: defaultDaemonSet,
  validate: validateDaemonSet,
  warn: warnOfTemplate({ path: 'spec.template', of: ({ spec }) => spec?.template }),
};

/** Counts the templates there have been: apps/v1 keeps here what was a field of older versions. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function defaultDaemonSet(draft: Record<string, unknown>, old: DaemonSet | undefined): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  const strategy = ensureObject(spec, 'updateStrategy');
  if (strategy?.['type'] === 'RollingUpdate') {
    const rolling = ensureObject(strategy, 'rollingUpdate');
    if (rolling !== undefined) {
      setDefault(rolling, 'maxUnavailable', 1);
      setDefault(rolling, 'maxSurge', 0);
    }
  }
  const podSpec = draftObject(draftObject(spec, 'template'), 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
  countTemplate(draft, old);
}

function countTemplate(draft: Record<string, unknown>, old: DaemonSet | undefined): void {
  const before = Number.parseInt(old?.metadata.annotations?.[templateGeneration] ?? '0', 10) || 0;
  const changes = !jsonEquals(draftObject(draft, 'spec')?.['template'], old?.spec?.template);
  // Of before it was counted.
  if (!changes && before === 0) return;
  const metadata = draftObject(draft, 'metadata');
  const annotations = metadata === undefined ? undefined : ensureObject(metadata, 'annotations');
  if (annotations !== undefined) annotations[templateGeneration] = String(changes ? before + 1 : before);
}

function validateDaemonSet(
  { spec }: DaemonSet,
  old: DaemonSet | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  // Kubernetes: of an absent selector only that it finds nothing is said.
  const selectorErrors = spec.selector === undefined ? [] : validateSelector(spec.selector, 'daemonset');
  const matches = selectorErrors.length > 0 ? () => true : compileSelector(spec.selector);
  const immutable = old?.spec === undefined ? [] : unchanged('spec.selector', spec.selector, old.spec.selector);
  return [
    ...immutable,
    ...selectorErrors,
    ...validateTemplate(spec.template, 'spec.template', { matches, workload: 'DaemonSet' }),
    ...countsNotNegative('spec', spec, ['minReadySeconds', 'revisionHistoryLimit']),
    ...validateStrategy(spec.updateStrategy, 'spec.updateStrategy'),
  ];
}

/** Exactly one of maxSurge and maxUnavailable says how many nodes are updated at a time. */
function validateStrategy(strategy: DaemonSetUpdateStrategy | undefined, path: string): readonly FieldError[] {
  if (strategy?.type !== 'RollingUpdate') {
    return strategy?.type === 'OnDelete' ? [] : [notSupported(path, strategy, ['RollingUpdate', 'OnDelete'])];
  }
  const { maxUnavailable = 1, maxSurge = 0 } = strategy.rollingUpdate ?? {};
  const at = `${path}.rollingUpdate`;
  const errors = [
    ...notNegativeOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...notNegativeOrPercent(`${at}.maxSurge`, maxSurge),
    ...notAbove100Percent(`${at}.maxUnavailable`, maxUnavailable),
    ...notAbove100Percent(`${at}.maxSurge`, maxSurge),
  ];
  const [hasUnavailable, hasSurge] = [maxUnavailable, maxSurge].map(
    (bound) => Number.parseInt(String(bound), 10) !== 0,
  );
  if (hasUnavailable === true && hasSurge === true) {
    const detail = 'may not be set when maxUnavailable is non-zero';
    errors.push({ type: 'Invalid', path: `${at}.maxSurge`, value: maxSurge, detail });
  }
  if (hasUnavailable === false && hasSurge === false) {
    errors.push({ type: 'Required', path: `${at}.maxUnavailable`, detail: 'cannot be 0 when maxSurge is 0' });
  }
  return errors;
}
