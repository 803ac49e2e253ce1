import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigMap, Container, Pod, Secret, Service } from '../../../kernel/schema/standard/types.ts';
import { hostPortsAnnotation } from '../pod/type.ts';
import { commandOf, environmentOf, type PodInputs } from './environment.ts';
import { MissingInput } from './missing-input.ts';
import type { TokenSource } from './pod-tokens.ts';
import { volumeContentOf } from './volume-content.ts';

const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '',
});
const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta('settings'),
  data: { COLOR: 'blue', PORT: '1' },
};
const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: meta('token'), data: { key: 'czNjcjN0' } };
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('my-db'),
  spec: { clusterIP: '127.65.1.9', ports: [{ name: 'sql', port: 5432 }] },
};
const inputs: PodInputs = {
  getConfigMap: (name) => (name === 'settings' ? configMap : undefined),
  getSecret: (name) => (name === 'token' ? secret : undefined),
  listServices: () => [service],
};
const place = { nodeName: 'node', address: '127.0.0.1' };

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...meta('web-1'),
    labels: { app: 'web' },
    annotations: { [hostPortsAnnotation]: '{"web/http":20001,"web/9090":20002}' },
  },
  spec: { containers: [] },
};
const web = (change: Partial<Container>): Container => ({
  name: 'web',
  ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 9090 }],
  ...change,
});

test('environmentOf() puts everything together; what only the runtime knows wins', () => {
  const env = environmentOf(
    pod,
    web({
      envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'S_', secretRef: { name: 'token' } }],
      env: [
        { name: 'PORT', value: '8080' },
        { name: 'URL', value: 'http://$(HOST):$(PORT)/$(COLOR)?$(MISSING)' },
        { name: 'COLOR', value: 'red' },
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'key' } } },
        { name: 'OPTIONAL', valueFrom: { configMapKeyRef: { name: 'absent', key: 'x', optional: true } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      ],
      resources: { limits: { cpu: '1500m' } },
    }),
    inputs,
    place,
  );
  assert.deepEqual(env, {
    MY_DB_SERVICE_HOST: '127.65.1.9',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL: '5432',
    S_key: 's3cr3t',
    URL: 'http://127.0.0.1:20001/blue?$(MISSING)',
    COLOR: 'red',
    NAME: 'web-1',
    APP: 'web',
    TOKEN: 's3cr3t',
    CPU: '1500',
    HOST: '127.0.0.1',
    PORT: '20001',
    PORT_HTTP: '20001',
  });
});

test('environmentOf() and commandOf() say what is missing, as upstream words it', () => {
  const cases: readonly (readonly [change: Partial<Container>, message: string])[] = [
    [{ envFrom: [{ configMapRef: { name: 'absent' } }] }, 'configmap "absent" not found'],
    [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'absent', key: 'k' } } }] }, 'secret "absent" not found'],
    [
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      "couldn't find key k in ConfigMap default/settings",
    ],
    [
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.secret' } } }] },
      'unsupported fieldPath: spec.secret',
    ],
  ];
  for (const [change, message] of cases) {
    assert.throws(
      () => environmentOf(pod, web(change), inputs, place),
      (error) => error instanceof MissingInput && error.message === message,
    );
  }
  assert.throws(() => commandOf(web({ args: ['x'] }), {}), /^MissingInput: command is required/);
});

test('environmentOf() says where the API server is, whatever else a pod wants to know', () => {
  const api = { host: '127.0.0.1', port: 7444 };
  const env = environmentOf(
    { ...pod, spec: { ...pod.spec, containers: [], enableServiceLinks: false } },
    web({}),
    inputs,
    { ...place, api },
  );
  assert.deepEqual(
    ['HOST', 'PORT', 'PORT_HTTPS'].map((name) => env[`KUBERNETES_SERVICE_${name}`]),
    ['127.0.0.1', '7444', '7444'],
  );
});

test('commandOf() expands command and args', () => {
  assert.deepEqual(
    commandOf(web({ command: ['serve'], args: ['--port=$(PORT)', '$$(PORT)', '$(PLANFORM_ROOT)/x'] }), { PORT: '1' }),
    ['serve', '--port=1', '$(PORT)', '$(PLANFORM_ROOT)/x'],
  );
});

test('volumeContentOf() projects objects, and refuses what it cannot', async () => {
  const getToken = (volumeName: string, { audience = '', expirationSeconds }: TokenSource) =>
    Promise.resolve(`${volumeName} ${audience} ${expirationSeconds}`);
  const content = (volume: object) => volumeContentOf(pod, { name: 'v', ...volume }, { ...inputs, getToken }, place);
  const shown = async (volume: object) => {
    const { kind, ...rest } = await content(volume);
    return kind === 'files' && 'files' in rest
      ? rest.files.map(({ path, bytes, mode }) => `${path} ${mode.toString(8)} ${new TextDecoder().decode(bytes)}`)
      : kind;
  };
  assert.deepEqual(
    await shown({ configMap: { name: 'settings', items: [{ key: 'COLOR', path: 'a/color', mode: 0o400 }] } }),
    ['a/color 400 blue'],
  );
  assert.deepEqual(await shown({ secret: { secretName: 'token', defaultMode: 0o600 } }), ['key 600 s3cr3t']);
  assert.deepEqual(
    await shown({ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }),
    ['labels 644 app="web"'],
  );
  const sources = [{ configMap: { name: 'settings' } }, { secret: { name: 'token' } }];
  const serviceAccountToken = { audience: 'vault', expirationSeconds: 600, path: 'token' };
  const tokens = { defaultMode: 0o400, sources: [{ serviceAccountToken }] };
  assert.deepEqual(await shown({ projected: tokens }), ['token 400 v vault 600']);
  assert.deepEqual(await shown({ projected: { sources } }), ['COLOR 644 blue', 'PORT 644 1', 'key 644 s3cr3t']);
  assert.deepEqual(await shown({ configMap: { name: 'absent', optional: true } }), []);
  assert.equal(await shown({ emptyDir: {} }), 'scratch');
  const refused: readonly (readonly [object, string])[] = [
    [{ configMap: { name: 'absent' } }, 'MountVolume.SetUp failed for volume "v" : configmap "absent" not found'],
    [
      { secret: { secretName: 'token', items: [{ key: 'no', path: 'p' }] } },
      'MountVolume.SetUp failed for volume "v" : references non-existent config key: no',
    ],
    [{ nfs: { server: 's', path: '/' } }, 'volume "v": type nfs is not supported by this runtime'],
  ];
  for (const [volume, message] of refused) {
    await assert.rejects(content(volume), (error) => error instanceof MissingInput && error.message === message);
  }
});
