import type { PriorityLevelConfigurationSpec } from '../../schema/standard/types.ts';

/** A PriorityLevelConfiguration every server has. */
export interface DefaultPriorityLevel {
  readonly name: string;
  readonly spec: PriorityLevelConfigurationSpec;
}

/** Levels that always exist (Kubernetes apiserver `flowcontrol/bootstrap`). */
export const mandatoryPriorityLevels: readonly DefaultPriorityLevel[] = [
  { name: 'exempt', spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } } },
  {
    name: 'catch-all',
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
];

interface Share {
  readonly shares: number;
  readonly lendable: number;
  readonly queues: number;
  readonly handSize: number;
}

function level(name: string, { shares, lendable, queues, handSize }: Share): DefaultPriorityLevel {
  return {
    name,
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: shares,
        lendablePercent: lendable,
        limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
      },
    },
  };
}

/** Levels people may change or delete, as upstream suggests them. */
export const suggestedPriorityLevels: readonly DefaultPriorityLevel[] = [
  level('system', { shares: 30, lendable: 33, queues: 64, handSize: 6 }),
  level('node-high', { shares: 40, lendable: 25, queues: 64, handSize: 6 }),
  level('leader-election', { shares: 10, lendable: 0, queues: 16, handSize: 4 }),
  level('workload-high', { shares: 40, lendable: 50, queues: 128, handSize: 6 }),
  level('workload-low', { shares: 100, lendable: 90, queues: 128, handSize: 6 }),
  level('global-default', { shares: 20, lendable: 50, queues: 128, handSize: 6 }),
];
