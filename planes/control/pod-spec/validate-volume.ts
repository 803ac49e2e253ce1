import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KeyToPath, Volume, VolumeProjection } from '../../../kernel/schema/standard/types.ts';
import { validateFilePath } from './validate-container.ts';

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
    errors.push(...validateItems(volume.configMap.items ?? [], `${path}.configMap.items`));
  }
  if (volume.secret !== undefined) {
    errors.push(...validateReference(volume.secret.secretName, `${path}.secret.secretName`));
    errors.push(...validateItems(volume.secret.items ?? [], `${path}.secret.items`));
  }
  errors.push(...validateFiles(volume.downwardAPI?.items ?? [], `${path}.downwardAPI.items`));
  for (const [index, source] of (volume.projected?.sources ?? []).entries()) {
    errors.push(...validateProjection(source, `${path}.projected.sources[${index}]`));
  }
  if (volume.hostPath?.path?.split('/').includes('..') === true) {
    const { path: value } = volume.hostPath;
    errors.push({ type: 'Invalid', path: `${path}.hostPath.path`, value, detail: "must not contain '..'" });
  }
  return errors;
}

function validateReference(name: string | undefined, path: string): readonly FieldError[] {
  return name === undefined || name === '' ? [{ type: 'Required', path, detail: '' }] : [];
}

function validateProjection(source: VolumeProjection, path: string): readonly FieldError[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  return [
    ...validateItems(configMap?.items ?? [], `${path}.configMap.items`),
    ...validateItems(secret?.items ?? [], `${path}.secret.items`),
    ...validateFiles(downwardAPI?.items ?? [], `${path}.downwardAPI.items`),
    ...(serviceAccountToken === undefined
      ? []
      : validateFilePath(serviceAccountToken.path ?? '', `${path}.serviceAccountToken.path`)),
  ];
}

/** Paths of files, whatever is in them. */
function validateFiles(items: readonly { readonly path?: string | undefined }[], path: string): readonly FieldError[] {
  return items.flatMap((item, index) => validateFilePath(item.path ?? '', `${path}[${index}].path`));
}

function validateItems(items: readonly KeyToPath[], path: string): readonly FieldError[] {
  return items.flatMap((item, index) => [
    ...validateReference(item.key, `${path}[${index}].key`),
    ...validateFilePath(item.path ?? '', `${path}[${index}].path`),
  ]);
}
