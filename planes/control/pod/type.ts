import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { admitPod } from './admit.ts';
import { podQuota } from './quota.ts';
import { podColumns } from './columns.ts';

export type { Pod } from '../../../kernel/schema/standard/types.ts';

/** Which host port each declared container port got: `{"web/http":20011}`; written once, when the pod is prepared. */
export const hostPortsAnnotation = 'control.planform.dev/host-ports';

/** core/v1 Pod: containers that run together on one node. */
export const podKind: KindDefinition<Pod> = {
  group: '',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [{ name: 'v1', served: true, schema: standardSchema('core/v1.Pod'), columns: podColumns }],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: ['labels', 'annotations', 'finalizers'],
  history: 'spec',
  selectableFields: [
    { label: 'spec.nodeName', value: ({ spec }: Pod) => spec?.nodeName ?? '' },
    { label: 'spec.restartPolicy', value: ({ spec }: Pod) => spec?.restartPolicy ?? '' },
    { label: 'spec.schedulerName', value: ({ spec }: Pod) => spec?.schedulerName ?? '' },
    { label: 'spec.serviceAccountName', value: ({ spec }: Pod) => spec?.serviceAccountName ?? '' },
    { label: 'spec.hostNetwork', value: ({ spec }: Pod) => String(spec?.hostNetwork ?? false) },
    { label: 'status.phase', value: ({ status }: Pod) => status?.phase ?? '' },
    { label: 'status.podIP', value: ({ status }: Pod) => status?.podIP ?? '' },
    { label: 'status.nominatedNodeName', value: ({ status }: Pod) => status?.nominatedNodeName ?? '' },
  ],
  admission: admitPod,
  quota: podQuota,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
  deletionOrder: 0,
  gracefulDeletionSeconds: (pod) => {
    // Nothing runs of a pod that was never bound; upstream removes it at once too.
    if ((pod.spec?.nodeName ?? '') === '') return undefined;
    return pod.spec?.terminationGracePeriodSeconds ?? 30;
  },
};

/** Host ports of a pod by `container/port name or number`; empty before the pod was prepared. */
export function hostPortsOf(pod: Pod): Readonly<Record<string, number>> {
  const text = pod.metadata.annotations?.[hostPortsAnnotation];
  if (text === undefined) return {};
  try {
    const ports: unknown = JSON.parse(text);
    if (typeof ports !== 'object' || ports === null) return {};
    return Object.fromEntries(Object.entries(ports).filter(([, port]) => Number.isInteger(port)));
  } catch (error) {
    // Somebody edited the annotation: ports are then given anew.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The name under which `hostPortsOf` lists a container port. */
export function hostPortKey(
  containerName: string,
  port: { readonly name?: string; readonly containerPort: number },
): string {
  return `${containerName}/${port.name ?? port.containerPort}`;
}

/**
 * The port of the host on which a pod serves what it calls `target`: the name or number of a container port. A number
 * no container declares is taken as it is. @returns `undefined` when no container has a port of that name.
 */
export function resolvePort(pod: Pod, target: number | string): number | undefined {
  const hostPorts = hostPortsOf(pod);
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    const port = container.ports?.find((candidate) => candidate.name === target || candidate.containerPort === target);
    if (port !== undefined) return hostPorts[hostPortKey(container.name, port)];
  }
  return typeof target === 'number' ? target : undefined;
}
