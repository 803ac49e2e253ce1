import { formatAge } from '../../../kernel/base/age.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { PrinterColumn } from '../../../kernel/schema/kind.ts';
import type { ContainerStatus, Pod } from '../../../kernel/schema/standard/types.ts';

/** Columns of `kubectl get pods`, as kube-apiserver prints them (`printers/internalversion` printPod). */
export const podColumns: readonly PrinterColumn[] = [
  { name: 'Ready', type: 'string', description: 'Ready containers of all.', value: formatReady },
  {
    name: 'Status',
    type: 'string',
    description: 'What the pod does, or what keeps it from doing it.',
    value: formatPodStatus,
  },
  {
    name: 'Restarts',
    type: 'string',
    description: 'Restarts of its containers, and the last one.',
    value: formatRestarts,
  },
  { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
  {
    name: 'IP',
    type: 'string',
    priority: 1,
    description: 'Address of the pod.',
    value: ({ status }: Pod) => status?.podIP ?? '<none>',
  },
  {
    name: 'Node',
    type: 'string',
    priority: 1,
    description: 'Node it is bound to.',
    value: ({ spec }: Pod) => spec?.nodeName ?? '<none>',
  },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    description: 'Node it may be bound to after preemption.',
    value: ({ status }: Pod) => status?.nominatedNodeName ?? '<none>',
  },
  { name: 'Readiness Gates', type: 'string', priority: 1, description: 'Conditions it waits for.', value: formatGates },
];

function formatReady(pod: Pod): string {
  const statuses = pod.status?.containerStatuses ?? [];
  const ready = statuses.filter((status) => status.ready && status.state?.running !== undefined).length;
  return `${ready}/${pod.spec?.containers.length ?? 0}`;
}

/** The STATUS column: the most telling of phase, reasons of containers, and deletion. */
export function formatPodStatus(pod: Pod): string {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined) return status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const initWord = formatInit(pod);
  if (initWord !== undefined) return initWord;
  const word = formatContainers(status?.containerStatuses ?? []) ?? status?.reason ?? status?.phase ?? 'Pending';
  const isRunning = (container: ContainerStatus) => container.ready && container.state?.running !== undefined;
  if (word !== 'Completed' || status?.containerStatuses?.some(isRunning) !== true) return word;
  const isReady = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return isReady === true ? 'Running' : 'NotReady';
}

/** Why the first container that has something to say does not run. */
function formatContainers(containers: readonly ContainerStatus[]): string | undefined {
  for (const { state } of containers) {
    if (state?.waiting?.reason !== undefined && state.waiting.reason !== '') return state.waiting.reason;
    if (state?.terminated !== undefined) return formatTerminated(state.terminated);
  }
  return undefined;
}

function formatTerminated({
  reason,
  signal,
  exitCode,
}: {
  reason?: string;
  signal?: number;
  exitCode: number;
}): string {
  if (reason !== undefined && reason !== '') return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** `Init:0/2`, `Init:CrashLoopBackOff` … while init containers are not through. */
function formatInit({ spec, status }: Pod): string | undefined {
  const containers = spec?.initContainers ?? [];
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    const isSidecar = containers.find(({ name }) => name === container.name)?.restartPolicy === 'Always';
    if (isSidecar && container.started === true) continue;
    if (terminated !== undefined) return `Init:${formatTerminated(terminated)}`;
    const reason = waiting?.reason ?? '';
    if (reason !== '' && reason !== 'PodInitializing') return `Init:${reason}`;
    return `Init:${index}/${containers.length}`;
  }
  return undefined;
}

function formatRestarts({ status }: Pod, nowMs: number): string {
  const containers: readonly ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const count = containers.reduce((sum, container) => sum + container.restartCount, 0);
  const ends = containers.map(({ lastState }) => parseTime(lastState?.terminated?.finishedAt) ?? 0);
  const lastMs = Math.max(0, ...ends);
  return count === 0 || lastMs === 0 ? String(count) : `${count} (${formatAge(nowMs - lastMs)} ago)`;
}

function formatGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status }) => type === conditionType && status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
