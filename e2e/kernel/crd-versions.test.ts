import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../kernel/meta/object.ts';
import { kubectlPath } from '../world.ts';
import { ConversionWebhook } from './conversion-webhook.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

const minor = 36;
const path = kubectlPath(minor);
const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;

/** `spec.host` and `spec.port` of v1 are `spec.address` of v2. */
function convertRoute(route: JsonObject, apiVersion: string): JsonObject {
  const { spec = {}, ...rest } = route as JsonObject & { readonly spec?: Readonly<Record<string, unknown>> };
  if (apiVersion.endsWith('/v2')) {
    return { ...rest, apiVersion, spec: { address: `${String(spec['host'])}:${Number(spec['port'])}` } };
  }
  const [host = '', port = '0'] = String(spec['address']).split(':');
  return { ...rest, apiVersion, spec: { host, port: Number(port) } };
}

const column = (name: string, jsonPath: string, type = 'string') => ({ name, type, jsonPath });
const schema = (properties: object) => ({
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties },
      status: { type: 'object', properties: { ready: { type: 'boolean' } } },
    },
  },
});

const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  deprecated: true,
  deprecationWarning: 'example.com/v1 Route is deprecated; use v2',
  schema: schema({
    host: { type: 'string', description: 'Name of the machine.' },
    port: { type: 'integer', description: 'Port from 1 to 65535.' },
  }),
  additionalPrinterColumns: [column('Host', '.spec.host'), column('Port', '.spec.port', 'integer')],
  selectableFields: [{ jsonPath: '.spec.host' }],
};
const v2 = {
  name: 'v2',
  served: true,
  storage: false,
  schema: schema({ address: { type: 'string', description: 'Host and port, with a colon between.' } }),
  subresources: { status: {} },
  additionalPrinterColumns: [column('Address', '.spec.address')],
};

const definition = ({ url, caBundle }: ConversionWebhook, versions: readonly object[] = [v1, v2]) =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'routes.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'routes', kind: 'Route', shortNames: ['rt'], categories: ['all'] },
      versions,
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ['v1'] },
      },
    },
  });

const route = (version: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: `example.com/${version}`, kind: 'Route', metadata: { name }, spec });

