import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { HorizontalPodAutoscaler } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, setDefault } from '../pod-spec/draft.ts';
import { validateAutoscaler } from './validate.ts';

/** Defaults and rules of HorizontalPodAutoscalers (Kubernetes `SetDefaults_HorizontalPodAutoscaler`, `validateHorizontalPodAutoscalerSpec`). */
export const admitHorizontalPodAutoscaler: KindAdmission<HorizontalPodAutoscaler> = {
  mutate: defaultAutoscaler,
  validate: validateAutoscaler,
};

/** Scaling up is fast, scaling down waits; both only where a behavior is asked for at all. */
const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function defaultAutoscaler(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  if (!Array.isArray(spec['metrics']) || spec['metrics'].length === 0) {
    const target = { type: 'Utilization', averageUtilization: 80 };
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const behavior = draftObject(spec, 'behavior');
  if (behavior === undefined) return;
  fillRules(behavior, 'scaleUp', scaleUp);
  fillRules(behavior, 'scaleDown', scaleDown);
}

function fillRules(behavior: DraftObject, name: string, defaults: DraftObject): void {
  setDefault(behavior, name, {});
  const rules = draftObject(behavior, name);
  if (rules === undefined) return;
  for (const [field, value] of Object.entries(structuredClone(defaults))) setDefault(rules, field, value);
}
