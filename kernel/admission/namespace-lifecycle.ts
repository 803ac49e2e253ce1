import { NotFoundError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin, PendingView } from '../ports/admission.ts';
import { forbidden } from '../meta/forbidden.ts';

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

function refuseProtected(attributes: AdmissionAttributes): void {
  const { definition, name } = attributes;
  if (definition.group !== '' || definition.plural !== namespaces || !protectedNamespaces.has(name)) return;
  throw forbidden(attributes, 'this namespace may not be deleted');
}

function checkNamespace(attributes: AdmissionAttributes, view: PendingView): void {
  const { namespace } = attributes;
  const found = view.get(namespaces, '', namespace);
  if (found === undefined) throw new NotFoundError({ resource: namespaces, namespace: '', name: namespace });
  if (!isTerminating(found)) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(attributes, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}

function isTerminating(namespace: KubeObject): boolean {
  return namespace.metadata.deletionTimestamp !== undefined;
}
