import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Container, PodSpec } from '../../../kernel/schema/standard/types.ts';

/** Objects that carry a PodSpec: Pods, and workloads with a template. */
type PodCarrier = KubeObject & { readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } } };

const workloads: ReadonlySet<string> = new Set(['Pod/', 'Deployment/apps', 'ReplicaSet/apps']);

/** Writers who are told; controllers write what others told them. */
const handles: AdmissionPlugin['handles'] = ({ definition, operation, subresource, user }) =>
  workloads.has(`${definition.kind}/${definition.group}`) &&
  operation !== 'delete' &&
  subresource === '' &&
  !user.groups.includes('system:planform:controllers');

/**
 * Warns writers that `image` has no effect here: sites whose runtime runs commands on the host itself use it. Says
 * nothing about images that did not change.
 */
export const imageWarning: AdmissionPlugin = {
  name: 'ImageWarning',
  handles,
  validate: async (object, { old, warn }) => {
    const before = new Map(containersOf(old).map(([path, { image }]) => [path, image]));
    for (const [path, { image = '' }] of containersOf(object)) {
      if (image === '' || before.get(path) === image) continue;
      warn(`${path}.image is ignored: the process runtime runs the command on the host`);
    }
  },
};

/**
 * Warns writers that `securityContext` has no effect here: nobody may believe to be protected who is not. Says nothing
 * about contexts that did not change.
 */
export const securityWarning: AdmissionPlugin = {
  name: 'SecurityWarning',
  handles,
  validate: async (object, { old, warn }) => {
    const before = new Map(contextsOf(old));
    for (const [path, context] of contextsOf(object)) {
      if (isEmpty(context) || jsonEquals(before.get(path), context)) continue;
      warn(`${path}.securityContext is ignored: the process runtime runs the command as the user of the agent`);
    }
  },
};

type Contexts = readonly (readonly [path: string, context: object | undefined])[];

function contextsOf(object: PodCarrier | undefined): Contexts {
  const [path, spec] = podSpecOf(object);
  return [
    [path, spec?.securityContext],
    ...containersOf(object).map(([place, { securityContext }]) => [place, securityContext] as const),
  ];
}

function isEmpty(context: object | undefined): boolean {
  return context === undefined || Object.keys(context).length === 0;
}

function podSpecOf(object: PodCarrier | undefined): readonly [path: string, spec: PodSpec | undefined] {
  const template = object?.spec?.template;
  return template === undefined ? ['spec', object?.spec] : ['spec.template.spec', template.spec];
}

function containersOf(object: PodCarrier | undefined): readonly (readonly [path: string, container: Container])[] {
  const [path, spec] = podSpecOf(object);
  const listed = (containers: readonly Container[] | undefined, name: string) =>
    (containers ?? []).map((container, index) => [`${path}.${name}[${index}]`, container] as const);
  return [...listed(spec?.initContainers, 'initContainers'), ...listed(spec?.containers, 'containers')];
}
