import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, notSupported, present } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  NFSVolumeSource,
  ProjectedVolumeSource,
  Volume,
} from '../../../kernel/schema/standard/types.ts';
import { validateFilePath } from './validate-container.ts';
import { validateResourceRef } from './validate-env.ts';

/** Everything wrong with the volumes of a pod. Which sources a runtime supports shows when the pod starts. */
export function validateVolumes(volumes: readonly Volume[], path: string): readonly FieldError[] {
  const taken = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const place = `${path}[${index}]`;
    const errors = [...validateName(volume.name, `${place}.name`, taken), ...validateSource(volume, place)];
    taken.add(volume.name);
    return errors;
  });
}

function validateName(name: string | undefined, path: string, taken: ReadonlySet<string>): readonly FieldError[] {
  if (name === undefined || name === '') return [{ type: 'Required', path, detail: '' }];
  if (taken.has(name)) return [{ type: 'Duplicate', path, value: name, detail: '' }];
  return checkDnsLabel(name).map((detail) => ({ type: 'Invalid', path, value: name, detail }));
}

function validateSource(volume: Volume, path: string): readonly FieldError[] {
  const sources = Object.entries(volume).filter(([name, value]) => name !== 'name' && value !== undefined);
  const errors: FieldError[] = [];
  if (sources.length === 0) errors.push({ type: 'Required', path, detail: 'must specify a volume type' });
  for (const [name] of sources.slice(1)) {
    errors.push({ type: 'Forbidden', path: `${path}.${name}`, detail: 'may not specify more than 1 volume type' });
  }
  if (volume.configMap !== undefined) {
    errors.push(...validateReference(volume.configMap.name, `${path}.configMap.name`));
    errors.push(...validateMode(volume.configMap.defaultMode, `${path}.configMap.defaultMode`));
    errors.push(...validateItems(volume.configMap.items ?? [], `${path}.configMap.items`));
  }
  if (volume.secret !== undefined) {
    errors.push(...validateReference(volume.secret.secretName, `${path}.secret.secretName`));
    errors.push(...validateMode(volume.secret.defaultMode, `${path}.secret.defaultMode`));
    errors.push(...validateItems(volume.secret.items ?? [], `${path}.secret.items`));
  }
  if (volume.downwardAPI !== undefined) {
    errors.push(...validateMode(volume.downwardAPI.defaultMode, `${path}.downwardAPI.defaultMode`));
    errors.push(...validateFacts(volume.downwardAPI.items ?? [], `${path}.downwardAPI`));
  }
  if (volume.projected !== undefined) errors.push(...validateProjected(volume.projected, `${path}.projected`));
  errors.push(...validateRest(volume, path));
  if (volume.hostPath?.path?.split('/').includes('..') === true) {
    const { path: value } = volume.hostPath;
    errors.push({ type: 'Invalid', path: `${path}.hostPath.path`, value, detail: "must not contain '..'" });
  }
  return errors;
}

function validateReference(name: string | undefined, path: string): readonly FieldError[] {
  return name === undefined || name === '' ? [{ type: 'Required', path, detail: '' }] : [];
}

/** Sources of which little can be said. */
function validateRest({ emptyDir, nfs, ephemeral, image }: Volume, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (emptyDir?.sizeLimit?.startsWith('-') === true) {
    const detail = 'SizeLimit field must be a valid resource quantity';
    errors.push({ type: 'Forbidden', path: `${path}.emptyDir.sizeLimit`, detail });
  }
  if (nfs !== undefined) errors.push(...validateNfs(nfs, `${path}.nfs`));
  if (ephemeral !== undefined && ephemeral.volumeClaimTemplate === undefined) {
    errors.push({ type: 'Required', path: `${path}.ephemeral.volumeClaimTemplate`, detail: '' });
  }
  if (image !== undefined) errors.push(...validateReference(image.reference, `${path}.image.reference`));
  return errors;
}

function validateNfs({ server, path: directory = '' }: Partial<NFSVolumeSource>, path: string): readonly FieldError[] {
  return [
    ...present(`${path}.server`, server),
    ...present(`${path}.path`, directory),
    ...(directory.startsWith('/') ? [] : [invalid(`${path}.path`, directory, 'must be an absolute path')]),
  ];
}

const modeMax = 0o777;

function validateMode(mode: number | undefined, path: string): readonly FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= modeMax)) return [];
  const detail = 'must be a number between 0 and 0777 (octal), both inclusive';
  return [{ type: 'Invalid', path, value: mode, detail }];
}

/** Shortest life of a token of a pod, seconds. */
const tokenSecondsMin = 600;

/** Upstream names the volume, not the source, where paths are wrong. */
function validateProjected({ sources = [], defaultMode }: ProjectedVolumeSource, path: string): readonly FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [...validateMode(defaultMode, `${path}.defaultMode`)];
  for (const [index, { configMap, secret, downwardAPI, serviceAccountToken }] of sources.entries()) {
    const at = `${path}.sources[${index}]`;
    for (const [field, source] of Object.entries({ secret, configMap })) {
      if (source === undefined) continue;
      errors.push(...validateReference(source.name, `${at}.${field}.name`));
      errors.push(...validateItems(source.items ?? [], `${at}.${field}.items`));
      if ((source.items ?? []).some((item) => taken.has(item.path))) {
        errors.push({ type: 'Invalid', path, value: source.name, detail: 'conflicting duplicate paths' });
      }
      for (const item of source.items ?? []) taken.add(item.path);
    }
    if (downwardAPI !== undefined) errors.push(...validateFacts(downwardAPI.items ?? [], `${at}.downwardAPI`));
    if (serviceAccountToken === undefined) continue;
    const { expirationSeconds = tokenSecondsMin, path: file } = serviceAccountToken;
    if (expirationSeconds < tokenSecondsMin) {
      const detail = 'may not specify a duration less than 10 minutes';
      const place = `${at}.serviceAccountToken.expirationSeconds`;
      errors.push({ type: 'Invalid', path: place, value: expirationSeconds, detail });
    }
    errors.push(...validateFilePath(file ?? '', `${path}.path`));
  }
  return errors;
}

const podFacts = ['annotations', 'labels', 'name', 'namespace', 'uid'].map((field) => `metadata.${field}`);

/** Files with what is known of the pod. */
function validateFacts(items: readonly DownwardAPIVolumeFile[], path: string): readonly FieldError[] {
  return items.flatMap(({ path: file, fieldRef, resourceFieldRef, mode }) => {
    const errors: FieldError[] = [];
    if (fieldRef !== undefined) {
      const { fieldPath } = fieldRef;
      const isKey = /^metadata\.(labels|annotations)\['[^']*'\]$/.test(fieldPath);
      if (!isKey && !podFacts.includes(fieldPath)) {
        errors.push(notSupported(`${path}.fieldRef.fieldPath`, fieldPath, podFacts));
      }
    } else if (resourceFieldRef !== undefined) {
      errors.push(...validateResourceRef(resourceFieldRef.resource ?? '', `${path}.resourceFieldRef.resource`));
    } else errors.push({ type: 'Required', path, detail: 'one of fieldRef and resourceFieldRef is required' });
    return [...errors, ...validateFilePath(file ?? '', `${path}.path`), ...validateMode(mode, `${path}.mode`)];
  });
}

function validateItems(items: readonly KeyToPath[], path: string): readonly FieldError[] {
  return items.flatMap((item, index) => [
    ...validateReference(item.key, `${path}[${index}].key`),
    ...validateFilePath(item.path ?? '', `${path}[${index}].path`),
    ...validateMode(item.mode, `${path}[${index}].mode`),
  ]);
}
