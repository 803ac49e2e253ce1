import { addQuantities, compareQuantities, parseQuantity, zeroQuantity } from '../../../kernel/meta/quantity.ts';
import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from '../../../kernel/schema/standard/types.ts';
import { podAmounts } from '../pod-spec/resources.ts';
import { isPodEnded } from '../workload/pod-state.ts';

/** What the planner looks at. */
export interface SchedulingFacts {
  readonly pod: Pod;
  readonly nodes: readonly Node[];
  /** All pods; those bound to a node use it. */
  readonly pods: readonly Pod[];
}

/** Where a pod goes, or why it cannot go anywhere. */
export type SchedulingPlan =
  | { readonly kind: 'bind'; readonly nodeName: string }
  /** It waits for gates others remove, or for another scheduler. */
  | { readonly kind: 'notOurs' }
  | { readonly kind: 'gated'; readonly message: string }
  /** Worded as kube-scheduler does: `0/1 nodes are available: 1 Insufficient cpu.` */
  | { readonly kind: 'unschedulable'; readonly message: string };

const schedulerName = 'default-scheduler';

/** Chooses the node for a pod: the first filters of kube-scheduler, then the node with the fewest pods. Pure. */
export function planScheduling({ pod, nodes, pods }: SchedulingFacts): SchedulingPlan {
  const { nodeName = '', schedulerName: wanted = schedulerName, schedulingGates = [] } = pod.spec ?? {};
  if (nodeName !== '' || wanted !== schedulerName) return { kind: 'notOurs' };
  if (schedulingGates.length > 0) {
    const names = schedulingGates.map(({ name }) => name).join(', ');
    return { kind: 'gated', message: `Scheduling is blocked due to non-empty scheduling gates: ${names}` };
  }
  const boundTo = Map.groupBy(
    pods.filter((other) => !isPodEnded(other)),
    (other) => other.spec?.nodeName ?? '',
  );
  const verdicts = nodes.map((node) => {
    const bound = boundTo.get(node.metadata.name) ?? [];
    return { node, count: bound.length, obstacles: obstaclesOf(pod, node, bound) };
  });
  const best = verdicts
    .filter(({ obstacles }) => obstacles.length === 0)
    .toSorted((a, b) => a.count - b.count || (a.node.metadata.name < b.node.metadata.name ? -1 : 1))[0];
  if (best !== undefined) return { kind: 'bind', nodeName: best.node.metadata.name };
  return {
    kind: 'unschedulable',
    message: formatObstacles(
      nodes.length,
      verdicts.flatMap(({ obstacles }) => obstacles),
    ),
  };
}

function obstaclesOf(pod: Pod, node: Node, bound: readonly Pod[]): readonly string[] {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const obstacles: string[] = [];
  if (ready !== 'True') obstacles.push('node(s) were not ready');
  if (node.spec?.unschedulable === true) obstacles.push('node(s) were unschedulable');
  if (!matchesNode(pod, node)) obstacles.push("node(s) didn't match Pod's node affinity/selector");
  const taint = (node.spec?.taints ?? []).find((one) => repels(one, pod.spec?.tolerations ?? []));
  if (taint !== undefined) obstacles.push(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  return [...obstacles, ...missingResources(pod, node, bound)];
}

function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const pairs = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!pairs.every(([key, value]) => labels[key] === value)) return false;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, node));
}

/** All requirements of a term hold; a term without any matches nothing. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => matchesRequirement(requirement, node.metadata.name))
  );
}

function matchesRequirement({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
  }
}

function repels(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return taint.effect !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint));
}

function tolerates({ key = '', operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

function missingResources(pod: Pod, node: Node, bound: readonly Pod[]): readonly string[] {
  const allocatable = node.status?.allocatable ?? {};
  const obstacles: string[] = [];
  const most = Number(allocatable['pods'] ?? Number.POSITIVE_INFINITY);
  if (bound.length + 1 > most) obstacles.push('Too many pods');
  const requestsOf = ({ spec }: Pod) => podAmounts(spec ?? { containers: [] }, 'requests');
  for (const [name, asked] of requestsOf(pod)) {
    const used = bound.reduce((sum, other) => addQuantities(sum, requestsOf(other).get(name) ?? zeroQuantity), asked);
    const limit = parseQuantity(allocatable[name] ?? '0') ?? zeroQuantity;
    if (compareQuantities(used, limit) > 0) obstacles.push(`Insufficient ${name}`);
  }
  return obstacles;
}

function formatObstacles(nodeCount: number, obstacles: readonly string[]): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const obstacle of obstacles) counts.set(obstacle, (counts.get(obstacle) ?? 0) + 1);
  const parts = [...counts].map(([obstacle, count]) => `${count} ${obstacle}`).toSorted((a, b) => (a < b ? -1 : 1));
  return `0/${nodeCount} nodes are available: ${parts.join(', ')}.`;
}
