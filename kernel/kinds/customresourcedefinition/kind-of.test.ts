import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf } from './kind-of.ts';
import { definitionOf } from './testing/definition.ts';

/** Kubernetes: definitions with columns that cannot be read are taken, and shown without them (`tableconvertor.New`). */
test('kindOf() leaves out columns from the first whose path cannot be read', () => {
  const column = (name: string, jsonPath: string) => ({ name, type: 'string', jsonPath });
  const columns = [column('A', '.spec.a'), column('B', '.spec['), column('C', '.spec.c')];
  const crd = definitionOf({ version: { additionalPrinterColumns: columns } });
  const [version] = kindOf(crd, crd.spec.names).versions;
  assert.deepEqual(
    version?.columns.map(({ name }) => name),
    ['A'],
  );
  assert.equal(version.addsAge, false);
});
