import type { ServiceSpec } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObjects } from '../pod-spec/draft.ts';

/** What decides how a Service is exposed; the type of a draft may be anything. */
interface Exposure {
  readonly type?: string | undefined;
  readonly allocateLoadBalancerNodePorts?: boolean | undefined;
  readonly externalTrafficPolicy?: string | undefined;
}

/** True for types that answer on a port of every node. */
export function hasNodePorts({ type }: Exposure): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** True where every port gets a node port that was not asked for. */
export function needsNodePorts(spec: Exposure): boolean {
  return hasNodePorts(spec) && (spec.type !== 'LoadBalancer' || spec.allocateLoadBalancerNodePorts !== false);
}

/** True where balancers ask every node whether it has pods of the Service. */
export function needsHealthPort({ type, externalTrafficPolicy }: Exposure): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

/**
 * Takes out what a Service of the old type had been given and one of the new type cannot have, unless it is asked for anew
 * (Kubernetes `dropTypeDependentFields`): `kubectl edit` sends everything back that it was shown.
 */
export function dropFieldsOfType(spec: DraftObject, old: ServiceSpec): void {
  const { type: wanted } = spec;
  const type = typeof wanted === 'string' ? wanted : 'ClusterIP';
  const drop = (name: keyof ServiceSpec) => {
    if (JSON.stringify(spec[name]) === JSON.stringify(old[name])) delete spec[name];
  };
  if (old.type !== 'ExternalName' && type === 'ExternalName') {
    for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) {
      drop(name);
    }
  }
  if (hasNodePorts(old) && !hasNodePorts({ type })) {
    const given = new Set(old.ports?.map(({ nodePort }) => nodePort));
    for (const port of draftObjects(spec, 'ports')) if (given.has(port['nodePort'] as number)) delete port['nodePort'];
    drop('externalTrafficPolicy');
  }
  if (old.type === 'LoadBalancer' && type !== 'LoadBalancer') {
    for (const name of ['allocateLoadBalancerNodePorts', 'loadBalancerClass', 'healthCheckNodePort'] as const)
      drop(name);
  }
}
