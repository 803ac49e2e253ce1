import { type ControllerDefinition, ownerOf, type View, watching } from '../../../kernel/controller/controller.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Pod, Service } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { serviceKind } from '../service/type.ts';
import { hasLabels } from '../workload/selector.ts';
import { nameOf } from '../workload/watch.ts';
import { reconcileEndpoints } from './reconcile.ts';
import { endpointsKind } from './type.ts';

/** Keeps Endpoints: one pass per Service, brought about by its pods. */
export const endpointsController: ControllerDefinition<Service> = {
  name: 'endpoints',
  kind: serviceKind,
  rules: [{ verbs: ['create', 'patch'], groups: [''], resources: ['endpoints'] }],
  watches: [watching(podKind, selectingServices), watching(endpointsKind, ownerOf(serviceKind))],
  reconcile: reconcileEndpoints,
};

function selectingServices({ metadata: { namespace, labels } }: Pod, view: View): readonly ObjectName[] {
  return view
    .list(serviceKind, namespace)
    .filter(({ spec }) => hasLabels(spec?.selector, labels))
    .map(nameOf);
}
