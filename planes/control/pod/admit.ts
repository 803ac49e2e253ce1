import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Container, Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPod } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { validatePodSpec } from '../pod-spec/validate.ts';
import { keepOutside, validateSubresource } from './object-subresources.ts';

/** Defaults and rules of Pods (Kubernetes `SetDefaults_Pod`, `ValidatePodCreate`, `ValidatePodUpdate`). */
export const admitPod: KindAdmission<Pod> = {
  mutate: (draft, old, { subresource }) => {
    if (old !== undefined) keepOutside(draft, old, subresource);
    const spec = draftObject(draft, 'spec');
    if (spec !== undefined) defaultPod(spec);
  },
  prepare: (draft, old) => {
    const spec: PodSpec | undefined = draftObject(draft, 'spec') as PodSpec | undefined;
    if (old !== undefined || spec === undefined) return;
    // Kubernetes: less than nothing is as little as there is.
    if ((spec.terminationGracePeriodSeconds ?? 0) < 0) draft['spec'] = { ...spec, terminationGracePeriodSeconds: 1 };
    draft['status'] = { phase: 'Pending', qosClass: qosClassOf(spec) };
  },
  validate: validatePod,
};

function validatePod(pod: Pod, old: Pod | undefined, context: AdmitContext): readonly FieldError[] {
  const { subresource } = context;
  if (subresource === 'status') return [];
  const errors = [...validatePodSpec(pod.spec, 'spec')];
  if (context.operation === 'create' && (pod.spec?.ephemeralContainers ?? []).length > 0) {
    errors.push({ type: 'Forbidden', path: 'spec.ephemeralContainers', detail: 'cannot be set on create' });
  }
  if (subresource !== '') {
    if (pod.spec === undefined || old?.spec === undefined) return errors;
    return [...errors, ...validateSubresource(pod.spec, old.spec, subresource)];
  }
  return old?.spec === undefined || pod.spec === undefined
    ? errors
    : [...errors, ...validateChange(pod.spec, old.spec)];
}

const changeRule =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Nearly everything about a pod is fixed when it is made; the node is given once, by the scheduler. */
function validateChange(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list] ?? []).length === (old[list] ?? []).length) continue;
    return [{ type: 'Forbidden', path: `spec.${list}`, detail: 'pod updates may not add or remove containers' }];
  }
  const { nodeName, activeDeadlineSeconds, tolerations } = old;
  const kept = {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: withImagesOf(spec.initContainers, old.initContainers ?? []) }),
    nodeName: nodeName ?? undefined,
    activeDeadlineSeconds,
    tolerations,
  };
  const movesNode = nodeName !== undefined && spec.nodeName !== nodeName;
  const changes = !jsonEquals(kept, old) || movesNode;
  return changes ? [{ type: 'Forbidden', path: 'spec', detail: changeRule }] : [];
}

function withImagesOf(containers: readonly Container[], old: readonly Container[]): readonly Container[] {
  return containers.map((container, index) => {
    const { image, imagePullPolicy } = old[index] ?? {};
    const { image: _image, imagePullPolicy: _policy, ...rest } = container;
    return {
      ...rest,
      ...(image === undefined ? {} : { image }),
      ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    };
  });
}
