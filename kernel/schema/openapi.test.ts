import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type Json, type JsonObject } from '../meta/object.ts';
import type { KindDefinition } from './kind.ts';
import { componentSchemas, definitionsV2, deleteOptionsName } from './openapi.ts';
import {
  any,
  array,
  conditions,
  integer,
  intOrString,
  mapOf,
  object,
  type ObjectSchema,
  required,
  string,
  time,
} from './schema.ts';
import { standardSchema } from './standard/standard.ts';

function kind(group: string, kind: string, schema: ObjectSchema): KindDefinition {
  const version = group.endsWith('planform.dev') ? 'v1alpha1' : 'v1';
  return {
    group,
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    scope: 'Namespaced',
    versions: [{ name: version, served: true, schema, columns: [] }],
    storageVersion: version,
    statusSubresource: true,
    history: 'spec',
  };
}

const deployment = kind('apps', 'Deployment', standardSchema('apps/v1.Deployment'));
const crd = kind(
  'apiextensions.k8s.io',
  'CustomResourceDefinition',
  standardSchema('apiextensions/v1.CustomResourceDefinition'),
);
const statefulSet = kind('apps', 'StatefulSet', standardSchema('apps/v1.StatefulSet'));
const site = kind(
  'management.planform.dev',
  'Site',
  object({
    spec: required(
      object({
        ports: array(object({ port: required(integer()) }), {
          listType: 'map',
          listMapKeys: ['port'],
          description: 'Ports.',
        }),
        share: intOrString({ pattern: '^\\d+%$' }),
        labels: mapOf(string()),
        since: time(),
        template: object({}, { embeddedResource: true, preserveUnknownFields: true }),
        extra: any(),
        limit: integer({ nullable: true, minimum: 1, default: 2 }),
      }),
    ),
    status: object({ conditions: conditions() }),
  }),
);

/** The value at `path`, whose parts may contain dots. */
function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((current, part) => (isJsonObject(current) ? current[part] : undefined), value);
}

function references(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isJsonObject(value)) return [];
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

const deploymentName = 'io.k8s.api.apps.v1.Deployment';
const podSpecName = 'io.k8s.api.core.v1.PodSpec';

