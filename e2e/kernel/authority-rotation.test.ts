import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { eventually, command, kubectlPath, root, World } from '../world.ts';
import { Hub } from './hub.ts';

const path = kubectlPath(36);
const skip = path === undefined ? 'run tools/e2e-setup.sh first' : false;

interface SiteStatus {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The certificate a server shows. */
function shown(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error('no certificate'));
      else resolve(certificate);
    });
    socket.on('error', reject);
  });
}

test('the authority of a hub is replaced while kubectl and a site go on', { skip, timeout: 240_000 }, async () => {
  await using world = new World(path ?? '');
  await world.up('--sites', '1');
  const hub = join(world.data, 'hub');
  const ca = async (step: string) => {
    const { code, stdout, stderr } = await world.planform('ca', step, '--data', hub);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const hubPid = world.pidOf('hub');
  const siteFile = join(world.data, 'sites', 'site-1', 'identity');
  const siteTrusts = () =>
    (JSON.parse(readFileSync(join(siteFile, 'hub.json'), 'utf8')) as { caPem: string }).caPem.match(/BEGIN/g)?.length;
  const isConnected = async () => {
    const site = await world.json<SiteStatus>('hub', 'get', 'site', 'site-1');
    return site.status?.conditions?.some(({ type, status }) => type === 'Connected' && status === 'True');
  };
  const bundled = async () =>
    (await world.kubectl('hub', 'get', 'cm', 'kube-root-ca.crt', '-o', 'jsonpath={.data}')).match(/BEGIN/g)?.length;
  const holds = (what: string, probe: () => Promise<boolean | undefined> | boolean) =>
    eventually(what, 60_000, async () => ((await probe()) === true ? true : undefined));
  const early = join(world.folder, 'early.kubeconfig');
  copyFileSync(world.kubeconfig('hub'), early);
  const withEarly = () => command(path ?? '', ['--kubeconfig', early, 'get', 'ns', 'default']);
  await holds('the site is connected', isConnected);
  const joinFile = join(world.folder, 'stray.json');
  const stray = join(world.folder, 'stray');
  const invited = ['site', 'invite', 'stray', '--out', joinFile, '--kubeconfig', world.kubeconfig('hub')];
  assert.equal((await world.planform(...invited)).code, 0);
  assert.equal((await world.planform('agent', 'join', joinFile, '--data', stray)).code, 0);
  const isReady = async () => (await world.planform('ca', 'status', '--data', hub)).code === 0;

  assert.match(await ca('rotate'), /signs .*\n.*trusted, the next one/);
  await holds('the site trusts both', () => siteTrusts() === 2);
  await holds('pods are told of both', async () => (await bundled()) === 2);
  assert.equal((await withEarly()).code, 0);
  const middle = join(world.folder, 'middle.kubeconfig');
  await holds('the kubeconfig has both', async () => {
    copyFileSync(world.kubeconfig('hub'), middle);
    const encoded = /certificate-authority-data: (.*)/.exec(readFileSync(middle, 'utf8'))?.[1] ?? '';
    return Buffer.from(encoded, 'base64').toString().match(/BEGIN/g)?.length === 2;
  });

  await holds('one site is not ready', async () => {
    const { code, stderr } = await world.planform('ca', 'status', '--data', hub);
    return code === 3 && /`planform ca switch` waits for 1 holder:\n {2}site stray /.test(stderr);
  });
  const refused = await world.planform('ca', 'switch', '--data', hub);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /Cannot switch to the next authority: 1 holder would be left out\n {2}site stray does not trust the next authority: it has never called\n/,
  );
  await world.kubectl('hub', 'delete', 'site', 'stray');
  await holds('all are ready', isReady);

  const before = await shown(world.port);
  assert.match(await ca('switch'), /signs .*\n.*trusted, the previous one/);
  await holds('the listener shows another certificate', async () => (await shown(world.port)).issuer !== before.issuer);
  const signing = new X509Certificate(readFileSync(join(hub, 'pki', 'ca.crt')));
  await holds('the site has a certificate of the new authority', () =>
    new X509Certificate(readFileSync(join(siteFile, 'certificate.pem'))).verify(signing.publicKey),
  );
  assert.equal(
    (await command(path ?? '', ['--kubeconfig', middle, 'get', 'ns', 'default'])).code,
    0,
    'Both are trusted',
  );
  assert.match(
    (await withEarly()).stderr,
    /certificate signed by unknown authority/,
    'It never learned of the new one',
  );
  await holds('the site is connected', isConnected);

  await holds('all are ready', isReady);
  await ca('retire');
  await holds('the site trusts one', () => siteTrusts() === 1);
  await holds('pods are told of one', async () => (await bundled()) === 1);
  await holds('the old certificate counts no more', async () => {
    const { code, stderr } = await command(path ?? '', ['--kubeconfig', middle, 'get', 'ns', 'default']);
    return code !== 0 && /Unauthorized|must be logged in/.test(stderr);
  });
  await holds('the site is connected', isConnected);
  await world.kubectl('hub', 'get', 'ns', 'default');
  assert.equal(world.pidOf('hub'), hubPid, 'Nothing was restarted');
});

test('sites of a hub that is not running are not left out by accident', async () => {
  await using hub = await Hub.start();
  await hub.stop();
  const ca = (...words: readonly string[]) =>
    command(join(root, 'planform'), ['ca', ...words, '--data', hub.dataFolder]);
  assert.equal((await ca('rotate')).code, 0);
  const { code, stderr } = await ca('switch');
  assert.equal(code, 1);
  assert.match(stderr, /Cannot switch to the next authority: the hub of ".*" is not running\n.*--force/);
  assert.match((await ca('retire')).stderr, /the rotation is "prepared", it must be "switched"/);
  assert.equal((await ca('switch', '--force')).code, 0);
  assert.equal((await ca('retire', '--force')).code, 0);
});
