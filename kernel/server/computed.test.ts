import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { systemClock } from '../base/system-clock.ts';
import { handlerTransport } from '../client/http/handler-transport.ts';
import { readWhole } from '../client/http/transport.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { standardSchema } from '../schema/standard/standard.ts';
import { computedSubresource } from './computed.ts';
import { createHandler } from './handler.ts';
import { openIdDocuments } from './openid-documents.ts';
import { fakeCatalog, FakeResources } from './testing/fake-resources.ts';

const question = (scope: KindDefinition['scope'], plural: string): KindDefinition => ({
  group: 'authentication.k8s.io',
  kind: 'TokenRequest',
  plural,
  singular: plural,
  scope,
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('authentication/v1.TokenRequest'), columns: [] }],
  statusSubresource: false,
  history: 'none',
});

const echo = question('Namespaced', 'tokenrequests');
const handler = createHandler({
  resources: new FakeResources(),
  catalog: fakeCatalog(),
  authenticator: { authenticate: () => ({ name: 'admin', groups: [] }) },
  authorizer: { authorize: ({ verb }) => ({ verdict: verb === 'delete' ? 'noOpinion' : 'allow', reason: '' }) },
  subresources: [
    computedSubresource(
      {
        resource: 'widgets.test.planform.dev',
        subresource: 'token',
        definition: echo,
        create: async ({ body, namespace, user }, name) => ({
          ...body,
          status: { token: `${user.name} ${namespace}/${name}` },
        }),
      },
      systemClock,
    ),
  ],
  computed: [
    { definition: question('Cluster', 'everywheres'), create: async ({ namespace }) => ({ namespace }) },
    { definition: question('Namespaced', 'locals'), create: async ({ namespace }) => ({ namespace }) },
  ],
  paths: openIdDocuments({ issuer: 'https://issuer', keys: new Map(), address: () => 'https://here:1' }),
  clock: systemClock,
  random: seededRandom(1),
  logger: silentLogger,
  version: { product: '0.0.1', gitCommit: '', buildDate: '' },
  runtime: { name: 'node', platform: 'test' },
});

async function send(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const credentials = { bearerToken: 'x' };
  const transport = handlerTransport(handler, { credentials, clock: systemClock, random: seededRandom(2) });
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const { signal } = new AbortController();
  const response = await transport.request({ method, path, headers, body: bytes, signal });
  return { ...response, text: Buffer.from(await readWhole(response.body, 1e6)).toString() };
}

const token = '/apis/test.planform.dev/v1/namespaces/a/widgets/w/token';
const yaml = { 'content-type': 'application/yaml', accept: 'application/yaml' };

test('computedSubresource() takes an object and answers it, in the form the client wants', async () => {
  const answered = await send('POST', token, '{"spec":{"audiences":["x"]}}');
  assert.equal(answered.status, 201);
  assert.deepEqual(JSON.parse(answered.text), { spec: { audiences: ['x'] }, status: { token: 'admin a/w' } });
  assert.equal((await send('POST', token, 'spec: {}', yaml)).text, 'spec: {}\nstatus:\n  token: admin a/w\n');
  assert.equal((await send('GET', token)).status, 405);
  assert.equal((await send('POST', token, 'text')).status, 400);
  const { resources } = JSON.parse((await send('GET', '/apis/test.planform.dev/v1')).text) as {
    resources: readonly { name: string }[];
  };
  const shown = resources.find(({ name }) => name === 'widgets/token');
  const { group, version } = { group: 'authentication.k8s.io', version: 'v1' };
  assert.deepEqual(shown, {
    name: 'widgets/token',
    singularName: '',
    namespaced: true,
    kind: 'TokenRequest',
    group,
    version,
    verbs: ['create'],
  });
});

test('computed resources are served in their scope only', async () => {
  const root = '/apis/authentication.k8s.io/v1';
  const statusOf = async (path: string) => (await send('POST', `${root}${path}`, '{}')).status;
  assert.equal(await statusOf('/everywheres'), 201);
  assert.equal(await statusOf('/namespaces/a/everywheres'), 404);
  assert.equal(await statusOf('/namespaces/a/locals'), 201);
  assert.equal(await statusOf('/locals'), 404);
});

test('openIdDocuments() tell who issues tokens and where its keys are', async () => {
  const { status, headers, text } = await send('GET', '/.well-known/openid-configuration');
  assert.equal(status, 200);
  assert.equal(headers['cache-control'], 'public, max-age=3600');
  assert.equal((JSON.parse(text) as { jwks_uri: string }).jwks_uri, 'https://here:1/openid/v1/jwks');
  assert.equal((await send('GET', '/openid/v1/jwks')).text, '{"keys":[]}');
  assert.equal((await send('GET', '/openid/v1/jwks/more')).status, 404);
  assert.equal((await send('POST', '/openid/v1/jwks', '{}')).status, 405);
});
