import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkContainerResourceName, checkQuotaResourceName, checkResourceName } from './resource-names.ts';

// Kubernetes: validateResourceName, validateContainerResourceName, ValidateResourceQuotaResourceName.
test('names of resources are those of Kubernetes or have a domain', () => {
  const cases = [
    { name: 'cpu', resource: 0, container: 0, quota: 0 },
    { name: 'example.com/gpu', resource: 0, container: 0, quota: 0 },
    { name: 'storage', resource: 0, container: 1, quota: 1 },
    { name: 'hugepages-2Mi', resource: 0, container: 0, quota: 0 },
    { name: 'requests.cpu', resource: 0, container: 1, quota: 0 },
    { name: 'nonsense', resource: 1, container: 2, quota: 2 },
    { name: 'a b', resource: 1, container: 2, quota: 2 },
  ];
  for (const { name, resource, container, quota } of cases) {
    assert.deepEqual(
      [checkResourceName, checkContainerResourceName, checkQuotaResourceName].map((check) => check(name).length),
      [resource, container, quota],
      name,
    );
  }
});
