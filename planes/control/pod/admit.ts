import { formatTime } from '../../../kernel/base/clock.ts';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Container, Pod, PodCondition, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { defaultPod } from '../pod-spec/defaults.ts';
import { draftObject } from '../pod-spec/draft.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { podWarnings } from '../pod-spec/warnings.ts';
import { validatePodSpec } from '../pod-spec/validate.ts';
import { keepOutside, validateSubresource } from './object-subresources.ts';

/** Defaults and rules of Pods (Kubernetes `SetDefaults_Pod`, `ValidatePodCreate`, `ValidatePodUpdate`). */
export const admitPod: KindAdmission<Pod> = {
  mutate: (draft, old, { subresource }) => {
    if (old !== undefined) keepOutside(draft, old, subresource);
    if (subresource === 'status') alignAddresses(draft);
    const spec = draftObject(draft, 'spec');
    if (spec !== undefined) defaultPod(spec);
  },
  prepare: (draft, old, context) => {
    const spec: PodSpec | undefined = draftObject(draft, 'spec') as PodSpec | undefined;
    if (old !== undefined || spec === undefined) return;
    // Kubernetes: less than nothing is as little as there is.
    if ((spec.terminationGracePeriodSeconds ?? 0) < 0) draft['spec'] = { ...spec, terminationGracePeriodSeconds: 1 };
    const conditions = (spec.schedulingGates ?? []).length === 0 ? {} : { conditions: [gated(context.nowMs)] };
    draft['status'] = { phase: 'Pending', qosClass: qosClassOf(spec), ...conditions };
  },
  validate: validatePod,
  // Kubernetes: few people change pods.
  warn: (pod, old) => (old === undefined ? podWarnings(pod) : []),
};

/** `podIP` is the first of `podIPs`; who writes only the one means both (Kubernetes `Convert_v1_PodStatus_To_core_PodStatus`). */
function alignAddresses(draft: Record<string, unknown>): void {
  const status = draftObject(draft, 'status');
  const { podIP, podIPs } = status ?? {};
  if (status === undefined || typeof podIP !== 'string' || podIP === '') return;
  const [first] = Array.isArray(podIPs) ? (podIPs as readonly { readonly ip?: string }[]) : [];
  if (first?.ip !== podIP) status['podIPs'] = [{ ip: podIP }];
}

/** What schedulers would say of a pod that waits for others; they do not look at it (Kubernetes `applySchedulingGatedCondition`). */
function gated(nowMs: number): PodCondition {
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  const lastTransitionTime = formatTime(nowMs);
  return { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastTransitionTime };
}

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

/** Nearly everything about a pod is fixed when it is made; its node is given through `binding`. */
function validateChange(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list] ?? []).length === (old[list] ?? []).length) continue;
    return [{ type: 'Forbidden', path: `spec.${list}`, detail: 'pod updates may not add or remove containers' }];
  }
  const added = validateGates(spec.schedulingGates ?? [], old.schedulingGates ?? []);
  if (added.length > 0) return added;
  const { activeDeadlineSeconds, schedulingGates, tolerations } = old;
  const kept = {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: withImagesOf(spec.initContainers, old.initContainers ?? []) }),
    activeDeadlineSeconds,
    schedulingGates,
    tolerations,
  };
  return jsonEquals(kept, old) ? [] : [{ type: 'Forbidden', path: 'spec', detail: changeRule }];
}

type Gates = NonNullable<PodSpec['schedulingGates']>;

/** Gates are only ever taken away (Kubernetes `validateOnlyDeletedSchedulingGates`). */
function validateGates(gates: Gates, old: Gates): readonly FieldError[] {
  const known = new Set(old.map(({ name }) => name));
  return gates.flatMap(({ name }, index): readonly FieldError[] => {
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return known.has(name) ? [] : [{ type: 'Forbidden', path: `spec.schedulingGates[${index}].name`, detail }];
  });
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
