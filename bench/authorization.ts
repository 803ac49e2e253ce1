import { RbacAuthorizer } from '../kernel/auth/rbac/rbac-authorizer.ts';
import type { AuthorizationAttributes } from '../kernel/ports/auth.ts';
import { head, row } from './report.ts';
import { microsecondsOf } from './statistics.ts';

/** What one decision costs, by the number of Roles and RoleBindings, which are spread over as many namespaces as there are users. */

const rules = [
  { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods', 'pods/log', 'services'] },
  { verbs: ['get', 'list', 'watch', 'update'], apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments'] },
];
const rbacGroup = 'rbac.authorization.k8s.io';
const metadata = (name: string, namespace: string) => ({
  name,
  namespace,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '',
});

function authorizerOf(bindingCount: number): RbacAuthorizer {
  const rbac = new RbacAuthorizer();
  for (let index = 0; index < bindingCount; index++) {
    const place = metadata(`r${index}`, `n${index % 1_000}`);
    rbac.putRole({ apiVersion: 'v1', kind: 'Role', metadata: place, rules });
    const subjects = [
      { kind: 'User', apiGroup: rbacGroup, name: `u${index % 1_000}` },
      { kind: 'Group', apiGroup: rbacGroup, name: `g${index % 50}` },
    ];
    const roleRef = { apiGroup: rbacGroup, kind: 'Role', name: place.name };
    rbac.putBinding({ apiVersion: 'v1', kind: 'RoleBinding', metadata: place, roleRef, subjects });
  }
  return rbac;
}

const asked: AuthorizationAttributes = {
  user: { name: 'u7', groups: ['g7', 'system:authenticated'] },
  verb: 'get',
  group: '',
  resource: 'configmaps',
  subresource: '',
  namespace: 'n7',
  name: 'settings',
};

/** Prints the table. */
export function measureAuthorization(): void {
  head('Roles and RoleBindings', 'bindings of the user', 'allowed ns', 'refused ns');
  for (const count of [100, 10_000]) {
    const rbac = authorizerOf(count);
    const nanoseconds = (attributes: AuthorizationAttributes) =>
      Math.round(microsecondsOf(() => rbac.authorize(attributes)) * 1_000);
    // By name and by a group, all of them in the namespace.
    const own = 2 * Math.ceil(count / 1_000);
    row(`${count} each`, own, nanoseconds(asked), nanoseconds({ ...asked, resource: 'secrets' }));
  }
}
