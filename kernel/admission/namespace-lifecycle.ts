import { ApiError, NotFoundError } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin, PendingView } from '../ports/admission.ts';

/** Namespaces the server itself relies on; they cannot be deleted (kube-apiserver NamespaceLifecycle). */
const protectedNamespaces: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

const namespaces = 'namespaces';

/**
 * Objects are created only in namespaces that exist and are not terminating. Decided in the commit step, so that no
 * object can slip into a namespace while it is being deleted. Behaviour and texts of the Kubernetes plugin.
 */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: (attributes) => attributes.operation !== 'update',
  commit(_object, attributes, view) {
    if (attributes.operation === 'delete') refuseProtected(attributes);
    else if (attributes.definition.scope === 'Namespaced' && attributes.operation === 'create') {
      checkNamespace(attributes, view);
    }
  },
};

function refuseProtected({ definition, name }: AdmissionAttributes): void {
  if (definition.group !== '' || definition.plural !== namespaces || !protectedNamespaces.has(name)) return;
  throw new ApiError('Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`, {
    kind: namespaces,
    name,
  });
}

function checkNamespace({ definition, namespace, name }: AdmissionAttributes, view: PendingView): void {
  const found = view.get(namespaces, '', namespace);
  if (found === undefined) throw new NotFoundError({ resource: namespaces, namespace: '', name: namespace });
  if (!isTerminating(found)) return;
  const resource = formatResource(definition.plural, definition.group);
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new ApiError('Forbidden', `${resource} "${name}" is forbidden: ${why}`, {
    group: definition.group,
    kind: definition.plural,
    name,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

function isTerminating(namespace: KubeObject): boolean {
  return namespace.metadata.deletionTimestamp !== undefined;
}
