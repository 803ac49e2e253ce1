import { type FieldError, InvalidError } from '../../../kernel/meta/errors.ts';
import { present } from '../../../kernel/meta/field-rules.ts';
import { isPlainObject } from '../../../kernel/meta/json.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { PodSpec } from '../../../kernel/schema/standard/types.ts';

/** Where each kind has its PodSpec. A StatefulSet is not checked when it is written, as upstream. */
const places: Readonly<Record<string, string>> = {
  'Pod/': 'spec',
  'PodTemplate/': 'template.spec',
  'ReplicationController/': 'spec.template.spec',
  'ReplicaSet/apps': 'spec.template.spec',
  'Deployment/apps': 'spec.template.spec',
  'DaemonSet/apps': 'spec.template.spec',
  'Job/batch': 'spec.template.spec',
  'CronJob/batch': 'spec.jobTemplate.spec.template.spec',
};

/**
 * Refuses containers without an image, as kube-apiserver does (`ValidatePodSpec`). For servers whose nodes run images, or
 * none: the process runtime of sites needs only a command.
 */
export const imageRequired: AdmissionPlugin = {
  name: 'ImageRequired',
  handles: ({ definition, operation, subresource }) =>
    operation !== 'delete' && subresource === '' && placeOf(definition) !== undefined,
  validate: async (object, { definition, name }) => {
    const path = placeOf(definition) ?? '';
    const { initContainers = [], containers = [] } = podSpecAt(object, path);
    const errors: readonly FieldError[] = [
      ...initContainers.flatMap(({ image }, index) => present(`${path}.initContainers[${index}].image`, image)),
      ...containers.flatMap(({ image }, index) => present(`${path}.containers[${index}].image`, image)),
    ];
    if (errors.length > 0) throw new InvalidError({ kind: definition.kind, group: definition.group, name }, errors);
  },
};

function placeOf({ kind, group }: { readonly kind: string; readonly group: string }): string | undefined {
  const key = `${kind}/${group}`;
  return Object.hasOwn(places, key) ? places[key] : undefined;
}

/** Objects were checked before: what is there has the shape its kind says. */
function podSpecAt(object: KubeObject | undefined, path: string): Partial<PodSpec> {
  let part: unknown = object;
  for (const field of path.split('.')) part = isPlainObject(part) ? part[field] : undefined;
  return isPlainObject(part) ? part : {};
}
