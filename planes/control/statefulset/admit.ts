import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, countsNotNegative, notNegative } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, draftObjects, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { notAbove100Percent, notNegativeOrPercent } from '../workload/int-or-percent.ts';
import { validateSelected } from '../workload/selected-template.ts';

/** Defaults and rules of StatefulSets (Kubernetes `SetDefaults_StatefulSet`, `ValidateStatefulSet`, `ValidateStatefulSetUpdate`). */
export const admitStatefulSet: KindAdmission<StatefulSet> = {
  mutate: defaultStatefulSet,
  validate: validateStatefulSet,
};

function defaultStatefulSet(draft: Record<string, unknown>): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  const strategy = ensureObject(spec, 'updateStrategy');
  if (strategy?.['type'] === 'RollingUpdate') {
    const rolling = ensureObject(strategy, 'rollingUpdate');
    if (rolling !== undefined) setDefault(rolling, 'partition', 0);
  }
  for (const claim of draftObjects(spec, 'volumeClaimTemplates')) {
    setDefault(claim, 'apiVersion', 'v1');
    setDefault(claim, 'kind', 'PersistentVolumeClaim');
    const status = ensureObject(claim, 'status');
    if (status !== undefined) setDefault(status, 'phase', 'Pending');
  }
  const podSpec = draftObject(draftObject(spec, 'template'), 'spec');
  if (podSpec !== undefined) defaultPodSpec(podSpec);
}

function validateStatefulSet(
  { metadata, spec }: StatefulSet,
  old: StatefulSet | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const words = { selecting: 'statefulset', workload: 'StatefulSet', unreadable: '' };
  return [
    ...(old === undefined ? checked('metadata.name', metadata.name, checkDnsLabel) : []),
    ...(old === undefined && (spec.serviceName ?? '') !== ''
      ? checked('spec.serviceName', spec.serviceName ?? '', checkDnsLabel)
      : []),
    ...validateStrategy(spec),
    ...countsNotNegative('spec', spec, ['replicas', 'minReadySeconds']),
    ...notNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateSelected({ ...spec, template: templateWithClaims(spec) }, words),
    ...(old?.spec === undefined ? [] : validateChange(spec, old.spec)),
  ];
}

/** The template as its pods will be: every claim is a volume of that name, in place of one that is there. */
function templateWithClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (template?.spec === undefined) return template;
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  const names = new Set(claimed.map(({ name }) => name));
  const volumes = (template.spec.volumes ?? []).filter(({ name }) => !names.has(name));
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...claimed] } };
}

function validateStrategy({ updateStrategy }: StatefulSetSpec): readonly FieldError[] {
  const { type, rollingUpdate } = updateStrategy ?? {};
  if (rollingUpdate === undefined) return [];
  const path = 'spec.updateStrategy.rollingUpdate';
  if (type === 'OnDelete') {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    return [{ type: 'Invalid', path, value: rollingUpdate, detail }];
  }
  const { partition, maxUnavailable } = rollingUpdate;
  const errors = [...notNegative(`${path}.partition`, partition)];
  if (maxUnavailable === undefined) return errors;
  const at = `${path}.maxUnavailable`;
  errors.push(...notNegativeOrPercent(at, maxUnavailable), ...notAbove100Percent(at, maxUnavailable));
  if (Number.parseInt(String(maxUnavailable), 10) === 0) {
    errors.push({ type: 'Invalid', path: at, value: maxUnavailable, detail: 'cannot be 0' });
  }
  return errors;
}

const changeRule =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** Volumes, names and identity of the pods are fixed when the set is made. */
function validateChange(spec: StatefulSetSpec, old: StatefulSetSpec): readonly FieldError[] {
  return jsonEquals(fixedPart(spec), fixedPart(old)) ? [] : [{ type: 'Forbidden', path: 'spec', detail: changeRule }];
}

function fixedPart({ selector, serviceName, podManagementPolicy, volumeClaimTemplates }: StatefulSetSpec): object {
  const claims = (volumeClaimTemplates ?? []).map(({ status: _status, ...claim }) => claim);
  return { selector, serviceName, podManagementPolicy, claims };
}
