import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { Container, EphemeralContainer, Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, draftObjects } from '../pod-spec/draft.ts';
import { qosClassOf } from '../pod-spec/qos.ts';

/**
 * Takes back everything a subresource may not change: `ephemeralcontainers` only sets these, `binding` only the node, `resize`
 * only what containers may use (Kubernetes `dropNonEphemeralContainerUpdates`, `dropNonResizeUpdates`).
 */
export function keepOutside(draft: DraftObject, old: Pod, subresource: string): void {
  const spec = draftObject(draft, 'spec') ?? {};
  const before = structuredClone(old.spec ?? {}) as DraftObject;
  if (subresource === 'ephemeralcontainers') {
    const { ephemeralContainers } = spec;
    draft['spec'] = { ...before, ...(ephemeralContainers === undefined ? {} : { ephemeralContainers }) };
    if (ephemeralContainers === undefined) delete (draft['spec'] as DraftObject)['ephemeralContainers'];
  } else if (subresource === 'resize') {
    for (const list of ['containers', 'initContainers']) takeResources(before, spec, list);
    draft['spec'] = before;
  } else if (subresource === 'binding') {
    draft['spec'] = { ...before, nodeName: spec['nodeName'] };
    return;
  } else {
    return;
  }
  const { managedFields } = draftObject(draft, 'metadata') ?? {};
  draft['metadata'] = { ...old.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
}

function takeResources(spec: DraftObject, wanted: DraftObject, list: string): void {
  const byName = new Map(draftObjects(wanted, list).map((container) => [container['name'], container]));
  for (const container of draftObjects(spec, list)) {
    const next = byName.get(container['name']);
    if (next === undefined) continue;
    for (const field of ['resources', 'resizePolicy']) {
      if (next[field] === undefined) delete container[field];
      else container[field] = next[field];
    }
  }
}

/** What is wrong with a change through one of them, its content apart. */
export function validateSubresource(spec: PodSpec, old: PodSpec, subresource: string): readonly FieldError[] {
  if (subresource === 'binding') return validateBinding(spec, old);
  return subresource === 'resize' ? validateResize(spec, old) : validateDebuggers(spec, old);
}

/** A pod stays where it was put. */
function validateBinding({ nodeName }: PodSpec, { nodeName: old = '' }: PodSpec): readonly FieldError[] {
  if (old === '' || nodeName === old) return [];
  return [{ type: 'Forbidden', path: 'spec.nodeName', detail: `the pod is bound to ${JSON.stringify(old)} already` }];
}

/** Only cpu and memory can be resized, and the pod stays as firmly promised as it was (Kubernetes `ValidatePodResize`). */
function validateResize(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [before, after] = [qosClassOf(old), qosClassOf(spec)];
  if (before !== after) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push({ type: 'Invalid', path: 'spec', value: before, detail });
  }
  if (!jsonEquals(spec.containers.map(withoutSize), old.containers.map(withoutSize))) {
    const detail = 'only cpu and memory resources are mutable';
    errors.push({ type: 'Forbidden', path: 'spec', detail });
  }
  return errors;
}

function withoutSize({ resources, resizePolicy: _policy, ...container }: Container): object {
  const fixed = (amounts: Readonly<Record<string, string>> = {}) => {
    const { cpu: _cpu, memory: _memory, ...others } = amounts;
    return others;
  };
  return {
    ...container,
    resources: { claims: resources?.claims, requests: fixed(resources?.requests), limits: fixed(resources?.limits) },
  };
}

/** What a container that is put into a running pod cannot have. */
const forbiddenFields = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources'] as const;

/** Containers for debugging are only ever added (Kubernetes `ValidatePodEphemeralContainersUpdate`). */
function validateDebuggers(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const path = 'spec.ephemeralContainers';
  const wanted = spec.ephemeralContainers ?? [];
  const byName = new Map(wanted.map((container) => [container.name, container]));
  const kept = (old.ephemeralContainers ?? []).flatMap((container): readonly FieldError[] => {
    const next = byName.get(container.name);
    if (next !== undefined && jsonEquals(next, container)) return [];
    const what = next === undefined ? 'removed' : 'changed';
    const detail = `existing ephemeral containers ${JSON.stringify(container.name)} may not be ${what}\n`;
    return [{ type: 'Forbidden', path, detail }];
  });
  const taken = new Set([...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name));
  return [...kept, ...wanted.flatMap((container, index) => validateDebugger(container, `${path}[${index}]`, taken))];
}

function validateDebugger(container: EphemeralContainer, path: string, taken: Set<string>): readonly FieldError[] {
  const { name, image = '', targetContainerName = '' } = container;
  const errors: FieldError[] = [];
  const invalid = (field: string, value: string, detail: string) =>
    errors.push({ type: 'Invalid', path: `${path}.${field}`, value, detail });
  if (name === '') errors.push({ type: 'Required', path: `${path}.name`, detail: '' });
  else for (const detail of checkDnsLabel(name)) invalid('name', name, detail);
  if (targetContainerName !== '' && !taken.has(targetContainerName)) {
    errors.push({ type: 'NotFound', path: `${path}.targetContainerName`, value: targetContainerName, detail: '' });
  }
  if (taken.has(name)) errors.push({ type: 'Duplicate', path: `${path}.name`, value: name, detail: '' });
  taken.add(name);
  if (image === '') errors.push({ type: 'Required', path: `${path}.image`, detail: '' });
  for (const field of forbiddenFields) {
    const value = container[field];
    if (value === undefined || Object.keys(value).length === 0) continue;
    errors.push({ type: 'Forbidden', path: `${path}.${field}`, detail: 'cannot be set for an Ephemeral Container' });
  }
  return errors;
}
