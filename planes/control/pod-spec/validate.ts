import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { Container, PodSpec, PodTemplateSpec, Volume } from '../../../kernel/schema/standard/types.ts';
import { validateContainer } from './validate-container.ts';
import { validateVolumes } from './validate-volume.ts';

/** Everything wrong with a PodSpec at `path` beyond its schema (Kubernetes `ValidatePodSpec`). */
export function validatePodSpec(spec: PodSpec | undefined, path: string): readonly FieldError[] {
  if (spec === undefined) return [{ type: 'Required', path, detail: '' }];
  const errors: FieldError[] = [];
  if ((spec.containers ?? []).length === 0) errors.push({ type: 'Required', path: `${path}.containers`, detail: '' });
  errors.push(...validateVolumes(spec.volumes ?? [], `${path}.volumes`));
  const names = new Set<string>();
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const lists = [
    { containers: spec.initContainers ?? [], at: `${path}.initContainers`, isInit: true },
    { containers: spec.containers ?? [], at: `${path}.containers`, isInit: false },
  ];
  for (const { containers, at, isInit } of lists) {
    containers.forEach((container, index) => {
      const place = `${at}[${index}]`;
      errors.push(...validateName(container, `${place}.name`, names));
      errors.push(...validateContainer(container, { path: place, isInit, volumes }));
    });
  }
  errors.push(...validatePortNames(spec, path));
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0) errors.push(notNegative(`${path}.terminationGracePeriodSeconds`, grace));
  return errors;
}

/**
 * Everything wrong with the template of a workload whose pods are replaced for ever.
 * @param matches the selector of the workload.
 */
export function validateTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  matches: (labels: Readonly<Record<string, string>> | undefined) => boolean,
): readonly FieldError[] {
  if (template === undefined) return [{ type: 'Required', path, detail: '' }];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [...validateLabels(labels ?? {}, `${path}.labels`)];
  if (!matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push({ type: 'Invalid', path: `${path}.metadata.labels`, value: labels ?? {}, detail });
  }
  errors.push(...validatePodSpec(template.spec, `${path}.spec`));
  const restart = template.spec?.restartPolicy;
  if (restart !== undefined && restart !== 'Always') {
    const detail = 'supported values: "Always"';
    errors.push({ type: 'NotSupported', path: `${path}.spec.restartPolicy`, value: restart, detail });
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const at = `${path}.spec.activeDeadlineSeconds`;
    errors.push({ type: 'Forbidden', path: at, detail: 'activeDeadlineSeconds in ReplicaSet is not Supported' });
  }
  return errors;
}

/** A count that must be ≥ 0, as Kubernetes words it. */
export function notNegative(path: string, value: number): FieldError {
  return { type: 'Invalid', path, value, detail: 'must be greater than or equal to 0' };
}

/** Volumes of a pod by name. */
export type VolumesByName = ReadonlyMap<string, Volume>;

function validateName({ name }: Container, path: string, taken: Set<string>): readonly FieldError[] {
  if (name === undefined || name === '') return [{ type: 'Required', path, detail: '' }];
  if (taken.has(name)) return [{ type: 'Duplicate', path, value: name, detail: '' }];
  taken.add(name);
  return checkDnsLabel(name).map((detail) => ({ type: 'Invalid', path, value: name, detail }));
}

/** Port names are unique in a container; host ports in the whole pod. */
function validatePortNames(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const hostPorts = new Set<string>();
  (spec.containers ?? []).forEach((container, at) => {
    const names = new Set<string>();
    (container.ports ?? []).forEach(({ name, hostPort, protocol }, index) => {
      const place = `${path}.containers[${at}].ports[${index}]`;
      if (name !== undefined && names.has(name)) {
        errors.push({ type: 'Duplicate', path: `${place}.name`, value: name, detail: '' });
      }
      if (name !== undefined) names.add(name);
      const host = `${protocol ?? 'TCP'}/${hostPort ?? ''}`;
      if (hostPort !== undefined && hostPorts.has(host)) {
        errors.push({ type: 'Duplicate', path: `${place}.hostPort`, value: hostPort, detail: '' });
      }
      if (hostPort !== undefined) hostPorts.add(host);
    });
  });
  return errors;
}
