import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import { formatApiVersion } from '../../kernel/meta/object.ts';
import type { DecodedBody } from '../../kernel/ports/resources.ts';
import { openWorld, type World } from '../../kernel/registry/testing/world.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { definitionsV2 } from '../../kernel/schema/openapi.ts';
import { messageNames } from '../../kernel/schema/standard/facts.ts';
import { definitionName, messageSchema } from '../../kernel/schema/standard/standard.ts';
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
  const ofEndpoints = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
  assert.deepEqual(new Set(world.warnings), new Set([ofEndpoints]), 'nothing else is warned of');
});

test('every field of every kind is explained', () => {
  const { schemas } = definitionsV2(kinds);
  const silent = Object.entries(schemas).flatMap(([name, schema]) =>
    Object.entries((schema as { properties?: Record<string, { description?: string }> }).properties ?? {})
      .filter(([, { description = '' }]) => description === '')
      .map(([field]) => `${name}.${field}`),
  );
  assert.deepEqual(silent, []);
});

/** One line of `testdata/api-resources.txt`. */
interface UpstreamResource {
  readonly text: string;
  readonly plural: string;
  readonly apiVersion: string;
  readonly reason: string | undefined;
}

function upstreamResources(): readonly UpstreamResource[] {
  const text = readFileSync(join(import.meta.dirname, 'testdata/api-resources.txt'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [resource = '', reason] = line.split(' ! ');
    const [plural = '', , apiVersion = ''] = resource.split(' ');
    return { text: resource, plural, apiVersion, reason };
  });
}

const list = (names: readonly string[] = []) => (names.length === 0 ? '-' : names.join(','));

/** A kind as a line of the file: in its preferred version. */
function lineOf(kind: KindDefinition): string {
  const { plural, shortNames, group, versions, scope, categories } = kind;
  const apiVersion = formatApiVersion(group, versions[0]?.name ?? '');
  const verbs = kind.deletesCollections === false ? 'create,delete,get,list,patch,update,watch' : 'all';
  return `${plural} ${list(shortNames)} ${apiVersion} ${scope === 'Namespaced'} ${kind.kind} ${verbs} ${list(categories)}`;
}

/** Groups that no Kubernetes has. */
const isOwnGroup = (group: string) => group.endsWith('.planform.dev');

test('a bare API server has what kube-apiserver has by default, or says why not', () => {
  const all = [...kernelKinds, ...bareKernelKinds].filter(({ group }) => !isOwnGroup(group));
  const upstream = upstreamResources();
  const stored = upstream.filter(({ text, reason }) => reason === undefined && !text.endsWith(' create -'));
  assert.deepEqual(all.map(lineOf).toSorted(), stored.map(({ text }) => text).toSorted());
  for (const { plural, reason } of upstream) assert.ok(reason === undefined || reason.length > 20, plural);
});

/** Kinds of fields.json that are not stored, and what becomes of them. */
const notStored: Readonly<Record<string, string>> = {
  'core/v1.Binding': 'a request: POST bindings, POST pods/binding',
  'core/v1.ComponentStatus': 'left out: see testdata/api-resources.txt',
  'core/v1.PodStatusResult': 'a form of Pods that no server has',
  'core/v1.RangeAllocation': 'what upstream keeps about addresses in its store; no resource',
  'policy/v1.Eviction': 'a request: POST pods/eviction',
  'autoscaling/v1.Scale': 'the subresource scale',
  'meta/v1.Status': 'an answer',
  'authentication/v1.TokenRequest': 'a request: POST serviceaccounts/token',
  'authentication/v1.TokenReview': 'a question, answered and not stored',
  'authentication/v1.SelfSubjectReview': 'a question, answered and not stored',
  'authorization/v1.SubjectAccessReview': 'a question, answered and not stored',
  'authorization/v1.SelfSubjectAccessReview': 'a question, answered and not stored',
  'authorization/v1.LocalSubjectAccessReview': 'a question, answered and not stored',
  'authorization/v1.SelfSubjectRulesReview': 'a question, answered and not stored',
};

test('no kind of fields.json is silently left out', () => {
  const served = new Set<string>();
  for (const { kind, versions } of [...kernelKinds, ...bareKernelKinds]) {
    for (const { schema } of versions) served.add(schema.definition ?? kind);
  }
  const isKind = (name: string) => {
    const { metadata, apiVersion } = messageSchema(name).properties;
    return metadata !== undefined && apiVersion !== undefined;
  };
  const missing = messageNames().filter((name) => isKind(name) && !served.has(definitionName(name)));
  assert.deepEqual(missing.toSorted(), Object.keys(notStored).toSorted());
});