test('componentSchemas() names standard kinds as upstream', () => {
  const { schemas, kindNames } = componentSchemas([deployment, site], 'apps', 'v1');
  assert.deepEqual([...kindNames], [['Deployment', deploymentName]]);
  assert.deepEqual(at(schemas, deploymentName, 'x-kubernetes-group-version-kind'), [
    { group: 'apps', kind: 'Deployment', version: 'v1' },
  ]);
  const spec = at(schemas, deploymentName, 'properties', 'spec');
  assert.deepEqual(references(spec), ['#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec']);
  const containers = at(schemas, podSpecName, 'properties', 'containers');
  assert.equal(at(containers, 'x-kubernetes-patch-merge-key'), 'name');
  assert.equal(at(containers, 'x-kubernetes-patch-strategy'), 'merge');
  assert.equal(at(containers, 'x-kubernetes-list-type'), 'map');
  assert.deepEqual(at(containers, 'x-kubernetes-list-map-keys'), ['name']);
  assert.deepEqual(at(schemas, podSpecName, 'required'), ['containers']);
  const strategy = at(schemas, 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'strategy');
  assert.equal(at(strategy, 'x-kubernetes-patch-strategy'), 'retainKeys');
  assert.deepEqual(at(strategy, 'default'), { type: 'RollingUpdate' });
  assert.equal(at(schemas, 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector', 'x-kubernetes-map-type'), 'atomic');
  assert.deepEqual(at(schemas, `${deploymentName}List`, 'required'), ['items']);
  assert.ok(schemas[deleteOptionsName]);
});

test('componentSchemas() describes every field of standard kinds, in the words of the place', () => {
  const { schemas } = componentSchemas([deployment, crd, statefulSet], 'apps', 'v1');
  const silent = Object.entries(schemas).flatMap(([name, schema]) =>
    Object.entries(at(schema, 'properties') ?? {})
      .filter(([, property]) => typeof at(property, 'description') !== 'string')
      .map(([field]) => `${name}.${field}`),
  );
  assert.deepEqual(silent, []);
  const template = at(schemas, 'io.k8s.api.apps.v1.DeploymentSpec', 'properties', 'template', 'description');
  assert.match(JSON.stringify(template), /rolled out/);
  assert.match(JSON.stringify(at(schemas, deploymentName, 'description')), /equal pods/);
  const own = object({ template: { ...standardSchema('core/v1.PodTemplateSpec'), description: 'Ours.' } });
  const kinds = componentSchemas(
    [kind('management.planform.dev', 'Fleet', own)],
    'management.planform.dev',
    'v1alpha1',
  );
  const fleet = at(kinds.schemas, 'dev.planform.management.v1alpha1.Fleet', 'properties');
  assert.equal(at(fleet, 'template', 'description'), 'Ours.');
});

test('componentSchemas() resolves every reference, also recursive ones', () => {
  const all = [deployment, statefulSet, crd, site];
  for (const [group, version] of [
    ['apps', 'v1'],
    ['apiextensions.k8s.io', 'v1'],
    ['management.planform.dev', 'v1alpha1'],
  ] as const) {
    const { schemas } = componentSchemas(all, group, version);
    for (const $ref of references(schemas)) assert.ok(schemas[$ref.replace('#/components/schemas/', '')], $ref);
  }
  const { schemas } = definitionsV2(all);
  for (const $ref of references(schemas)) assert.ok(schemas[$ref.replace('#/definitions/', '')], $ref);
});

test('componentSchemas() publishes own kinds like custom resources', () => {
  const { schemas, kindNames } = componentSchemas([site], 'management.planform.dev', 'v1alpha1');
  const name = 'dev.planform.management.v1alpha1.Site';
  assert.equal(kindNames.get('Site'), name);
  const spec = at(schemas, name, 'properties', 'spec', 'properties') as JsonObject;
  assert.deepEqual(at(schemas, name, 'required'), ['spec']);
  assert.deepEqual(spec['share'], { 'x-kubernetes-int-or-string': true, pattern: '^\\d+%$' });
  assert.deepEqual(spec['extra'], { 'x-kubernetes-preserve-unknown-fields': true });
  assert.deepEqual(spec['limit'], { type: 'integer', format: 'int64', minimum: 1, nullable: true, default: 2 });
  assert.equal(at(spec, 'template', 'x-kubernetes-embedded-resource'), true);
  assert.deepEqual(at(spec, 'template', 'required'), ['apiVersion', 'kind']);
  assert.equal(at(spec, 'ports', 'description'), 'Ports.');
  assert.deepEqual(at(spec, 'ports', 'items', 'required'), ['port']);
});

test('definitionsV2() shows nothing of a kind that takes any field', () => {
  // Kubernetes conformance: "works for CRD without validation schema"
  const open = kind('test.planform.dev', 'Open', object({ size: integer() }, { preserveUnknownFields: true }));
  const { schemas, kindNames } = definitionsV2([open]);
  const { 'x-kubernetes-group-version-kind': _, ...body } = at(schemas, [...kindNames.values()][0] ?? '') as JsonObject;
  assert.deepEqual(body, { type: 'object' });
});

test('definitionsV2() holds all groups, in the older dialect', () => {
  const { schemas, kindNames } = definitionsV2([deployment, site]);
  assert.deepEqual([...kindNames.keys()], ['apps/v1/Deployment', 'management.planform.dev/v1alpha1/Site']);
  assert.equal(
    at(schemas, deploymentName, 'properties', 'spec', '$ref'),
    '#/definitions/io.k8s.api.apps.v1.DeploymentSpec',
  );
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
    type: 'string',
    format: 'int-or-string',
  });
  const deleted = at(schemas, deleteOptionsName, 'x-kubernetes-group-version-kind');
  assert.ok(Array.isArray(deleted) && deleted.length === 2);
});

test('a whole kind inside another one keeps its own apiVersion and kind', () => {
  const { schemas } = componentSchemas([statefulSet], 'apps', 'v1');
  const claim = at(schemas, 'io.k8s.api.core.v1.PersistentVolumeClaim', 'properties');
  assert.deepEqual(Object.keys(claim ?? {}), ['kind', 'apiVersion', 'metadata', 'spec', 'status']);
});
