import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { controllerReference } from '../workload/ownership.ts';
import { hasLabels } from '../workload/selector.ts';
import { nameOf } from '../workload/watch.ts';
import { planSubsets } from './plan.ts';
import { endpointsKind } from './type.ts';

/** Keeps the Endpoints of one Service as its pods are. Without a selector they are somebody else's business. */
export async function reconcileEndpoints(pass: Pass<Service>): Promise<Outcome> {
  const { object: service, view, client, signal } = pass;
  const { metadata, spec } = service;
  const isOurs = Object.keys(spec?.selector ?? {}).length > 0 && spec?.type !== 'ExternalName';
  if (!isOurs || metadata.deletionTimestamp !== undefined) return settled;
  const pods = view.list(podKind, metadata.namespace).filter((pod) => hasLabels(spec?.selector, pod.metadata.labels));
  const subsets = planSubsets(service, pods);
  const at = nameOf(service);
  const existing = view.get(endpointsKind, at);
  if (existing === undefined) {
    const labels = { ...metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
    const owned = { ...at, labels, ownerReferences: [controllerReference(service)] };
    await client.create(endpointsKind, { metadata: owned, subsets }, {}, signal);
  } else if (!jsonEquals(existing.subsets ?? [], subsets)) {
    const body = { metadata: { uid: existing.metadata.uid }, subsets };
    await client.patch(endpointsKind, at, { type: 'merge', body }, {}, signal);
  }
  return settled;
}
