import { type ControllerDefinition, type View, watching } from '../../../kernel/controller/controller.ts';
import { controllerOf } from '../../../kernel/meta/object.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Deployment, Pod } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { replicaSetKind } from '../replicaset/type.ts';
import { ownersOf } from '../workload/watch.ts';
import { reconcileDeployment } from './reconcile.ts';
import { deploymentKind } from './type.ts';

const ownerOfSet = ownersOf(deploymentKind);

/** Rolls Deployments: looks at their ReplicaSets and at the pods of those. */
export const deploymentController: ControllerDefinition<Deployment> = {
  name: 'deployment',
  kind: deploymentKind,
  rules: [
    { verbs: ['get', 'create', 'patch', 'delete'], groups: ['apps'], resources: ['replicasets'] },
    { verbs: ['patch'], groups: ['apps'], resources: ['deployments'] },
  ],
  watches: [watching(replicaSetKind, ownerOfSet), watching(podKind, ownerOfPod)],
  reconcile: reconcileDeployment,
};

/** A pod belongs to the Deployment that controls its ReplicaSet. */
function ownerOfPod(pod: Pod, view: View): readonly ObjectName[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const set = view.get(replicaSetKind, { namespace: pod.metadata.namespace ?? '', name: owner.name });
  return set === undefined ? [] : ownerOfSet(set, view);
}
