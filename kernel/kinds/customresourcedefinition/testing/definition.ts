import type { CustomResourceDefinition } from '../../../schema/standard/types.ts';

/** A definition of `things.example.com` in one version, with parts of it replaced. */
export function definitionOf({
  metadata = {},
  spec = {},
  version = {},
}: {
  readonly metadata?: object;
  readonly spec?: object;
  readonly version?: object;
} = {}): CustomResourceDefinition {
  const openAPIV3Schema = { type: 'object' };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...version }];
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'things.example.com',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { group: 'example.com', names, scope: 'Namespaced', versions, ...spec },
    status: { acceptedNames: names, conditions: [], storedVersions: ['v1'] },
  };
}
