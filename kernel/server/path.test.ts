import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath, type ResourceRoute } from './path.ts';

const base: ResourceRoute = {
  kind: 'resource',
  group: '',
  version: 'v1',
  namespace: '',
  plural: '',
  name: '',
  subresource: '',
  rest: [],
};

test('parsePath() understands every path of the API', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['/', { kind: 'index' }],
    ['/api', { kind: 'coreVersions' }],
    ['/api/', { kind: 'coreVersions' }],
    ['/api/v1', { kind: 'groupVersion', group: '', version: 'v1' }],
    ['/apis', { kind: 'groups' }],
    ['/apis/apps', { kind: 'group', group: 'apps' }],
    ['/apis/apps/v1', { kind: 'groupVersion', group: 'apps', version: 'v1' }],
    ['/api/v1/pods', { ...base, plural: 'pods' }],
    ['/api/v1/nodes/n1', { ...base, plural: 'nodes', name: 'n1' }],
    ['/api/v1/namespaces', { ...base, plural: 'namespaces' }],
    ['/api/v1/namespaces/a', { ...base, plural: 'namespaces', name: 'a' }],
    ['/api/v1/namespaces/a/status', { ...base, plural: 'namespaces', name: 'a', subresource: 'status' }],
    ['/api/v1/namespaces/a/history', { ...base, plural: 'namespaces', name: 'a', subresource: 'history' }],
    ['/api/v1/namespaces/a/pods', { ...base, namespace: 'a', plural: 'pods' }],
    [
      '/api/v1/namespaces/a/pods/p/proxy/x/y',
      { ...base, namespace: 'a', plural: 'pods', name: 'p', subresource: 'proxy', rest: ['x', 'y'] },
    ],
    [
      '/apis/apps/v1/namespaces/a/deployments/d/scale',
      { ...base, group: 'apps', namespace: 'a', plural: 'deployments', name: 'd', subresource: 'scale' },
    ],
    ['/api/v1/nodes/n%2F1', { ...base, plural: 'nodes', name: 'n/1' }],
    ['/api/v1/watch/pods', { ...base, plural: 'pods', isWatch: true }],
    [
      '/apis/apps/v1/watch/namespaces/a/deployments/d',
      { ...base, group: 'apps', namespace: 'a', plural: 'deployments', name: 'd', isWatch: true },
    ],
    ['/api/v1/watch/watch/pods', { kind: 'unknown' }],
    ['/openapi/v2', { kind: 'openapiV2' }],
    ['/openapi/v3', { kind: 'openapiV3Index' }],
    ['/openapi/v3/api/v1', { kind: 'openapiV3', group: '', version: 'v1' }],
    ['/openapi/v3/apis/apps/v1', { kind: 'openapiV3', group: 'apps', version: 'v1' }],
    ['/version', { kind: 'version' }],
    ['/readyz', { kind: 'health', probe: 'readyz', check: '' }],
    ['/livez/store', { kind: 'health', probe: 'livez', check: 'store' }],
    ['/metrics', { kind: 'metrics' }],
    ['/nonsense', { kind: 'unknown' }],
    ['/openapi/v4', { kind: 'unknown' }],
    ['/api/v1/nodes/%zz', { kind: 'unknown' }],
    [`/${'x'.repeat(5_000)}`, { kind: 'unknown' }],
  ];
  for (const [path, want] of cases) assert.deepEqual(parsePath(path), want, path);
});
