import { ApiError } from '../../../kernel/meta/errors.ts';
import { formatResource } from '../../../kernel/meta/key.ts';
import { type KubeObject, controllerOf } from '../../../kernel/meta/object.ts';
import type { AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { deliveriesGroup } from '../identity/users.ts';

/** Kinds whose objects come with every namespace, or by themselves. */
const ownWayKinds: ReadonlySet<string> = new Set([
  '/Event',
  '/Endpoints',
  '/ServiceAccount',
  'events.k8s.io/Event',
  'discovery.k8s.io/EndpointSlice',
  'coordination.k8s.io/Lease',
]);

/**
 * Refuses a hub the deletion of a namespace that holds anything of others. Decided in the commit step: an object that
 * arrives at the same moment either finds the namespace terminating, or keeps it.
 * @param kinds all kinds the site serves.
 */
export function namespaceGuard(kinds: readonly KindDefinition[]): AdmissionPlugin {
  const content = kinds.filter(
    ({ scope, group, kind }) => scope === 'Namespaced' && !ownWayKinds.has(`${group}/${kind}`),
  );
  return {
    name: 'DeliveredNamespaces',
    handles: ({ operation, definition, user }) =>
      operation === 'delete' &&
      definition.group === '' &&
      definition.kind === 'Namespace' &&
      user.groups.includes(deliveriesGroup),
    commit(_object, { name }, view) {
      for (const { plural, group, kind } of content) {
        for (const object of view.list(formatResource(plural, group), name)) {
          if (!holdsNamespace(object)) continue;
          const holder = `${kind} "${object.metadata.name}"`;
          throw new ApiError('Conflict', `Cannot delete namespace "${name}": ${holder} is in it`, {
            kind: 'namespaces',
            name,
          });
        }
      }
    },
  };
}

/** Objects that leave by themselves or with their owner, and what every namespace is given, hold none. */
function holdsNamespace({ metadata, ...object }: KubeObject): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined || controllerOf({ metadata, ...object }) !== undefined;
  return !isLeaving && metadata.name !== 'kube-root-ca.crt';
}
