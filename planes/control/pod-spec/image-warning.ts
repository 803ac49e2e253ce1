import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Container, PodSpec } from '../../../kernel/schema/standard/types.ts';

/** Objects that carry a PodSpec: Pods, and workloads with a template. */
type PodCarrier = KubeObject & { readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } } };

const workloads: ReadonlySet<string> = new Set(['Pod/', 'Deployment/apps', 'ReplicaSet/apps']);

/**
 * Warns writers that `image` has no effect here: sites whose runtime runs commands on the host itself use it. Says
 * nothing about what controllers write, nor about images that did not change.
 */
export const imageWarning: AdmissionPlugin = {
  name: 'ImageWarning',
  handles: ({ definition, operation, subresource, user }) =>
    workloads.has(`${definition.kind}/${definition.group}`) &&
    operation !== 'delete' &&
    subresource === '' &&
    !user.groups.includes('system:planform:controllers'),
  validate: async (object, { old, warn }) => {
    const before = new Map(imagesOf(old));
    for (const [path, image] of imagesOf(object)) {
      if (before.get(path) === image) continue;
      warn(`${path}.image is ignored: the process runtime runs the command on the host`);
    }
  },
};

function imagesOf(object: PodCarrier | undefined): readonly (readonly [path: string, image: string])[] {
  const isTemplate = object?.spec?.template !== undefined;
  const spec = isTemplate ? object.spec?.template?.spec : object?.spec;
  const path = isTemplate ? 'spec.template.spec' : 'spec';
  const listed = (containers: readonly Container[] | undefined, name: string) =>
    (containers ?? []).flatMap(({ image }, index) =>
      image === undefined || image === '' ? [] : [[`${path}.${name}[${index}]`, image] as const],
    );
  return [...listed(spec?.initContainers, 'initContainers'), ...listed(spec?.containers, 'containers')];
}
