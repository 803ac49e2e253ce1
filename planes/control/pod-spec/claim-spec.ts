import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, notSupported, present } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '../../../kernel/meta/quantity.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { PersistentVolumeClaimSpec, TypedObjectReference } from '../../../kernel/schema/standard/types.ts';

/** Everything wrong with the spec of a claim, or of one that is yet to be made, at `path` (Kubernetes `ValidatePersistentVolumeClaimSpec`). */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): readonly FieldError[] {
  const { selector, storageClassName = '', volumeMode, volumeAttributesClassName = '' } = spec;
  return [
    ...validateAccessModes(spec.accessModes ?? [], selector, path),
    ...validateSize(spec, `${path}.resources[storage]`),
    ...(storageClassName === '' ? [] : checked(`${path}.storageClassName`, storageClassName, checkDnsSubdomain)),
    ...(volumeMode === undefined || ['Block', 'Filesystem'].includes(volumeMode)
      ? []
      : [notSupported(`${path}.volumeMode`, volumeMode, ['Block', 'Filesystem'])]),
    ...validateSources(spec, path),
    ...(volumeAttributesClassName === ''
      ? []
      : checked(`${path}.volumeAttributesClassName`, volumeAttributesClassName, checkDnsSubdomain)),
  ];
}

/** How volumes may be used, as upstream lists it. */
export const accessModeNames: readonly string[] = [
  'ReadOnlyMany',
  'ReadWriteMany',
  'ReadWriteOnce',
  'ReadWriteOncePod',
];

function validateAccessModes(
  modes: readonly string[],
  selector: PersistentVolumeClaimSpec['selector'],
  parent: string,
): readonly FieldError[] {
  const path = `${parent}.accessModes`;
  const errors: FieldError[] = [];
  if (modes.length === 0) errors.push(...present(path, undefined, 'at least 1 access mode is required'));
  if (selector !== undefined) errors.push(...validateLabelSelector(selector, `${parent}.selector`));
  const [known, unknown] = [true, false].map((is) => modes.filter((mode) => accessModeNames.includes(mode) === is));
  errors.push(...(unknown ?? []).map((mode) => notSupported(path, mode, accessModeNames)));
  const others = (known ?? []).filter((mode) => mode !== 'ReadWriteOncePod');
  if (!modes.includes('ReadWriteOncePod') || others.length === 0) return errors;
  const detail = 'may not use ReadWriteOncePod with other access modes';
  return [...errors, { type: 'Forbidden', path, detail }];
}

function validateSize({ resources }: PersistentVolumeClaimSpec, path: string): readonly FieldError[] {
  const size = resources?.requests?.['storage'];
  if (size === undefined) return present(path, undefined);
  const isPositive = compareQuantities(parseQuantity(size) ?? zeroQuantity, zeroQuantity) > 0;
  return isPositive ? [] : [invalid(path, size, 'must be greater than zero')];
}

/** What the volume is filled with. */
function validateSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string) {
  const errors = [
    ...(dataSource === undefined ? [] : validateSource(dataSource, `${path}.dataSource`)),
    ...(dataSourceRef === undefined ? [] : validateSource(dataSourceRef, `${path}.dataSourceRef`)),
  ];
  if (dataSource === undefined || dataSourceRef === undefined) return errors;
  // Upstream quotes a path where a value belongs, which shows as an empty object.
  if ((dataSourceRef.namespace ?? '') !== '') {
    return [...errors, invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified')];
  }
  const { namespace: _namespace, ...ref } = dataSourceRef;
  return jsonEquals(ref, dataSource) ? errors : [...errors, invalid(path, {}, 'must match dataSourceRef')];
}

function validateSource(source: Partial<TypedObjectReference>, path: string): readonly FieldError[] {
  const { name, kind = '', apiGroup = '', namespace = '' } = source;
  const errors = [...present(`${path}.name`, name), ...present(`${path}.kind`, kind)];
  if (apiGroup !== '') errors.push(...checked(`${path}.apiGroup`, apiGroup, checkDnsSubdomain));
  else if (kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  return namespace === '' ? errors : [...errors, ...checked(`${path}.namespace`, namespace, checkDnsLabel)];
}
