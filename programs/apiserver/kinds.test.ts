import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import { openWorld, type World } from '../../kernel/registry/testing/world.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { bareKernelKinds } from './kinds.ts';

const kinds = [...kernelKinds, ...bareKernelKinds];
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

test('every example is accepted as it stands, and again when it is sent back', async () => {
  const world = await openKinds();
  for (const kind of kinds) {
    const { object } = await world.create(exampleOf(kind), { fieldValidation: 'Strict' }, kind);
    const stored = object.parsed() as KubeObject & Record<string, unknown>;
    assert.equal(stored.kind, kind.kind);
    const target = { ...world.at(stored.metadata.name, '', kind), version: kind.storageVersion };
    const body = { value: structuredClone(stored) as never, duplicateFields: [] };
    const again = await world.registry.resources.update(world.context(), target, body, { fieldValidation: 'Strict' });
    assert.equal(again.object.revision, object.revision, `${kind.kind} is the same when it is sent back`);
  }
  assert.deepEqual(world.warnings, []);
});
