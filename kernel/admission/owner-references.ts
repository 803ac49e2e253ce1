import { jsonEquals } from '../meta/json.ts';
import { type KubeObject, type OwnerReference, parseApiVersion } from '../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../ports/admission.ts';
import type { Authorizer } from '../ports/auth.ts';
import type { KindLookup } from '../ports/client.ts';
import { forbidden } from '../meta/forbidden.ts';

/** What the check asks. */
export interface OwnerReferencePorts {
  readonly authorizer: Authorizer;
  readonly kinds: Pick<KindLookup, 'findKind'>;
  /** Controllers of the server itself, whose owners are their own business. */
  readonly isTrusted: (user: string) => boolean;
}

/**
 * Whose garbage an object is can be changed by those who may delete it, and the deletion of an owner can be held up by
 * those who may set its finalizers (Kubernetes `OwnerReferencesPermissionEnforcement`, texts included).
 */
export function ownerReferencesPermissions(ports: OwnerReferencePorts): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, definition, subresource, user }) =>
      operation !== 'delete' &&
      !(definition.group === '' && definition.plural === 'pods' && subresource === 'status') &&
      !ports.isTrusted(user.name),
    async validate(object, attributes) {
      const { old } = attributes;
      const [owners, oldOwners] = [ownersOf(object), ownersOf(old)];
      if (jsonEquals(owners, oldOwners)) return;
      if (old !== undefined) requireDelete(attributes, ports);
      for (const owner of owners) if (isNewlyBlocking(owner, oldOwners)) requireFinalizers(owner, attributes, ports);
    },
  };
}

function ownersOf(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata.ownerReferences ?? [];
}

function isNewlyBlocking({ uid, blockOwnerDeletion }: OwnerReference, old: readonly OwnerReference[]): boolean {
  return blockOwnerDeletion === true && old.find((one) => one.uid === uid)?.blockOwnerDeletion !== true;
}

function requireDelete(attributes: AdmissionAttributes, { authorizer }: OwnerReferencePorts): void {
  const { user, definition, subresource, namespace, name } = attributes;
  const { group, plural: resource } = definition;
  const decision = authorizer.authorize({ user, verb: 'delete', group, resource, subresource, namespace, name });
  if (decision.verdict === 'allow') return;
  throw forbidden(attributes, `cannot set an ownerRef on a resource you can't delete: ${decision.reason}, <nil>`);
}

function requireFinalizers(owner: OwnerReference, attributes: AdmissionAttributes, ports: OwnerReferencePorts): void {
  const found = ports.kinds.findKind(owner.apiVersion, owner.kind);
  if (found === undefined) {
    const { group, version } = parseApiVersion(owner.apiVersion);
    const why = `no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`;
    const subject = `APIVersion ${group === '' ? version : owner.apiVersion} Kind ${owner.kind}`;
    throw forbidden(
      attributes,
      `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for ${subject}: ${why}`,
    );
  }
  const decision = ports.authorizer.authorize({
    user: attributes.user,
    verb: 'update',
    group: found.group,
    resource: found.plural,
    subresource: 'finalizers',
    namespace: found.scope === 'Namespaced' ? attributes.namespace : '',
    name: owner.name,
  });
  if (decision.verdict === 'allow') return;
  const what = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
  throw forbidden(attributes, `${what}: ${decision.reason}, <nil>`);
}
