import { GraphAuthorizer } from '../kernel/auth/graph/graph-authorizer.ts';
import { RbacAuthorizer } from '../kernel/auth/rbac/rbac-authorizer.ts';
import type { AuthorizationAttributes } from '../kernel/ports/auth.ts';
import { bundleKind } from '../planes/management/bundle/type.ts';
import { siteKind } from '../planes/management/site/type.ts';
import { workKind } from '../planes/management/work/type.ts';
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

/** Prints the tables. */
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
  measureGraph();
}

const worksPerSite = 5;
const bundleCount = 100;
const layersPerBundle = 20;

function digest(number: number): string {
  return `sha256:${number.toString(16).padStart(64, '0')}`;
}

function object(name: string, namespace: string, spec: object) {
  const parsed = { apiVersion: 'v1', kind: 'Any', metadata: metadata(name, namespace), spec };
  return { name, namespace, parsed: () => parsed };
}

function graphOf(siteCount: number): GraphAuthorizer {
  const graph = new GraphAuthorizer();
  for (let index = 0; index < bundleCount; index++) {
    const layers = Array.from({ length: layersPerBundle }, (_, layer) => ({
      digest: digest(1_000_000 + index * layersPerBundle + layer),
    }));
    const spec = { digest: digest(index), config: { digest: digest(500_000 + index) }, layers };
    graph.put(bundleKind, object(`b${index}`, 'default', spec));
  }
  for (let site = 0; site < siteCount; site++) {
    graph.put(siteKind, object(`s${site}`, '', { accepted: true }));
    for (let work = 0; work < worksPerSite; work++) {
      const number = (site + work) % bundleCount;
      const bundle = { digest: digest(number), namespace: 'default', name: `b${number}` };
      graph.put(workKind, object(`w${work}`, `site-s${site}`, { bundle }));
    }
  }
  return graph;
}

/** What a site's requests cost to decide, by the number of sites. */
function measureGraph(): void {
  head(`sites, ${worksPerSite} Works each`, 'right of a site ns', 'its right to a blob ns');
  for (const count of [100, 10_000]) {
    const graph = graphOf(count);
    const user = { name: 'system:planform:site:s7', groups: ['system:planform:sites', 'system:authenticated'] };
    const place = { group: 'management.planform.dev', resource: 'works', namespace: 'site-s7', name: 'w0' };
    const read = { user, verb: 'get', subresource: 'blobs', ...place };
    const work = { resource: 'works.management.planform.dev', namespace: 'site-s7', name: 'w0' };
    const [right, content] = [
      () => graph.authorize(read),
      () => graph.leadsTo(work, digest(1_000_000 + 7 * layersPerBundle)),
    ].map((decide) => Math.round(microsecondsOf(decide) * 1_000));
    row(String(count), right ?? 0, content ?? 0);
  }
}
