import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, formatFieldError, InvalidError } from '../../meta/errors.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { admitCustomResourceDefinition } from './admit.ts';
import { checkConversion } from './check-conversion.ts';
import { customResourceDefinitionKind } from './type.ts';
import { openWorld, type World } from '../../registry/testing/world.ts';
import type { ResourceTarget } from '../../ports/resources.ts';
import { body } from '../../registry/testing/world.ts';

type Spec = CustomResourceDefinition['spec'];

// Kubernetes: apiextensions-apiserver pkg/apis/apiextensions/validation, validateCustomResourceConversion.
test('checkConversion() holds webhooks to their rules', () => {
  const url = 'https://example.com/convert';
  const webhook = (config: object | undefined, versions: readonly string[] = ['v1']) => ({
    strategy: 'Webhook',
    webhook: { ...(config === undefined ? {} : { clientConfig: config }), conversionReviewVersions: versions },
  });
  const at = 'spec.conversion';
  const cases: readonly [Spec['conversion'], readonly string[]][] = [
    [undefined, []],
    [{ strategy: 'None' }, []],
    [webhook({ url }, ['v2', 'v1beta1']), []],
    [{ strategy: 'Odd' }, [`${at}.strategy: Unsupported value: "Odd": supported values: "None", "Webhook"`]],
    [
      { ...webhook({ url }), strategy: 'None' },
      [
        `${at}.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook`,
        `${at}.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook`,
      ],
    ],
    [
      { strategy: 'Webhook' },
      [
        `${at}.webhookClientConfig: Required value: required when strategy is set to Webhook`,
        `${at}.conversionReviewVersions: Required value`,
      ],
    ],
    [webhook({}), [`${at}.webhookClientConfig: Required value: exactly one of url or service is required`]],
    [
      webhook({ url }, ['v2', 'v2']),
      [
        `${at}.conversionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${at}.conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
      ],
    ],
  ];
  for (const [conversion, texts] of cases) {
    assert.deepEqual(checkConversion(conversion).map(formatFieldError), texts);
  }
});

const definition = (versions: readonly object[]) => ({
  metadata: { name: 'routes.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'routes', kind: 'Route' },
    versions: versions.map((version) => ({
      served: true,
      storage: false,
      schema: { openAPIV3Schema: { type: 'object' } },
      ...version,
    })),
  },
});

const at = (subresource: ResourceTarget['subresource'] = ''): ResourceTarget => ({
  definition: customResourceDefinitionKind,
  version: 'v1',
  namespace: '',
  name: 'routes.example.com',
  subresource,
});

async function patch(world: World, change: object, subresource: ResourceTarget['subresource'] = '') {
  const merge = { type: 'merge', body: change } as const;
  const { object } = await world.registry.resources.patch(world.context(), at(subresource), merge, {});
  return object.parsed() as CustomResourceDefinition;
}

// Kubernetes: ValidateUpdateCustomResourceDefinition; versions go from the spec only after they went from storedVersions.
test('storedVersions gains by the spec and loses by the status', async () => {
  const world = await openWorld({ kinds: [customResourceDefinitionKind] });
  const { resources } = world.registry;
  await resources.create(world.context(), { ...at(), name: '' }, body(definition([{ name: 'v1', storage: true }])), {});
  const both = definition([{ name: 'v1' }, { name: 'v2', storage: true }]).spec;
  const changed = await patch(world, { spec: both });
  assert.deepEqual(changed.status?.storedVersions, ['v1', 'v2']);
  const without = { spec: definition([{ name: 'v2', storage: true }]).spec };
  await assert.rejects(patch(world, without), (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.deepEqual(
      error.errors.map(({ path }) => path),
      ['status.storedVersions[0]'],
    );
    assert.match(error.message, /v1 was previously a storage version, and must remain in spec\.versions until/);
    return true;
  });
  await patch(world, { status: { storedVersions: ['v2'] } }); // status is not written by the spec
  await assert.rejects(patch(world, without), ApiError);
  const migrated = await patch(world, { status: { storedVersions: ['v2'] } }, 'status');
  assert.deepEqual(migrated.status?.storedVersions, ['v2']);
  assert.deepEqual((await patch(world, without)).spec.versions.length, 1);
});

test('accepted names of a status are names', async () => {
  const crd = { ...definition([]), status: { acceptedNames: { plural: 'A', kind: 'K', listKind: 'K' } } };
  const errors = await admitCustomResourceDefinition.validate?.(crd as never, undefined, {
    operation: 'update',
    subresource: 'status',
    nowMs: 0,
  });
  assert.deepEqual(
    errors?.map(({ path }) => path),
    ['status.acceptedNames.plural', 'status.acceptedNames.listKind'],
  );
});
