import type { Conversation, Sequence } from './conversation.ts';
import { gadgets, group } from './definitions.ts';

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const spec = (properties: object) => ({ type: 'object', properties: { spec: { type: 'object', properties } } });
const rule = (text: string, more: object = {}) => ({
  type: 'integer',
  'x-kubernetes-validations': [{ rule: text, ...more }],
});

/** Schemas of one field, each with something to say about it. */
const schemas: readonly object[] = [
  { a: {} },
  { a: { type: 'text' } },
  { a: { type: 'array' } },
  { a: { type: 'array', items: {} } },
  { a: { type: 'array', items: [{ type: 'string' }] } },
  { a: { type: 'object', additionalProperties: true } },
  { a: { type: 'object', additionalProperties: false } },
  { a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } } },
  { a: { type: 'string', default: 5 } },
  { a: { type: 'integer', minimum: 5, default: 1 } },
  { a: { type: 'string', nullable: true, default: null } },
  { a: { type: 'string', default: null } },
  { a: { type: 'object', default: { b: 1 } } },
  { a: { $ref: '#/x' } },
  { a: { type: 'string', pattern: '(' } },
  { a: { type: 'string', format: 'nonsense' } },
  { a: { type: 'array', items: { type: 'string' }, uniqueItems: true } },
  { a: { type: 'integer', 'x-kubernetes-int-or-string': true } },
  { a: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false } },
  { a: { type: 'string', 'x-kubernetes-preserve-unknown-fields': true } },
  { a: { type: 'object', 'x-kubernetes-embedded-resource': true } },
  { a: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'bag' } },
  { a: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'map' } },
  {
    a: {
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
  },
  {
    a: {
      type: 'array',
      items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['missing'],
    },
  },
  { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'set' } },
  { a: { type: 'string', 'x-kubernetes-map-type': 'atomic' } },
  { a: { type: 'object', 'x-kubernetes-map-type': 'other' } },
  { a: { anyOf: [{ type: 'string' }] } },
  { a: { type: 'integer', anyOf: [{ minimum: 1 }] } },
  { a: { type: 'object', allOf: [{ properties: { b: { type: 'string' } } }] } },
  { a: { type: 'object', not: { description: 'x' } } },
  { a: { type: 'string', enum: ['a', 'a'] } },
  { a: { type: 'string', enum: [] } },
  { a: { type: 'string', minLength: -1 } },
  { a: rule('self > 0') },
  { a: rule('self >') },
  { a: rule('self.b') },
  { a: rule('"text"') },
  { a: rule('oldSelf > 0') },
  { a: rule('') },
  { a: rule('self > 0', { message: ' ' }) },
  { a: rule('self > 0', { message: 'a\nb' }) },
  { a: rule('self > 0', { messageExpression: 'self' }) },
  { a: rule('self > 0', { messageExpression: '"a" +' }) },
  { a: rule('self > 0', { reason: 'Sometimes' }) },
  { a: rule('self > 0', { fieldPath: '.x' }) },
  { a: rule('self > 0', { optionalOldSelf: true }) },
  { a: rule('optionalOldSelf > 0') },
  { a: rule('undeclared > 0') },
  {
    a: {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, self.all(z, x + y == z)))' }],
    },
  },
  { a: { type: 'array', 'x-kubernetes-list-type': 'atomic', items: rule('self == oldSelf') } },
  { a: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.absent == 1' }] } },
  { a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self.matches("(")' }] } },
];

async function definitions(say: Conversation): Promise<void> {
  say.note('schemas');
  for (const properties of schemas)
    await say.post(`${path}?dryRun=All&fieldManager=m`, gadgets({ schema: spec(properties) }));
  for (const schema of [
    {},
    { type: 'string' },
    { type: 'object', nullable: true },
    {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
    },
    { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
    { type: 'object', properties: { apiVersion: { type: 'integer' } } },
    { type: 'object', properties: { spec: { type: 'object', unknown: 1 } } },
  ]) {
    await say.post(`${path}?dryRun=All`, gadgets({ schema }));
    await say.post(`${path}?dryRun=All&fieldValidation=Strict`, gadgets({ schema }));
  }
  say.note('the definition itself');
  const wrong: readonly object[] = [
    { group: 'other.example.com' },
    { group: '' },
    { group: 'UP' },
    { scope: 'Galaxy' },
    { scope: undefined },
    { versions: [] },
    { versions: undefined },
    { names: { plural: 'Gadgets', kind: 'Gadget' } },
    { names: { plural: 'gadgets' } },
    { names: { plural: 'gadgets', kind: 'gadget' } },
    { names: { plural: 'gadgets', kind: 'G_d' } },
    { names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['UP'] } },
    { names: { plural: 'gadgets', kind: 'Gadget', categories: ['a b'] } },
    { names: { plural: 'gadgets', kind: 'Gadget', listKind: 'Gadget' } },
    { preserveUnknownFields: true },
    { preserveUnknownFields: false },
    { conversion: { strategy: 'Magic' } },
    { conversion: { strategy: 'Webhook' } },
    { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: {} } } },
    {
      conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: [], clientConfig: { url: 'http://x' } } },
    },
    { conversion: { strategy: 'None', webhook: { conversionReviewVersions: ['v1'] } } },
  ];
  for (const one of wrong) await say.post(`${path}?dryRun=All`, gadgets({ spec: one }));
  const versions: readonly object[] = [
    { storage: false },
    { served: false },
    { name: 'V1' },
    { name: '' },
    { schema: undefined },
    { schema: {} },
    { deprecationWarning: 'x' },
    { deprecated: true, deprecationWarning: 'x'.repeat(300) },
    { subresources: { scale: {} } },
    { subresources: { scale: { specReplicasPath: 'spec.a', statusReplicasPath: '.status.a' } } },
    { subresources: { scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.spec.a' } } },
    {
      subresources: {
        scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a', labelSelectorPath: '.x' },
      },
    },
    { additionalPrinterColumns: [{ name: '', type: 'text', jsonPath: '' }] },
    { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: 'spec' }] },
    { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec[' }] },
    { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec', format: 'x', priority: -1 }] },
    { selectableFields: [{ jsonPath: '' }] },
    { selectableFields: [{ jsonPath: '.spec' }] },
    { selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.a' }] },
    { selectableFields: [{ jsonPath: '.spec.none' }] },
    { selectableFields: [{ jsonPath: '.metadata.name' }] },
    { selectableFields: [{ jsonPath: '.spec.a[0]' }] },
  ];
  for (const one of versions) await say.post(`${path}?dryRun=All`, gadgets({ version: one }));
  await say.post(`${path}?dryRun=All`, { ...gadgets(), metadata: { name: 'wrong' } });
  await say.post(`${path}?dryRun=All`, { ...gadgets(), metadata: { name: `gadgets.${group}`, finalizers: ['x'] } });
  await say.post(path, { ...gadgets(), spec: undefined });
  await say.post(path, { ...gadgets(), apiVersion: 'apiextensions.k8s.io/v1beta1' });
}

async function lifecycle(say: Conversation): Promise<void> {
  const one = `${path}/gadgets.${group}`;
  await say.get(one);
  await say.post(path, gadgets());
  await say.post(path, gadgets());
  await untilEstablished(say, one);
  await say.get(one);
  await say.get(one, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const objects = `/apis/${group}/v1/namespaces/default/gadgets`;
  const gadget = (name: string, more: object) => ({
    apiVersion: `${group}/v1`,
    kind: 'Gadget',
    metadata: { name },
    ...more,
  });
  await say.post(objects, gadget('first', { spec: { a: 1, b: 2 } }));
  say.note('what may not change');
  await say.put(one, gadgets());
  await say.merge(one, { spec: { scope: 'Cluster' } });
  await say.merge(one, { spec: { group: 'x.example.com' } });
  await say.merge(one, { spec: { names: { plural: 'others' } } });
  await say.merge(one, { spec: { versions: [] } });
  await say.merge(`${one}/status`, { status: { storedVersions: [] } });
  await say.strategic(one, { metadata: { labels: { a: 'b' } } });
  await say.merge(`${one}?dryRun=All`, { metadata: { annotations: { 'api-approved.kubernetes.io': 'x' } } });
  say.note('ratcheting');
  await say.put(`${objects}/first`, gadget('first', {}));
  await say.merge(one, {
    spec: {
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: spec({ a: { type: 'integer', minimum: 5 }, c: { type: 'string', default: 'see' } }),
          },
        },
      ],
    },
  });
  await say.until(`${objects}/first`, (json) => (json['spec'] as { c?: string } | undefined)?.c === 'see');
  await say.get(`${objects}/first`);
  await say.merge(`${objects}/first`, { spec: { c: 'changed' } });
  await say.merge(`${objects}/first`, { spec: { a: 2 } });
  await say.post(objects, gadget('second', { spec: { a: 1 } }));
  say.note('the end');
  await say.remove(one);
  await say.until(one, (_, status) => status === 404);
  await say.get(one);
  await say.get(objects);
}

async function untilEstablished(say: Conversation, one: string): Promise<void> {
  await say.until(one, (json) => {
    const { conditions = [] } = (json['status'] ?? {}) as { conditions?: readonly { type: string; status: string }[] };
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  });
  await say.until(`/apis/${group}/v1/namespaces/default/gadgets`, (_, status) => status === 200);
}

/** Sequences about definitions by name. */
export const custom: Readonly<Record<string, Sequence>> = { definitions, lifecycle };