test('kubectl works with a custom kind in two versions and a real conversion webhook', {
  skip,
  timeout: 90_000,
}, async (t) => {
  await using webhook = await ConversionWebhook.start(convertRoute);
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = new Kubectl(path ?? '', hub);
  await k.ok('create -f -', definition(webhook));
  await k.ok('wait --for condition=established --timeout=10s crd/routes.example.com');

  await t.test('an object applied in the old version is read in the new one, and the other way round', async () => {
    const { code, stderr } = await k.run('apply -f -', route('v1', 'web', { host: 'a.example', port: 80 }));
    assert.deepEqual([code, stderr], [0, 'Warning: example.com/v1 Route is deprecated; use v2\n']);
    assert.equal(await k.field('routes.v2.example.com web', '.spec'), '{"address":"a.example:80"}');
    await k.ok('apply -f -', route('v2', 'db', { address: 'b.example:5432' }));
    assert.equal(await k.field('routes.v1.example.com db', '.spec'), '{"host":"b.example","port":5432}');
    assert.equal(
      await k.ok('apply -f -', route('v2', 'db', { address: 'b.example:5433' })),
      'route.example.com/db configured\n',
    );
    assert.equal(
      await k.ok('apply -f -', route('v2', 'db', { address: 'b.example:5433' })),
      'route.example.com/db unchanged\n',
    );
  });
  await t.test('each version has its columns, fields to select by, and texts', async () => {
    assert.equal(await k.table('get rt'), 'NAME ADDRESS\ndb b.example:5433\nweb a.example:80');
    assert.equal(await k.table('get routes.v1.example.com'), 'NAME HOST PORT\ndb b.example 5433\nweb a.example 80');
    assert.equal(
      await k.ok('get routes.v1.example.com --field-selector spec.host=b.example -o name'),
      'route.example.com/db\n',
    );
    assert.match(
      await k.refused('get routes.v2.example.com --field-selector spec.host=b.example'),
      /field label not supported: spec\.host/,
    );
    assert.match(plain(await k.ok('explain routes.spec')), /^ address\t<string>\n Host and port/m);
    assert.match(
      plain(await k.ok('explain routes.spec --api-version=example.com/v1')),
      /^ host\t<string>\n Name of the machine/m,
    );
  });
  await t.test('status is a subresource of the version that says so', async () => {
    const patch = (version: string) =>
      k.run([
        'patch',
        `routes.${version}.example.com`,
        'web',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"ready":true}}',
      ]);
    assert.notEqual((await patch('v1')).code, 0);
    assert.equal((await patch('v2')).code, 0);
  });
  await t.test('server-side apply conflicts across versions', async () => {
    const apply = (version: string, manager: string, spec: object) =>
      k.run(`apply --server-side --field-manager=${manager} -f -`, route(version, 'shared', spec));
    assert.equal((await apply('v1', 'old', { host: 'c.example', port: 1 })).code, 0);
    const { code, stderr } = await apply('v2', 'new', { address: 'd.example:1' });
    assert.notEqual(code, 0);
    assert.match(stderr, /conflict with "old": \.spec\.host/);
    assert.equal((await apply('v2', 'new', { address: 'c.example:1' })).code, 0);
  });
  await t.test('a watch tells of objects in its version', async () => {
    await using watching = k.start('get routes.v2.example.com web -w');
    await watching.shows(/web a\.example:80/);
    await k.ok(['patch', 'routes.v1.example.com', 'web', '--type=merge', '-p', '{"spec":{"port":81}}']);
    await watching.shows(/web a\.example:81/);
  });
  await t.test('a list asks the webhook once for many, and not at all in the stored version', async () => {
    for (let index = 0; index < 5; index++)
      await k.ok('create -f -', route('v1', `n${index}`, { host: 'n', port: index }));
    const before = webhook.reviews.length;
    await k.ok('get routes.v1.example.com');
    assert.equal(webhook.reviews.length, before);
    assert.equal((await k.ok('get routes.v2.example.com -o name')).split('\n').length - 1, 8);
    assert.deepEqual(webhook.reviews.slice(before), [5]);
  });
  await t.test('without its webhook the other version says why, and the stored one goes on', async () => {
    await k.ok('create -f -', route('v1', 'late', { host: 'l', port: 1 }));
    await webhook.close();
    assert.match(
      await k.refused('get routes.v2.example.com late'),
      /^Error from server: conversion webhook for example\.com\/v1, Kind=Route failed: Post "https:\/\/127\.0\.0\.1:\d+\/convert\?timeout=30s": .*ECONNREFUSED/,
    );
    assert.equal(await k.field('routes.v1.example.com late', '.spec.host'), 'l');
    await webhook.listen();
    assert.equal(await k.field('routes.v2.example.com late', '.spec.address'), 'l:1');
  });
  await t.test('stored objects are migrated and the old version goes, over a restart', async () => {
    const stored = () => k.field('crd routes.example.com', '.status.storedVersions');
    await k.ok(
      'apply --server-side --force-conflicts -f -',
      definition(webhook, [
        { ...v1, storage: false },
        { ...v2, storage: true },
      ]),
    );
    assert.equal(await stored(), '["v1","v2"]');
    await hub.stop('SIGKILL');
    await hub.start();
    assert.equal(await k.field('routes.v2.example.com web', '.spec.address'), 'a.example:81');
    await k.ok('replace -f -', await k.ok('get routes.v2.example.com -o json'));
    const patch = ['patch', 'crd', 'routes.example.com', '--type=merge', '-p'];
    const without = JSON.stringify({ spec: { versions: [{ ...v2, storage: true }] } });
    assert.match(await k.refused([...patch, without]), /v1 was previously a storage version/);
    await k.ok([...patch, '{"status":{"storedVersions":["v2"]}}', '--subresource=status']);
    await k.ok([...patch, without]);
    await webhook.close();
    assert.equal(await k.field('routes web', '.spec.address'), 'a.example:81');
    assert.match(
      await k.refused('get routes.v1.example.com'),
      /could not find the requested resource|doesn't have a resource type/,
    );
  });
});

test('kubectl sees Events of both groups, and HorizontalPodAutoscalers in both versions', {
  skip,
  timeout: 60_000,
}, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const k = new Kubectl(path ?? '', hub);
  await t.test('an event of events.k8s.io is one of core', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'web.started' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      type: 'Normal',
      reason: 'Started',
      action: 'Starting',
      note: 'The server started',
      reportingController: 'example.com/starter',
      reportingInstance: 'starter-1',
      regarding: { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'default' },
    };
    await k.ok('create -f -', JSON.stringify(event));
    const shown = 'LAST SEEN TYPE REASON OBJECT MESSAGE\nAGE Normal Started pod/web The server started';
    assert.equal(await k.table('get events'), shown);
    assert.equal(await k.table('get events.events.k8s.io'), shown);
    assert.match(await k.table('events'), /Normal Started Pod\/web The server started/);
    assert.equal(await k.field('event web.started', '.message'), 'The server started');
    assert.match(await k.table('events --for pod/web'), /The server started/);
    await k.ok('delete events.events.k8s.io web.started');
    assert.equal(await k.ok('get events'), '');
  });
  await t.test('an autoscaler made in v1 is there in v2', async () => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const autoscaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
    };
    await k.ok('create -f -', JSON.stringify(autoscaler));
    assert.equal(await k.field('hpa web', '.spec.metrics[0].resource.target.averageUtilization'), '70');
    assert.equal(
      await k.field('horizontalpodautoscalers.v1.autoscaling web', '.spec.targetCPUUtilizationPercentage'),
      '70',
    );
    assert.equal(await k.table('get horizontalpodautoscalers.v1.autoscaling'), await k.table('get hpa'));
  });
});
