import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { configMapKind } from '../../kernel/kinds/configmap/type.ts';
import { encodeJson } from '../../kernel/meta/json.ts';
import type { ApiRequest } from '../../kernel/ports/endpoint.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { bareKernelKinds } from './kinds.ts';
import type { Kernel } from './assemble.ts';
import { startTestKernel } from './testing/kernel.ts';

const { signal } = new AbortController();
const path = '/apis/kernel.planform.dev/v1alpha1/transactions';

async function open(): Promise<Kernel> {
  const { kernel } = await startTestKernel(new MemoryDisk(), bareKernelKinds, () => ({
    authenticators: [
      {
        authenticate: ({ bearerToken }) => ({
          name: bearerToken ?? '',
          groups: ['system:authenticated', ...(bearerToken === 'root' ? ['system:masters'] : [])],
        }),
      },
    ],
  }));
  return kernel;
}

interface Answer {
  readonly code: number;
  readonly body: Record<string, never> & {
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
    readonly status: {
      readonly items: readonly { readonly result: string }[];
      readonly firstRevision?: string;
      readonly lastRevision?: string;
    };
  };
}

async function post(kernel: Kernel, spec: object, bearerToken = 'root', query = ''): Promise<Answer> {
  const bytes = encodeJson({ apiVersion: 'kernel.planform.dev/v1alpha1', kind: 'Transaction', spec });
  const request: ApiRequest = {
    method: 'POST',
    path,
    query: new URLSearchParams(query),
    headers: { 'content-type': 'application/json', 'planform-change-reason': 'CHG-7' },
    credentials: { bearerToken },
    readBody: async () => bytes,
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  };
  const { status, body } = await kernel.handler.handle(request);
  return { code: status, body: JSON.parse(Buffer.from(body as Uint8Array).toString('utf8')) as Answer['body'] };
}

const configMap = (name: string, data: object = {}, namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

test('a Transaction writes all of its items, at one revision range', async () => {
  const kernel = await open();
  await kernel
    .clientFor({ name: 'a', groups: ['system:masters'] })
    .create(configMapKind, { metadata: { name: 'old-settings', namespace: 'default' } }, {}, signal);
  const example = parse(
    readFileSync(new URL('../../kernel/kinds/transaction/example.yaml', import.meta.url), 'utf8'),
  ) as { spec: { items: { preconditions?: object }[] } };
  for (const item of example.spec.items) delete item.preconditions;
  const rehearsed = await post(kernel, example.spec, 'root', 'dryRun=All');
  assert.equal(rehearsed.body.status.firstRevision, undefined);
  const { code, body } = await post(kernel, example.spec);
  assert.equal(code, 201, String(body.message));
  assert.deepEqual(
    body.status.items.map(({ result }) => result),
    ['created', 'created', 'deleted'],
  );
  assert.equal(Number(body.status.lastRevision) - Number(body.status.firstRevision), 2);
  const target = {
    definition: configMapKind,
    version: 'v1',
    namespace: 'shop',
    name: 'settings',
    subresource: '',
  } as const;
  const context = {
    user: { name: 'a', groups: [] },
    requestId: '',
    receivedAtMs: 0,
    userAgent: '',
    signal,
    warn: () => undefined,
  };
  const { entries } = await kernel.registry.resources.history(context, target, 1);
  assert.deepEqual([entries[0]?.actor, entries[0]?.reason], ['root', 'CHG-7']);
  await kernel.close();
});

test('a Transaction may do what its user may do with each item alone', async () => {
  const kernel = await open();
  const create = { operation: 'Create', object: configMap('a') };
  const refused = await post(kernel, { items: [create] }, 'nobody');
  assert.equal(refused.code, 403);
  assert.match(
    refused.body.message ?? '',
    /item 0 .*User "nobody" cannot create resource "configmaps" in API group ""/,
  );
  assert.equal(refused.body.details?.causes?.[0]?.reason, 'Forbidden');
  await kernel.close();
});

test('a Transaction that makes no sense is refused with the place', async () => {
  const kernel = await open();
  const cases: readonly [object, number, RegExp][] = [
    [{}, 422, /spec\.items: Required value/],
    [{ items: [] }, 400, /at least one item/],
    [{ items: [{ operation: 'Burn' }] }, 422, /spec\.items\[0\]\.operation: Unsupported value: "Burn"/],
    [{ items: [{ operation: 'Create' }] }, 422, /spec\.items\[0\]\.object: Required value/],
    [{ items: [{ operation: 'Delete', object: configMap('a') }] }, 422, /spec\.items\[0\]\.object: Forbidden/],
    [{ items: [{ operation: 'Create', object: configMap('a'), force: true }] }, 422, /items\[0\]\.force: Forbidden/],
    [
      { items: [{ operation: 'Create', object: configMap('a'), preconditions: {} }] },
      422,
      /items\[0\]\.preconditions: Forbidden/,
    ],
    [{ fieldValidation: 'Strict', item: [], items: [] }, 400, /strict decoding error: unknown field "spec.item"/],
    [
      { items: [{ operation: 'Create', object: { kind: 'Nothing', apiVersion: 'v9' } }] },
      400,
      /no matches for kind "Nothing" in version "v9"/,
    ],
    [{ items: [{ operation: 'Create', object: configMap('a', {}, '') }] }, 422, /namespace: Required value/],
    [
      { fieldValidation: 'Strict', items: [{ operation: 'Create', object: { ...configMap('a'), dat: 1 } }] },
      400,
      /item 0 .*unknown field "dat"/,
    ],
  ];
  for (const [spec, code, text] of cases) {
    const answer = await post(kernel, spec);
    assert.equal(answer.code, code, JSON.stringify(answer.body));
    assert.match(answer.body.message ?? '', text);
  }
  const group = 'example.com';
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: { group, names: { kind: 'Gadget', plural: 'gadgets' }, scope: 'Namespaced', versions: [] },
  };
  const gadget = { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g', namespace: 'default' } };
  const together = [definition, gadget].map((object) => ({ operation: 'Create', object }));
  const { code, body } = await post(kernel, { items: together });
  assert.equal(code, 400);
  assert.match(body.message ?? '', /its CustomResourceDefinition is item 0 of the same transaction/);
  await kernel.close();
});
