import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import type { DecodedBody } from '../../kernel/ports/resources.ts';
import { openWorld, type World } from '../../kernel/registry/testing/world.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { bareKernelKinds } from './kinds.ts';

/** Kinds that are other forms of stored ones share the example of those. */
const kinds = [...kernelKinds, ...bareKernelKinds].filter(({ storedAs }) => storedAs === undefined);
const root = join(import.meta.dirname, '../..');

async function openKinds(): Promise<World> {
  const world = await openWorld();
  for (const kind of kinds) world.registry.catalog.add(kind);
  return world;
}

function exampleOf(kind: KindDefinition): object {
  const paths = ['planes/control', 'kernel/kinds'].map((folder) => join(root, folder, kind.singular, 'example.yaml'));
  const path = paths.find((candidate) => existsSync(candidate));
  assert.ok(path, `${kind.kind} has an example.yaml`);
  return parse(readFileSync(path, 'utf8')) as object;
}

function bodyOf(value: object): DecodedBody {
  return { value: structuredClone(value) as DecodedBody['value'], duplicateFields: [] };
}

test('every example is accepted as it stands, and again when it is sent back', async () => {
  const world = await openKinds();
  const { resources } = world.registry;
  const options = { fieldValidation: 'Strict' } as const;
  for (const kind of kinds) {
    const target = (name: string) => ({ ...world.at(name, '', kind), version: kind.storageVersion });
    const { object } = await resources.create(world.context(), target(''), bodyOf(exampleOf(kind)), options);
    const stored = object.parsed();
    assert.equal(stored.kind, kind.kind);
    const again = await resources.update(world.context(), target(stored.metadata.name), bodyOf(stored), options);
    assert.equal(again.object.revision, object.revision, `${kind.kind} is the same when it is sent back`);
  }
  assert.deepEqual(world.warnings, []);
});
