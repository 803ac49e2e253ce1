import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present } from '../../../kernel/meta/field-rules.ts';
import { isPlainObject } from '../../../kernel/meta/json.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { PodSpec } from '../../../kernel/schema/standard/types.ts';

/** Where each kind has its PodSpec. */
const places: Readonly<Record<string, string>> = {
  'Pod/': 'spec',
  'PodTemplate/': 'template.spec',
  'ReplicationController/': 'spec.template.spec',
  'ReplicaSet/apps': 'spec.template.spec',
  'Deployment/apps': 'spec.template.spec',
  'DaemonSet/apps': 'spec.template.spec',
  'StatefulSet/apps': 'spec.template.spec',
  'Job/batch': 'spec.template.spec',
  'CronJob/batch': 'spec.jobTemplate.spec.template.spec',
};

/**
 * The kind with one more rule: containers name an image, as kube-apiserver wants it (`ValidatePodSpec`). For servers whose
 * nodes run images, or none: the process runtime of sites needs only a command. Kinds without containers stay as they are.
 */
export function withImages(kind: KindDefinition): KindDefinition {
  const key = `${kind.kind}/${kind.group}`;
  const path = Object.hasOwn(places, key) ? places[key] : undefined;
  if (path === undefined) return kind;
  const { admission } = kind;
  const validate: NonNullable<typeof admission>['validate'] = async (object, old, context) => [
    ...((await admission?.validate?.(object, old, context)) ?? []),
    ...(context.subresource === '' ? missingImages(object, path) : []),
  ];
  return { ...kind, admission: { ...admission, validate } };
}

function missingImages(object: KubeObject, path: string): readonly FieldError[] {
  const { initContainers = [], containers = [] } = podSpecAt(object, path);
  return [
    ...initContainers.flatMap(({ image }, index) => present(`${path}.initContainers[${index}].image`, image)),
    ...containers.flatMap(({ image }, index) => present(`${path}.containers[${index}].image`, image)),
  ];
}

/** Rules run on objects whose values have the types their schema says. */
function podSpecAt(object: KubeObject, path: string): Partial<PodSpec> {
  let part: unknown = object;
  for (const field of path.split('.')) part = isPlainObject(part) ? part[field] : undefined;
  return isPlainObject(part) ? part : {};
}
