import type { PodQOSClass, PodSpec } from '../../../kernel/schema/standard/types.ts';

/**
 * How firmly the pod's resources are promised (Kubernetes `qos.ComputePodQOS`): Guaranteed when every container has
 * equal requests and limits for cpu and memory, BestEffort when none names any, Burstable otherwise.
 */
export function qosClassOf(spec: PodSpec): PodQOSClass {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let [named, guaranteed] = [false, true];
  for (const { resources } of containers) {
    for (const resource of ['cpu', 'memory']) {
      const [request, limit] = [resources?.requests?.[resource], resources?.limits?.[resource]];
      if (request !== undefined || limit !== undefined) named = true;
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false;
    }
  }
  if (!named) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
