import type { ControllerDefinition } from '../../controller/controller.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { reconcileNamespace } from './reconcile.ts';
import { namespaceKind } from './type.ts';

/** Deletes the contents of namespaces that are going away. */
export function namespaceController(kinds: KindLookup): ControllerDefinition<Namespace> {
  return {
    name: 'namespace',
    kind: namespaceKind,
    rules: [
      { verbs: ['get', 'list', 'delete'], groups: ['*'], resources: ['*'] },
      { verbs: ['patch'], groups: [''], resources: ['namespaces/finalize'] },
    ],
    reconcile: (pass) => reconcileNamespace(pass, kinds),
  };
}
