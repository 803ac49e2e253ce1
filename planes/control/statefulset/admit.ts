import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, countsNotNegative, invalid, notNegative, supported } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type {
  PodTemplateSpec,
  StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
} from '../../../kernel/schema/standard/types.ts';
import { validateClaimSpec } from '../pod-spec/claim-spec.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';
import { draftObject, draftObjects, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validateSelected } from '../workload/selected-template.ts';
import { warnOfTemplate } from '../workload/warnings.ts';

/** Defaults and rules of StatefulSets (Kubernetes `SetDefaults_StatefulSet`, `ValidateStatefulSet`, `ValidateStatefulSetUpdate`). */
export const admitStatefulSet: KindAdmission<StatefulSet> = {
  mutate: defaultStatefulSet,
  // Kubernetes: the gate MaxUnavailableStatefulSet is closed, so nobody can ask for it.
  prepare: (draft) =>
    delete draftObject(draftObject(draftObject(draft, 'spec'), 'updateStrategy'), 'rollingUpdate')?.['maxUnavailable'],
  validate: validateStatefulSet,
  warn: (set, old, context) => {
    const isEndless = context.subresource === '' && (set.spec?.revisionHistoryLimit ?? 0) < 0;
    return [...warnOfPods(set, old, context), ...(isEndless ? [historyWarning] : [])];
  },
};

const warnOfPods = warnOfTemplate<StatefulSet>({ path: 'spec.template', of: ({ spec }) => spec?.template });

const historyWarning =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';

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
  { spec }: StatefulSet,
  old: StatefulSet | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const words = { selecting: 'statefulset', workload: 'StatefulSet', unreadable: '' };
  return [
    ...validateStrategy(spec),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy),
    ...(old === undefined ? validateClaims(spec) : []),
    ...countsNotNegative('spec', spec, ['replicas', 'minReadySeconds']),
    ...notNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(old === undefined && (spec.serviceName ?? '') !== ''
      ? checked('spec.serviceName', spec.serviceName ?? '', checkDnsLabel)
      : []),
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

function validateStrategy({ podManagementPolicy, updateStrategy }: StatefulSetSpec): readonly FieldError[] {
  const { type, rollingUpdate } = updateStrategy ?? {};
  const path = 'spec.updateStrategy';
  const errors: FieldError[] = [];
  if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel') {
    errors.push(invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"));
  }
  if (rollingUpdate !== undefined && type === 'OnDelete') {
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    errors.push(invalid(`${path}.rollingUpdate`, rollingUpdate, detail));
  }
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    errors.push(invalid(path, updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"));
  }
  if (type !== 'RollingUpdate' || rollingUpdate === undefined) return errors;
  return [...errors, ...notNegative(`${path}.rollingUpdate.partition`, rollingUpdate.partition)];
}

function validateRetention({
  whenDeleted,
  whenScaled,
}: StatefulSetPersistentVolumeClaimRetentionPolicy = {}): readonly FieldError[] {
  const path = 'spec.persistentVolumeClaimRetentionPolicy';
  return Object.entries({ whenDeleted, whenScaled }).flatMap(([name, value]) =>
    value === undefined ? [] : supported(`${path}.${name}`, value, ['Retain', 'Delete']),
  );
}

/** Claims of new sets must be ones that can be made. */
function validateClaims({ volumeClaimTemplates = [] }: StatefulSetSpec): readonly FieldError[] {
  return volumeClaimTemplates.flatMap(({ spec }, index) =>
    validateClaimSpec(spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`),
  );
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
