import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindDefinition } from '../../schema/kind.ts';
import { rolesOfKinds } from './roles-of-kinds.ts';

test('rolesOfKinds() gives people the namespaced kinds of planes, and no others', () => {
  const kind = (group: string, plural: string, more: Partial<KindDefinition> = {}) =>
    ({ group, plural, scope: 'Namespaced', ...more }) as KindDefinition;
  const kinds = [
    kind('apps', 'deployments'),
    kind('management.planform.dev', 'sites', { scope: 'Cluster' }),
    kind('management.planform.dev', 'keys', { confidential: true }),
  ];
  assert.deepEqual(rolesOfKinds(kinds), []);
  const [view, edit] = rolesOfKinds([...kinds, kind('application.planform.dev', 'applications')]);
  assert.deepEqual(
    view?.rules.map(({ verbs, resources }) => [verbs[0], resources]),
    [['get', ['applications', 'applications/explain', 'applications/history', 'applications/status']]],
  );
  assert.deepEqual(edit?.rules[0]?.resources, ['applications']);
});
