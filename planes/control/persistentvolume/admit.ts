import { formatTime } from '../../../kernel/base/clock.ts';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notSupported, present, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type {
  CSIPersistentVolumeSource,
  PersistentVolume,
  PersistentVolumeSpec,
} from '../../../kernel/schema/standard/types.ts';
import { accessModeNames } from '../pod-spec/claim-spec.ts';

/** Defaults and rules of PersistentVolumes (Kubernetes `ValidatePersistentVolume`, `ValidatePersistentVolumeUpdate`). */
export const admitPersistentVolume: KindAdmission<PersistentVolume> = {
  mutate: (draft, old, { nowMs }) => {
    if (old === undefined) draft['status'] = { phase: 'Pending', lastPhaseTransitionTime: formatTime(nowMs) };
  },
  validate: validateVolume,
};

/** Fields of the spec that do not say where the storage is. */
const ownFields = [
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
];

function validateVolume(
  { spec }: PersistentVolume,
  old: PersistentVolume | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const { accessModes = [], capacity = {}, storageClassName = '' } = spec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push({ type: 'Required', path: 'spec.accessModes', detail: '' });
  const amounts = Object.keys(capacity);
  if (amounts.length === 0) errors.push({ type: 'Required', path: 'spec.capacity', detail: '' });
  if (amounts.length !== 1 || amounts[0] !== 'storage') {
    const detail = 'supported values: "storage"';
    errors.push({ type: 'NotSupported', path: 'spec.capacity', value: spec.capacity, detail });
  }
  const unknown = accessModes.filter((mode) => !accessModeNames.includes(mode));
  errors.push(...unknown.map((mode) => notSupported('spec.accessModes', mode, accessModeNames)));
  if (accessModes.includes('ReadWriteOncePod') && accessModes.length > 1) {
    const detail = 'may not use ReadWriteOncePod with other access modes';
    errors.push({ type: 'Forbidden', path: 'spec.accessModes', detail });
  }
  if (/^[0.]+[a-zA-Z]*$/.test(capacity['storage'] ?? '')) {
    const detail = 'must be greater than zero';
    errors.push({ type: 'Invalid', path: 'spec.capacity[storage]', value: capacity['storage'], detail });
  }
  if (storageClassName !== '') errors.push(...checked('spec.storageClassName', storageClassName, checkDnsSubdomain));
  return [...errors, ...validateSource(spec), ...(old?.spec === undefined ? [] : validateChange(spec, old.spec))];
}

function sourcesOf(spec: PersistentVolumeSpec): readonly (readonly [name: string, source: unknown])[] {
  return Object.entries(spec).filter(([name, value]) => value !== undefined && !ownFields.includes(name));
}

function validateSource(spec: PersistentVolumeSpec): readonly FieldError[] {
  const [first, ...others] = sourcesOf(spec);
  if (first === undefined) return [{ type: 'Required', path: 'spec', detail: 'must specify a volume type' }];
  const detail = 'may not specify more than 1 volume type';
  const surplus = others.map(([name]): FieldError => ({ type: 'Forbidden', path: `spec.${name}`, detail }));
  return [...surplus, ...validatePlace(spec), ...validateDriver(spec.csi), ...validateAffinity(spec)];
}

function validateDriver(csi: Partial<CSIPersistentVolumeSource> | undefined): readonly FieldError[] {
  if (csi === undefined) return [];
  return [
    ...presentAnd('spec.csi.driver', csi.driver, checkDnsSubdomain),
    ...present('spec.csi.volumeHandle', csi.volumeHandle),
  ];
}

/** A folder of a node must be named without steps back. */
function validatePlace({ hostPath, persistentVolumeReclaimPolicy }: PersistentVolumeSpec): readonly FieldError[] {
  if (hostPath === undefined) return [];
  const path = 'spec.hostPath.path';
  const { path: value } = hostPath;
  if (value === '') return [{ type: 'Required', path, detail: '' }];
  if (value.split('/').includes('..')) return [{ type: 'Invalid', path, value, detail: "must not contain '..'" }];
  if (value !== '/' || persistentVolumeReclaimPolicy !== 'Recycle') return [];
  const detail = "may not be 'recycle' for a hostPath mount of '/'";
  return [{ type: 'Forbidden', path: 'spec.persistentVolumeReclaimPolicy', detail }];
}

/** What is on one node says which. */
function validateAffinity({ local, nodeAffinity }: PersistentVolumeSpec): readonly FieldError[] {
  const path = 'spec.nodeAffinity';
  if (nodeAffinity === undefined) {
    return local === undefined ? [] : [{ type: 'Required', path, detail: 'Local volume requires node affinity' }];
  }
  const { required } = nodeAffinity;
  if (required === undefined) {
    return [{ type: 'Required', path: `${path}.required`, detail: 'must specify required node constraints' }];
  }
  if ((required.nodeSelectorTerms ?? []).length > 0) return [];
  const detail = 'must have at least one node selector term';
  return [{ type: 'Required', path: `${path}.required.nodeSelectorTerms`, detail }];
}

function validateChange(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): readonly FieldError[] {
  const errors = [...unchanged('volumeMode', spec.volumeMode, old.volumeMode)];
  if (!jsonEquals(sourcesOf(spec), sourcesOf(old))) {
    const detail = 'spec.persistentvolumesource is immutable after creation';
    errors.push({ type: 'Forbidden', path: 'spec.persistentvolumesource', detail });
  }
  if (old.nodeAffinity !== undefined)
    errors.push(...unchanged('spec.nodeAffinity', spec.nodeAffinity, old.nodeAffinity));
  return errors;
}
