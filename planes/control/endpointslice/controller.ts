import { type ControllerDefinition, ownerOf, type View, watching } from '../../../kernel/controller/controller.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Pod, Service } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { serviceKind } from '../service/type.ts';
import { hasLabels } from '../workload/selector.ts';
import { nameOf } from '../workload/watch.ts';
import { reconcileSlices } from './reconcile.ts';
import { endpointSliceKind } from './type.ts';

/** Keeps EndpointSlices, for tools that read them instead of Endpoints; our own proxy reads Endpoints. */
export const endpointSliceController: ControllerDefinition<Service> = {
  name: 'endpointslice',
  kind: serviceKind,
  rules: [{ verbs: ['create', 'patch', 'delete'], groups: ['discovery.k8s.io'], resources: ['endpointslices'] }],
  watches: [watching(podKind, selectingServices), watching(endpointSliceKind, ownerOf(serviceKind))],
  concurrency: 1,
  reconcile: reconcileSlices,
};

function selectingServices({ metadata: { namespace, labels } }: Pod, view: View): readonly ObjectName[] {
  return view
    .list(serviceKind, namespace)
    .filter(({ spec }) => hasLabels(spec?.selector, labels))
    .map(nameOf);
}
