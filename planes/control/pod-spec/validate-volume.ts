import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KeyToPath, Volume } from '../../../kernel/schema/standard/types.ts';
import { validateSubPath } from './validate-container.ts';

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
  return errors;
}

function validateReference(name: string | undefined, path: string): readonly FieldError[] {
  return name === undefined || name === '' ? [{ type: 'Required', path, detail: '' }] : [];
}

function validateItems(items: readonly KeyToPath[], path: string): readonly FieldError[] {
  return items.flatMap((item, index) => [
    ...validateReference(item.key, `${path}[${index}].key`),
    ...validateReference(item.path, `${path}[${index}].path`),
    ...validateSubPath(item.path ?? '', `${path}[${index}].path`),
  ]);
}
