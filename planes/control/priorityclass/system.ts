/** One of the classes every cluster has. */
export interface SystemPriorityClass {
  readonly name: string;
  readonly value: number;
  readonly description: string;
}

/** The two classes every cluster has (Kubernetes `scheduling.SystemPriorityClasses`); made at the start. */
export const systemPriorityClasses: readonly SystemPriorityClass[] = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'For pods that nodes cannot do without, wherever they run.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description: 'For pods the cluster cannot do without; they may be moved to another node.',
  },
];
