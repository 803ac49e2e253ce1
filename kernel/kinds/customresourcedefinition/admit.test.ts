import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { admitCustomResourceDefinition } from './admit.ts';
import { definitionOf } from './testing/definition.ts';

const update = { operation: 'update', subresource: '', nowMs: 0 } as const;

async function problems(crd: CustomResourceDefinition, old?: CustomResourceDefinition): Promise<readonly string[]> {
  return ((await admitCustomResourceDefinition.validate?.(crd, old, update)) ?? []).map(formatFieldError);
}

/** apiextensions `validateAPIApproval`, `validatePreserveUnknownFields`: what was there before is not refused. */
test('what a definition said before it had to say more may stay', async () => {
  const metadata = { name: 'things.x.k8s.io' };
  const community = definitionOf({ metadata, spec: { group: 'x.k8s.io' } });
  assert.equal((await problems(community)).length, 1);
  assert.match(
    (await problems(community))[0] ?? '',
    /^metadata.annotations\[api-approved.kubernetes.io\]: Required value/,
  );
  assert.deepEqual(await problems(community, community), []);
  const annotations = { 'api-approved.kubernetes.io': 'nobody' };
  const odd = definitionOf({ metadata: { ...metadata, annotations }, spec: { group: 'x.k8s.io' } });
  assert.match(
    (await problems(odd, community))[0] ?? '',
    /Invalid value: "nobody": protected groups must have approval/,
  );
  assert.deepEqual(await problems(odd, odd), []);
  const open = definitionOf({ spec: { preserveUnknownFields: true } });
  assert.match((await problems(open))[0] ?? '', /^spec.preserveUnknownFields: Invalid value: true: cannot set to true/);
  assert.deepEqual(await problems(open, open), []);
});

/** apiextensions `WarningsOnCreate`, `WarningsOnUpdate`: each format once, and only where it is new. */
test('formats that nothing is held to are warned of', () => {
  const withFormats = (...formats: readonly string[]) => {
    const fields = formats.map((format, index) => [`f${index}`, { type: 'string', format }]);
    const openAPIV3Schema = { type: 'object', properties: Object.fromEntries(fields) as object };
    return definitionOf({ version: { schema: { openAPIV3Schema } } });
  };
  const warnings = (crd: CustomResourceDefinition, old?: CustomResourceDefinition) =>
    admitCustomResourceDefinition.warn?.(crd, old, update);
  assert.deepEqual(
    warnings(withFormats('date-time', 'datetime', 'password', 'k8s-short-name', 'int32', 'nonsense', 'nonsense')),
    ['unrecognized format "int32"', 'unrecognized format "nonsense"'],
  );
  assert.deepEqual(warnings(withFormats('odd', 'new'), withFormats('odd')), ['unrecognized format "new"']);
});

test('a write of the status may take versions away, but not all of them', () => {
  const storedAfter = (storedVersions: readonly string[], subresource: 'status' | '') => {
    const old = definitionOf();
    const draft = structuredClone({ ...old, status: { ...old.status, storedVersions } }) as Record<string, unknown>;
    admitCustomResourceDefinition.mutate?.(draft, old, { ...update, subresource });
    return (draft['status'] as { readonly storedVersions: readonly string[] }).storedVersions;
  };
  assert.deepEqual(storedAfter(['v0'], 'status'), ['v0']);
  assert.deepEqual(storedAfter([], 'status'), ['v1']);
  assert.deepEqual(storedAfter(['v0'], ''), ['v0', 'v1']);
});
