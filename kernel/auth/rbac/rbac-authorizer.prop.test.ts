import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AuthorizationAttributes } from '../../ports/auth.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../schema/standard/types.ts';
import { asUserRules, missingRules } from './covers.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';

/** All roles and bindings by `namespace/name`; the naive evaluator looks at every one of them. */
interface World {
  readonly roles: Map<string, Role | ClusterRole>;
  readonly bindings: Map<string, RoleBinding | ClusterRoleBinding>;
}

/** Kubernetes: `VisitRulesFor` and `RuleAllows`, written down as plainly as possible. */
function naivelyAllowed({ roles, bindings }: World, asked: AuthorizationAttributes): boolean {
  for (const { metadata, roleRef, subjects = [] } of bindings.values()) {
    const { namespace = '' } = metadata;
    if (namespace !== '' && (namespace !== asked.namespace || asked.path !== undefined)) continue;
    if (!subjects.some((subject) => isSubject(subject, namespace, asked))) continue;
    const role = roles.get(`${roleRef.kind === 'ClusterRole' ? '' : namespace}/${roleRef.name}`);
    if (role?.rules?.some((rule) => naivelyAllows(rule, asked)) === true) return true;
  }
  return false;
}

function isSubject({ kind, name, namespace = '' }: Subject, home: string, { user }: AuthorizationAttributes): boolean {
  if (kind === 'Group') return user.groups.includes(name);
  if (kind === 'User') return user.name === name;
  return user.name === `system:serviceaccount:${namespace === '' ? home : namespace}:${name}`;
}

function naivelyAllows(rule: PolicyRule, asked: AuthorizationAttributes): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const has = (list: readonly string[], value: string) => list.includes('*') || list.includes(value);
  if (!has(verbs, asked.verb)) return false;
  const { path, subresource } = asked;
  if (path !== undefined) {
    return nonResourceURLs.some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
  }
  const whole = subresource === '' ? asked.resource : `${asked.resource}/${subresource}`;
  const matches = has(resources, whole) || (subresource !== '' && resources.includes(`*/${subresource}`));
  return has(apiGroups, asked.group) && matches && (resourceNames.length === 0 || resourceNames.includes(asked.name));
}

const namespaces = ['', 'a', 'b'];
const names = ['one', 'two', 'three'];
const some = (values: readonly string[]) => fc.subarray([...values], { minLength: 1 });

const ruleArbitrary: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some(['get', 'list', '*']),
    apiGroups: some(['', 'apps', '*']),
    resources: some(['pods', 'pods/log', '*/scale', 'deployments/scale', '*']),
    resourceNames: fc.subarray(['one', 'two']),
  }),
  fc.record({ verbs: some(['get', 'post', '*']), nonResourceURLs: some(['/metrics', '/api*', '/healthz/*', '*']) }),
);

const subjectArbitrary: fc.Arbitrary<Subject> = fc.record({
  kind: fc.constantFrom('User', 'Group', 'ServiceAccount'),
  name: fc.constantFrom(...names),
  namespace: fc.constantFrom('a', 'b', ''),
});

type Step =
  | { readonly do: 'putRole'; readonly namespace: string; readonly name: string; readonly rules: PolicyRule[] }
  | { readonly do: 'removeRole' | 'removeBinding'; readonly namespace: string; readonly name: string }
  | {
      readonly do: 'putBinding';
      readonly namespace: string;
      readonly name: string;
      readonly subjects: Subject[];
      readonly role: { readonly kind: string; readonly name: string };
    };

const place = { namespace: fc.constantFrom(...namespaces), name: fc.constantFrom(...names) };
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('putRole' as const), ...place, rules: fc.array(ruleArbitrary, { maxLength: 3 }) }),
  fc.record({
    do: fc.constant('putBinding' as const),
    ...place,
    subjects: fc.array(subjectArbitrary, { maxLength: 3 }),
    role: fc.record({ kind: fc.constantFrom('Role', 'ClusterRole'), name: fc.constantFrom(...names) }),
  }),
  fc.record({ do: fc.constantFrom('removeRole' as const, 'removeBinding' as const), ...place }),
);

const askedArbitrary: fc.Arbitrary<AuthorizationAttributes> = fc
  .record({
    user: fc.record({
      name: fc.constantFrom('one', 'two', 'system:serviceaccount:a:one', 'system:serviceaccount:b:two'),
      groups: fc.subarray([...names]),
    }),
    verb: fc.constantFrom('get', 'list', 'delete', 'post'),
    group: fc.constantFrom('', 'apps', 'batch'),
    resource: fc.constantFrom('pods', 'deployments', 'jobs'),
    subresource: fc.constantFrom('', 'log', 'scale'),
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom('', 'one', 'two'),
    path: fc.constantFrom(undefined, undefined, '/metrics', '/api/v1', '/healthz/ping'),
  })
  .map(({ path, ...asked }) => (path === undefined ? asked : { ...asked, path, namespace: '' }));

function perform(step: Step, world: World, rbac: RbacAuthorizer): void {
  const { namespace, name } = step;
  const key = `${namespace}/${name}`;
  const metadata = {
    name,
    uid: key,
    resourceVersion: '1',
    creationTimestamp: '',
    ...(namespace === '' ? {} : { namespace }),
  };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  switch (step.do) {
    case 'putRole': {
      const role = { apiVersion, kind: namespace === '' ? 'ClusterRole' : 'Role', metadata, rules: step.rules };
      world.roles.set(key, role);
      return rbac.putRole(role);
    }
    case 'putBinding': {
      // A ClusterRoleBinding names a ClusterRole.
      const kind = namespace === '' ? 'ClusterRole' : step.role.kind;
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', ...step.role, kind };
      const subjects = step.subjects.filter(
        (s) => namespace !== '' || s.kind !== 'ServiceAccount' || s.namespace !== '',
      );
      const binding = { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects };
      world.bindings.set(key, binding);
      return rbac.putBinding(binding);
    }
    case 'removeRole':
      world.roles.delete(key);
      return rbac.removeRole(namespace, name);
    case 'removeBinding':
      world.bindings.delete(key);
      return rbac.removeBinding(namespace, name);
  }
}

test('RbacAuthorizer decides as a naive evaluation of all roles and bindings, after every change', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(stepArbitrary, fc.array(askedArbitrary, { minLength: 1, maxLength: 8 })), { maxLength: 30 }),
      (rounds) => {
        const world: World = { roles: new Map(), bindings: new Map() };
        const rbac = new RbacAuthorizer();
        for (const [step, questions] of rounds) {
          perform(step, world, rbac);
          for (const asked of questions) {
            const isAllowed = rbac.authorize(asked).verdict === 'allow';
            assert.equal(isAllowed, naivelyAllowed(world, asked), JSON.stringify(asked));
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('missingRules() finds nothing only where nothing more would be allowed', () => {
  const rules = fc.array(ruleArbitrary, { maxLength: 3 });
  fc.assert(
    fc.property(
      rules,
      rules,
      fc.array(askedArbitrary, { minLength: 20, maxLength: 40 }),
      (owned, wanted, questions) => {
        fc.pre(missingRules(asUserRules(owned), wanted).length === 0);
        for (const asked of questions) {
          const isGained = wanted.some((rule) => naivelyAllows(rule, asked));
          if (isGained)
            assert.ok(
              owned.some((rule) => naivelyAllows(rule, asked)),
              JSON.stringify({ owned, wanted, asked }),
            );
        }
      },
    ),
    { numRuns: 300 },
  );
});
