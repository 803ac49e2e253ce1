import { type ControllerDefinition, type View, watching } from '../../../kernel/controller/controller.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { nodeKind } from '../node/type.ts';
import { podKind } from '../pod/type.ts';
import { isPodEnded, isPodTerminating } from '../workload/pod-state.ts';
import { nameOf } from '../workload/watch.ts';
import { schedulePod } from './reconcile.ts';

/** Binds pods to nodes, one at a time, so that each sees what the one before took. */
export const schedulerController: ControllerDefinition<Pod> = {
  name: 'scheduler',
  kind: podKind,
  rules: [{ verbs: ['patch'], groups: [''], resources: ['pods/binding'] }],
  watches: [
    watching(nodeKind, (_node, view) => unboundPods(view)),
    // A pod that ends or goes leaves room for others.
    watching(podKind, (pod, view) => (isPodEnded(pod) || isPodTerminating(pod) ? unboundPods(view) : [])),
  ],
  concurrency: 1,
  reconcile: schedulePod,
};

function unboundPods(view: View): readonly ObjectName[] {
  return view
    .list(podKind)
    .filter((pod: Pod) => (pod.spec?.nodeName ?? '') === '' && !isPodTerminating(pod))
    .map(nameOf);
}
