import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotFoundError } from '../../meta/errors.ts';
import type { Client, KindLookup } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { serviceResolver } from './service-resolver.ts';

const { signal } = new AbortController();
const serviceKind = { group: '', kind: 'Service', plural: 'services' } as KindDefinition;

const services: Readonly<Record<string, object>> = {
  hook: { clusterIP: '10.0.0.7', ports: [{ port: 443 }, { port: 8443 }] },
  headless: { clusterIP: 'None', ports: [{ port: 443 }] },
  outside: { type: 'ExternalName', externalName: 'hook.example.com' },
};

const client = {
  get: async (_kind: KindDefinition, { name }: { readonly name: string }) => {
    const spec = services[name];
    if (spec === undefined) throw new NotFoundError({ resource: 'services', namespace: 'web', name });
    return { metadata: { name }, spec };
  },
} as Partial<Client> as Client;

const resolverOf = (kind: KindDefinition | undefined) =>
  serviceResolver(client, { findKind: () => kind } as Partial<KindLookup> as KindLookup);

test('serviceResolver() finds where a Service is', async () => {
  const resolve = resolverOf(serviceKind);
  const at = (name: string, port = 443) => resolve({ namespace: 'web', name, port }, signal);
  assert.deepEqual(await at('hook', 8443), { host: '10.0.0.7', port: 8443 });
  assert.deepEqual(await at('outside'), { host: 'hook.example.com', port: 443 });
  await assert.rejects(at('hook', 80), /^Error: no service port 80 found for service "hook"$/);
  await assert.rejects(at('headless'), /^Error: service "web\/headless" has no cluster IP$/);
  await assert.rejects(at('gone'), /^Error: services "gone" not found$/);
  const without = resolverOf(undefined)({ namespace: 'web', name: 'hook', port: 443 }, signal);
  await assert.rejects(without, /this server has no Services, use clientConfig\.url instead$/);
});
