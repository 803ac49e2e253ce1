import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomResourceDefinitionVersion } from '../../schema/standard/types.ts';
import { checkSharedParts, checkVersions } from './check-versions.ts';

const version = (name: string, type: string): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type } },
});
const pathsOf = (...versions: readonly CustomResourceDefinitionVersion[]) =>
  [...checkVersions(versions), ...checkSharedParts(versions)].map(({ path }) => path);

/** Kubernetes: definitions are checked in their internal form, where what all versions share stands in the spec. */
test('checkVersions() reports what all versions share once, where it stood before there were versions', () => {
  const shared = 'spec.validation.openAPIV3Schema.type';
  assert.deepEqual(pathsOf(version('v1', 'string')), [shared]);
  assert.deepEqual(pathsOf(version('v1', 'string'), version('v2', 'string')), [shared]);
  assert.deepEqual(pathsOf(version('v1', 'object'), version('v2', 'string')), [
    'spec.versions[1].schema.openAPIV3Schema.type',
  ]);
  assert.deepEqual(pathsOf({ ...version('V1', 'object'), storage: true }), ['spec.versions[0].name', 'spec.version']);
});
