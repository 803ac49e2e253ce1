import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { eventually, kubectlPath } from '../world.ts';
import { anonymous as nobody, send } from './http-request.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { clientId, OpenIdProvider, providerFolder } from './openid/provider.ts';
import { idTokenOf } from './openid/tokens.ts';

const path = kubectlPath(36);
const skip = path === undefined || providerFolder === undefined ? 'run tools/e2e-setup.sh first' : false;

const staffMappings = {
  username: { expression: "claims.email_verified ? claims.email : ''" },
  groups: { expression: "claims.groups.map(g, 'staff:' + g)" },
  uid: { claim: 'sub' },
  extra: [{ key: 'example.com/tenant', valueExpression: "'staff'" }],
};

function fileOf(jwt: readonly object[], more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt,
    ...more,
  });
}

function issuerOf({ issuer, caPem }: OpenIdProvider, more: object): object {
  return { issuer: { url: issuer, certificateAuthority: caPem, audiences: [clientId] }, ...more };
}

suite('real OpenID issuers', { skip }, () => {
  test('two of them, by kubectl; rules, rotation, an issuer that is away, a changed file', {
    timeout: 120_000,
  }, async () => {
    await using staff = await OpenIdProvider.start({
      claimsOf: (user) => ({ email: `${user}@example.com`, email_verified: user !== 'eve', groups: ['dev', user] }),
    });
    await using guests = await OpenIdProvider.start({
      path: '/tenant',
      claimsOf: () => ({ groups: ['system:masters'] }),
    });
    const staffRule = {
      claimMappings: staffMappings,
      userValidationRules: [{ expression: "!user.username.startsWith('mallory')", message: 'is not welcome' }],
    };
    const guestRule = { claimMappings: { username: { claim: 'sub', prefix: 'guest:' } } };
    await using hub = await Hub.prepare({ subcommand: 'kernel' });
    const file = join(hub.folder, 'authentication.yaml');
    const write = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    const both = [issuerOf(staff, staffRule), issuerOf(guests, guestRule)];
    write(fileOf(both, { anonymous: { enabled: true, conditions: [{ path: '/livez' }] } }));
    await using kernel = await Hub.start({
      subcommand: 'kernel',
      port: hub.port,
      flags: ['--authentication-config', file],
    });
    const admin = new Kubectl(path ?? '', kernel);
    const whoIs = async (token: string) => {
      const { code, stdout, stderr } = await admin.as('person', { token }).run('auth whoami -o json');
      if (code !== 0) assert.match(stderr, /Unauthorized/);
      if (code !== 0) return undefined;
      const { userInfo } = (JSON.parse(stdout) as { status: { userInfo: Record<string, unknown> } }).status;
      return userInfo;
    };

    const alice = await idTokenOf(staff, 'alice');
    assert.deepEqual(await whoIs(alice), {
      username: 'alice@example.com',
      uid: 'alice',
      groups: ['staff:dev', 'staff:alice', 'system:authenticated'],
      extra: { 'example.com/tenant': ['staff'] },
    });
    assert.deepEqual(await whoIs(await idTokenOf(guests, 'zoe')), {
      username: 'guest:zoe',
      groups: ['system:authenticated'],
    });
    for (const user of ['eve', 'mallory']) {
      assert.equal(await whoIs(await idTokenOf(staff, user)), undefined, user);
    }
    await admin.ok('create rolebinding dev --clusterrole=edit --group=staff:dev');
    const dev = admin.as('person', { token: alice });
    assert.equal(await dev.ok('create configmap mine'), 'configmap/mine created\n');
    assert.match((await dev.run('get secrets -A')).stderr, /User "alice@example.com" cannot list resource "secrets"/);

    const anonymous = async (at: string) => (await send(kernel, { path: at, as: nobody })).status;
    assert.deepEqual([await anonymous('/livez'), await anonymous('/version')], [200, 401]);

    await staff.rotateKeys();
    const rotated = await idTokenOf(staff, 'alice');
    await eventually('the new key counts', 30_000, async () =>
      (await whoIs(rotated)) === undefined ? undefined : true,
    );
    await eventually('what the old key signed does not count any more', 20_000, async () =>
      (await whoIs(alice)) === undefined ? true : undefined,
    );
    const later = await idTokenOf(staff, 'bob');
    await staff.stop();
    assert.notEqual(await whoIs(later), undefined, 'The issuer is away');

    const told = async () => (await send(kernel, { path: '/metrics' })).text;
    const reloads = (status: string, count: number) =>
      eventually(`${count} reloads: ${status}`, 10_000, async () =>
        (await told()).includes(
          `apiserver_authentication_config_controller_automatic_reloads_total{status="${status}"} ${count}`,
        )
          ? true
          : undefined,
      );
    write(fileOf([issuerOf(staff, { claimMappings: { username: { expression: 'claims.' } } })]));
    await reloads('failure', 1);
    assert.notEqual(await whoIs(later), undefined, 'The old file counts');
    write(
      fileOf([
        issuerOf(guests, { claimMappings: { ...guestRule.claimMappings, groups: { claim: 'groups', prefix: '' } } }),
      ]),
    );
    await reloads('success', 1);
    assert.equal(await whoIs(later), undefined);
    assert.equal(await whoIs(await idTokenOf(guests, 'zoe')), undefined, 'system:masters is not for an issuer to give');
    assert.equal(await anonymous('/version'), 200);

    const written = [kernel.log, readFileSync(kernel.kubeconfig, 'utf8')].join('\n');
    for (const token of [alice, rotated, later]) assert.equal(written.includes(token.split('.')[2] ?? ''), false);
  });

  test('an issuer that is away when the kernel starts', { timeout: 120_000 }, async () => {
    await using staff = await OpenIdProvider.start({ claimsOf: () => ({ groups: ['dev'] }) });
    const token = await idTokenOf(staff, 'alice');
    await staff.stop();
    await using kernel = await Hub.prepare({ subcommand: 'kernel' });
    const file = join(kernel.folder, 'authentication.yaml');
    writeFileSync(file, fileOf([issuerOf(staff, { claimMappings: { username: { claim: 'sub', prefix: '' } } })]));
    const started = () =>
      Hub.start({
        subcommand: 'kernel',
        port: kernel.port,
        dataFolder: kernel.dataFolder,
        flags: ['--authentication-config', file],
      });
    const isKnown = async (at: Hub) => (await send(at, { path: '/api', as: { bearerToken: token } })).status === 200;
    const isReachable = async (at: Hub) =>
      /planform_authentication_issuer_reachable{[^}]*} (\d)/.exec((await send(at, { path: '/metrics' })).text)?.[1];
    {
      await using first = await started();
      assert.equal(await isKnown(first), false);
      assert.equal(await isReachable(first), '0');
      assert.equal((await send(first, { path: '/readyz', as: nobody })).status, 200, 'Everybody else works');
      await staff.listen();
      await eventually('it is found without a request', 60_000, async () =>
        (await isReachable(first)) === '1' ? true : undefined,
      );
      assert.equal(await isKnown(first), true);
    }
    await staff.stop();
    await using second = await started();
    assert.equal(await isKnown(second), true, 'Its keys outlive a restart');
    assert.equal(await isReachable(second), '0');
  });

  test('a file that cannot be used keeps the kernel from starting', async () => {
    await using hub = await Hub.prepare({ subcommand: 'kernel' });
    const file = join(hub.folder, 'authentication.yaml');
    writeFileSync(file, fileOf([{ issuer: { url: 'http://a.test', audiences: [] } }]));
    const { code, stderr } = await hub.run('--authentication-config', file);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot use the authentication configuration ".*": jwt\[0\].claimMappings: Required value/);
  });
});
