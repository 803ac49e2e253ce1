import type { RuntimeFeatures } from '../../../drivers/api/runtime.ts';
import { formatTime, parseTime } from '../../../kernel/base/clock.ts';
import type { Node, NodeCondition, NodeStatus } from '../../../kernel/schema/standard/types.ts';

/** What a host is, as found once at start. */
export interface HostFacts {
  readonly hostname: string;
  /** As Go names them: `linux`, `darwin`. */
  readonly operatingSystem: string;
  /** As Go names them: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly kernelVersion: string;
  /** `Debian GNU/Linux 13 (trixie)`. */
  readonly osImage: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
}

/** What the status of a Node is worked out from. */
export interface NodeFacts {
  readonly node: Node;
  readonly host: HostFacts;
  readonly address: string;
  /** Version of the agent: `v0.1.0`. */
  readonly version: string;
  /** `process://1.0`. */
  readonly runtime: string;
  /** What the runtime can do here, or why it cannot be used. */
  readonly features: RuntimeFeatures | { readonly problem: string };
  readonly nowMs: number;
}

/** How often a heartbeat is written when nothing else changes (as the kubelet's status updates). */
export const heartbeatMs = 300_000;
/** Pods a node takes at most. */
const podsMax = 250;

/** Labels every Node carries. */
export function nodeLabels(nodeName: string, host: HostFacts): Readonly<Record<string, string>> {
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': host.operatingSystem,
    'kubernetes.io/arch': host.architecture,
  };
}

/** The status of the Node as it should read now; unchanged between heartbeats when nothing happened. */
export function planNodeStatus(facts: NodeFacts): NodeStatus {
  const { node, host, address, version, runtime } = facts;
  const resources = {
    cpu: String(host.cpuCount),
    memory: `${Math.floor(host.memoryBytes / 1024)}Ki`,
    pods: String(podsMax),
  };
  return {
    ...node.status,
    capacity: resources,
    allocatable: resources,
    conditions: conditionsOf(facts),
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: host.hostname },
    ],
    nodeInfo: {
      machineID: host.machineId,
      systemUUID: host.machineId,
      bootID: host.bootId,
      kernelVersion: host.kernelVersion,
      osImage: host.osImage,
      containerRuntimeVersion: runtime,
      kubeletVersion: version,
      kubeProxyVersion: version,
      operatingSystem: host.operatingSystem,
      architecture: host.architecture,
    },
  };
}

type ConditionDraft = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf({ node, features, nowMs }: NodeFacts): readonly NodeCondition[] {
  const before = node.status?.conditions ?? [];
  return draftsOf(features).map((draft) => withTimes(draft, before, nowMs));
}

function draftsOf(features: NodeFacts['features']): readonly ConditionDraft[] {
  if ('problem' in features) {
    return [{ type: 'Ready', status: 'False', reason: 'RuntimeNotReady', message: features.problem }];
  }
  const isReduced = features.reasons.length > 0;
  return [
    {
      type: 'IsolationReduced',
      status: isReduced ? 'True' : 'False',
      reason: isReduced ? 'HostDoesNotAllow' : 'HostAllowsAll',
      message: isReduced ? features.reasons.join('; ') : 'Mount namespaces and limits are enforced',
    },
    { type: 'Ready', status: 'True', reason: 'RuntimeReady', message: 'The runtime takes and runs pods' },
  ];
}

function withTimes(draft: ConditionDraft, conditions: readonly NodeCondition[], nowMs: number): NodeCondition {
  const now = formatTime(nowMs);
  const before = conditions.find(({ type }) => type === draft.type);
  const isSame = before?.status === draft.status && before.reason === draft.reason && before.message === draft.message;
  const beatMs = parseTime(before?.lastHeartbeatTime) ?? 0;
  const isFresh = isSame && nowMs - beatMs < heartbeatMs;
  return {
    ...draft,
    lastHeartbeatTime: isFresh ? (before.lastHeartbeatTime ?? now) : now,
    lastTransitionTime: before?.status === draft.status ? (before.lastTransitionTime ?? now) : now,
  };
}
