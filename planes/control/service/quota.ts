import { quantityOf } from '../../../kernel/meta/quantity.ts';
import type { QuotaEvaluator } from '../../../kernel/schema/quota.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';

const names: ReadonlySet<string> = new Set(['services', 'services.nodeports', 'services.loadbalancers']);

/** What Services use of quotas. Of a node port, it is counted that there may be one, given or not (Kubernetes). */
export const serviceQuota: QuotaEvaluator<Service> = {
  uses: (resource) => names.has(resource),
  usage({ spec }) {
    const isBalanced = spec?.type === 'LoadBalancer';
    const ports = isBalanced || spec?.type === 'NodePort' ? (spec.ports ?? []).length : 0;
    return new Map([
      ['services', quantityOf(1)],
      ['services.nodeports', quantityOf(ports)],
      ['services.loadbalancers', quantityOf(isBalanced ? 1 : 0)],
    ]);
  },
};
