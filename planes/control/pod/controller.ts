import { type ControllerDefinition, type View, watching } from '../../../kernel/controller/controller.ts';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { secretKind } from '../../../kernel/kinds/secret/type.ts';
import { serviceAccountKind } from '../../../kernel/kinds/serviceaccount/type.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import { serviceKind } from '../service/type.ts';
import { nameOf } from '../workload/watch.ts';
import { reconcilePod } from './reconcile.ts';
import { refersTo } from './references.ts';
import { podKind } from './type.ts';

/** Runs the pods bound to the host of `keeper`. */
export function podController(keeper: PodKeeper): ControllerDefinition<Pod> {
  return {
    name: 'pod-runtime',
    kind: podKind,
    rules: [{ verbs: ['patch', 'delete'], groups: [''], resources: ['pods'] }],
    watches: [
      watching(configMapKind, referringPods('ConfigMap')),
      watching(secretKind, referringPods('Secret')),
      // Those whose token waits for their account.
      watching(serviceAccountKind, podsOfAccount),
      // Only read when a container starts: a changed Service restarts nothing.
      watching(serviceKind, () => []),
    ],
    concurrency: 8,
    run: ({ trigger }, signal) => keeper.run(trigger, signal),
    forget: ({ namespace = '', name }) => keeper.forget(`${namespace}/${name}`),
    reconcile: (pass) => reconcilePod(pass, keeper),
  };
}

function podsOfAccount({ metadata: { name, namespace } }: KubeObject, view: View): readonly ObjectName[] {
  return view
    .list(podKind, namespace)
    .filter(({ spec, status }) => spec?.serviceAccountName === name && status?.phase === 'Pending')
    .map(nameOf);
}

function referringPods(kind: 'ConfigMap' | 'Secret'): (object: KubeObject, view: View) => readonly ObjectName[] {
  return ({ metadata: { name, namespace } }, view) =>
    view
      .list(podKind, namespace)
      .filter((pod) => refersTo(pod, kind, name))
      .map(nameOf);
}
