import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PodTemplate } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { validateAnyTemplate } from '../pod-spec/validate.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of PodTemplates (Kubernetes `ValidatePodTemplate`). */
export const admitPodTemplate: KindAdmission<PodTemplate> = {
  mutate: (draft) => {
    const podSpec = draftObject(draftObject(draft, 'template'), 'spec');
    if (podSpec !== undefined) defaultPodSpec(podSpec);
  },
  validate: ({ template }) => validateAnyTemplate(template, 'template'),
  warn: warnOfTemplate({ path: 'template', of: ({ template }) => template }),
};
