import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import type { ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { ownersOf } from '../workload/watch.ts';
import { reconcileReplicaSet } from './reconcile.ts';
import { replicaSetKind } from './type.ts';

/** Keeps the number of pods of every ReplicaSet. */
export const replicaSetController: ControllerDefinition<ReplicaSet> = {
  name: 'replicaset',
  kind: replicaSetKind,
  rules: [{ verbs: ['create', 'patch', 'delete'], groups: [''], resources: ['pods'] }],
  watches: [watching(podKind, ownersOf(replicaSetKind))],
  reconcile: reconcileReplicaSet,
};
