import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { eventually, kubectlPath } from '../world.ts';
import { newCertificateRequest } from './certificate-request.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

const yes = 'yes\n';
const no = 'no\n';

for (const minor of [31, 36]) {
  const path = kubectlPath(minor);
  const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;
  test(`identities and rights, with kubectl 1.${minor} on planform kernel`, { skip, timeout: 120_000 }, async (t) => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    const admin = new Kubectl(path ?? '', hub);
    await t.test('default roles, bindings and accounts are there', () => defaults(admin));
    await roles(t, admin);
    await tokens(t, admin);
    await certificates(t, admin);
    await t.test('bootstrap tokens', () => bootstrapTokens(admin));
    await t.test('everything counts after kill -9', async () => {
      await hub.stop('SIGKILL');
      await hub.start();
      const k = new Kubectl(path ?? '', hub, 'shop');
      assert.equal(await answer(k, 'auth can-i get pods --as=reader'), yes);
      assert.equal(await answer(k, 'auth can-i get secrets --as=reader'), no);
    });
  });
}

const scaler = JSON.stringify({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'scaler' },
  rules: [{ verbs: ['patch'], apiGroups: ['*'], resources: ['*/scale'] }],
});

/** What `can-i` says; it fails when the answer is no. */
async function answer(k: Kubectl, args: string): Promise<string> {
  return (await k.run(args)).stdout;
}

async function defaults(k: Kubectl): Promise<void> {
  const bindings = plain(await k.ok('get clusterrolebindings -o wide'));
  assert.match(bindings, /^NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS$/m);
  assert.match(bindings, /^cluster-admin ClusterRole\/cluster-admin AGE system:masters$/m);
  assert.match(await k.ok('get clusterroles'), /^NAME +CREATED AT\nadmin +\d{4}-/);
  const labels = await k.field('clusterrole view', '.metadata.labels');
  assert.equal(labels.includes('"kubernetes.io/bootstrapping":"rbac-defaults"'), true, labels);
  await eventually('aggregated rules', 5_000, async () => {
    const rules = await k.field('clusterrole admin', '.rules[*].resources[*]');
    assert.match(rules, /configmaps.*rolebindings/);
    return true;
  });
  await eventually('the default account and the root certificate', 5_000, async () => {
    assert.equal(await k.ok('get sa default -o name -n kube-public'), 'serviceaccount/default\n');
    assert.match(await k.field('cm kube-root-ca.crt', ".data['ca\\.crt']"), /^-----BEGIN CERTIFICATE-----/);
    return true;
  });
}

async function roles(t: TestContext, admin: Kubectl): Promise<void> {
  const k = await admin.inNew('shop');
  // Of a user without credentials kubectl asks a name; with an empty one it sends none.
  const reader = k.as('nobody', { username: 'nobody', password: '' });
  await t.test('who shows no credentials sees versions and health, nothing else', async () => {
    assert.match(await reader.ok('get --raw /version'), /gitVersion/);
    assert.equal(await reader.ok('get --raw /readyz'), 'ok');
    assert.match(await reader.refused('get --raw /apis'), /User "system:anonymous" cannot get path "\/apis"/);
  });
  await t.test('a matrix of questions is answered by Roles and bindings', async () => {
    await k.ok('create role reader --verb=get,list --resource=pods,pods/log --resource=configmaps');
    await k.ok('create rolebinding reader --role=reader --user=reader --serviceaccount=shop:robot');
    await k.ok('create role one --verb=update --resource=configmaps --resource-name=settings');
    await k.ok('create rolebinding one --role=one --group=ops');
    await k.ok('create -f -', scaler);
    await k.ok('create clusterrolebinding scaler --clusterrole=scaler --user=scaler');
    await k.ok('create clusterrole scraper --verb=get --non-resource-url=/metrics --non-resource-url=/healthz/*');
    await k.ok('create clusterrolebinding scraper --clusterrole=scraper --user=scraper');
    const cases: readonly (readonly [question: string, answer: string])[] = [
      ['get pods --as=reader', yes],
      ['get pods --subresource=log --as=reader', yes],
      ['get pods --subresource=exec --as=reader', no],
      ['delete pods --as=reader', no],
      ['get pods --as=reader -n default', no],
      ['get pods --as=system:serviceaccount:shop:robot', yes],
      ['get pods --as=system:serviceaccount:other:robot', no],
      ['update configmaps/settings --as=any --as-group=ops', yes],
      ['update configmaps/other --as=any --as-group=ops', no],
      ['update configmaps --as=any --as-group=ops', no],
      ['patch deployments.apps --subresource=scale --as=scaler', yes],
      ['patch deployments.apps --as=scaler', no],
      ['get /metrics --as=scraper', yes],
      ['get /healthz/ping --as=scraper', yes],
      ['get /livez/ping --as=scraper', no],
    ];
    for (const [question, want] of cases) assert.equal(await answer(k, `auth can-i ${question}`), want, question);
    const listed = plain(await k.ok('auth can-i --list --as=reader'));
    assert.match(listed, /^pods\/log \[\] \[\] \[get list\]$/m);
    assert.match(listed, /^selfsubjectaccessreviews\.authorization\.k8s\.io \[\] \[\] \[create\]$/m);
    assert.match(listed, /^ ?\[\/api\/\*\] \[\] \[get\]$/m);
  });
  await t.test('a right counts as soon as it is given, and ends as soon as it is taken', async () => {
    await k.ok('create clusterrolebinding soon --clusterrole=view --user=soon');
    await eventually(
      'the rules of view',
      5_000,
      async () => (await answer(k, 'auth can-i get pods --as=soon')) === yes,
    );
    await k.ok('delete clusterrolebinding soon');
    assert.equal(await answer(k, 'auth can-i get pods --as=soon'), no);
  });
  await t.test('nobody gives what they do not hold', () => escalation(k));
  await t.test('the role of a binding never changes; a missing one is named', async () => {
    const change = JSON.stringify({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' } });
    assert.match(await k.refused(['patch', 'rolebinding', 'reader', '-p', change]), /cannot change roleRef/);
    await k.ok('create rolebinding lost --role=lost --user=lost');
    assert.match(
      await k.refused('get pods --as=lost'),
      /in the namespace "shop": RBAC: role\.rbac\.authorization\.k8s\.io "lost" not found$/,
    );
  });
  await t.test('impersonation is a right like others', async () => {
    await k.ok('create clusterrole support --verb=impersonate --resource=users --resource-name=reader');
    await k.ok('create clusterrolebinding support --clusterrole=support --user=support');
    const asSupport = await signedIn(k, 'support');
    assert.match(plain(await asSupport.ok('auth whoami --as=reader')), /^Username reader$/m);
    assert.match(
      await asSupport.refused('get pods --as=root'),
      /users "root" is forbidden: User "support" cannot impersonate resource "users"/,
    );
    assert.match(
      await asSupport.refused('get pods --as=reader --as-group=system:masters'),
      /groups "system:masters" is forbidden: User "support" cannot impersonate resource "groups"/,
    );
  });
}

/** The same kubectl with a client certificate of that name. */
async function signedIn(k: Kubectl, commonName: string): Promise<Kubectl> {
  const asked = { name: `login-${commonName}`, commonName, organizations: [], usages: ['client auth'] };
  const { object, keyPem } = await newCertificateRequest({
    ...asked,
    signerName: 'kubernetes.io/kube-apiserver-client',
  });
  await k.ok('create -f -', object);
  await k.ok(`certificate approve ${asked.name}`);
  const certificate = await issued(k, asked.name);
  const key = Buffer.from(keyPem).toString('base64');
  return k.as(commonName, { 'client-certificate-data': certificate, 'client-key-data': key });
}

async function issued(k: Kubectl, name: string): Promise<string> {
  let certificate = '';
  await eventually('the certificate', 10_000, async () => {
    certificate = await k.field(`csr ${name}`, '.status.certificate');
    return certificate !== '';
  });
  return certificate;
}

async function escalation(k: Kubectl): Promise<void> {
  await k.ok('create role granter --verb=create,update,get --resource=roles,rolebindings');
  await k.ok('create rolebinding granter --role=granter --user=granter');
  await k.ok('create rolebinding granter-reads --role=reader --user=granter');
  assert.equal(
    await k.refused('create role wide --verb=get,delete --resource=secrets --as=granter'),
    [
      'Error from server (Forbidden): roles.rbac.authorization.k8s.io "wide" is forbidden: user "granter" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    ].join('\n'),
  );
  assert.match(
    await k.refused('create rolebinding wide --clusterrole=cluster-admin --user=granter --as=granter'),
    /"wide" is forbidden: user "granter".*not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}\n\{NonResourceURLs:\["\*"\], Verbs:\["\*"\]\}/,
  );
  await k.ok('create role copy --verb=get,list --resource=pods --as=granter');
  await k.ok('create rolebinding copy --role=reader --user=friend --as=granter');
  assert.equal(await answer(k, 'auth can-i get pods --as=friend'), yes);
  const bind = '--verb=bind --resource=clusterroles --resource-name=edit';
  await k.ok(`create clusterrole binder ${bind}`);
  await k.ok('create rolebinding binder --clusterrole=binder --user=granter');
  await k.ok('create rolebinding editor --clusterrole=edit --user=editor --as=granter');
  assert.match(
    await k.refused('create clusterrole collect --aggregation-rule=a=b --as=granter'),
    /clusterroles\.rbac\.authorization\.k8s\.io is forbidden: User "granter" cannot create resource "clusterroles"/,
  );
}

async function tokens(t: TestContext, admin: Kubectl): Promise<void> {
  const k = await admin.inNew('work');
  await k.ok('create serviceaccount robot');
  await k.ok('create rolebinding robot --clusterrole=view --serviceaccount=work:robot');
  const token = (await k.ok('create token robot')).trim();
  const robot = k.as('robot', { token });
  await t.test('a token of a ServiceAccount is that account, within its rights', async () => {
    const who = plain(await robot.ok('auth whoami'));
    assert.match(who, /^Username system:serviceaccount:work:robot$/m);
    assert.match(who, /^Groups \[system:serviceaccounts system:serviceaccounts:work system:authenticated\]$/m);
    assert.match(who, /^Extra: authentication\.kubernetes\.io\/credential-id \[JTI=/m);
    assert.match(await robot.ok('get configmaps -o name'), /kube-root-ca\.crt/);
    assert.match(
      await robot.refused('get secrets'),
      /User "system:serviceaccount:work:robot" cannot list resource "secrets"/,
    );
    const keys = JSON.parse(await robot.ok('get --raw /openid/v1/jwks')) as { keys: { kid: string }[] };
    const [header = ''] = token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    assert.deepEqual(
      keys.keys.map((key) => key.kid),
      [kid],
    );
  });
  await t.test('a token for others is refused here, and a review says for whom it is', async () => {
    const forVault = (await k.ok('create token robot --audience=vault')).trim();
    assert.match(await k.as('vault', { token: forVault }).refused('get pods'), /Unauthorized/);
    const review = (spec: object) =>
      k.ok(
        'create -o json -f -',
        JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }),
      );
    interface Review {
      readonly status: { readonly authenticated: boolean; readonly audiences?: readonly string[] };
    }
    const { status } = JSON.parse(await review({ token: forVault, audiences: ['vault', 'x'] })) as Review;
    assert.deepEqual([status.authenticated, status.audiences], [true, ['vault']]);
    const bad = JSON.parse(await review({ token: forVault })) as Review;
    assert.equal(bad.status.authenticated, false);
    const forged = `${token.slice(0, -4)}AAAA`;
    assert.match(await k.as('forged', { token: forged }).refused('get pods'), /Unauthorized/);
  });
  await t.test('a token ends with what it is bound to, and with its account', async () => {
    await k.ok('create secret generic lease');
    const [name, uid] = ['lease', await k.field('secret lease', '.metadata.uid')];
    const bound = `create token robot --bound-object-kind=Secret --bound-object-name=${name} --bound-object-uid=${uid}`;
    const leased = k.as('leased', { token: (await k.ok(bound)).trim() });
    await leased.ok('get pods');
    await k.ok('delete secret lease');
    assert.match(await leased.refused('get pods'), /Unauthorized/);
    await robot.ok('get pods');
    await k.ok('delete serviceaccount robot');
    assert.match(await robot.refused('get pods'), /Unauthorized/);
    await k.ok('create serviceaccount robot');
    assert.match(await robot.refused('get pods'), /Unauthorized/);
    assert.match(await k.refused('create token nobody'), /serviceaccounts "nobody" not found/);
    assert.match(
      await k.refused('create token robot --duration=5m'),
      /may not specify a duration less than 10 minutes/,
    );
  });
}

async function certificates(t: TestContext, k: Kubectl): Promise<void> {
  const client = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
  const request = async (name: string, more: Partial<Parameters<typeof newCertificateRequest>[0]>) =>
    (await newCertificateRequest({ name, commonName: name, organizations: [], ...client, ...more })).object;
  await t.test('an approved request becomes a certificate, which may do what RBAC says', async () => {
    const ann = await signedIn(k, 'ann');
    assert.match(plain(await ann.ok('auth whoami')), /^Username ann\nGroups \[system:authenticated\]$/m);
    assert.match(await ann.refused('get pods'), /User "ann" cannot list resource "pods"/);
    await k.ok('create rolebinding ann --clusterrole=view --user=ann');
    await ann.ok('get pods');
    assert.match(
      plain(await k.ok('get csr login-ann')),
      /^NAME AGE SIGNERNAME REQUESTOR REQUESTEDDURATION CONDITION\nlogin-ann AGE kubernetes\.io\/kube-apiserver-client admin <none> Approved,Issued$/,
    );
  });
  await t.test('what is denied, or no such request, gets none', async () => {
    await k.ok('create -f -', await request('denied', {}));
    await k.ok('certificate deny denied');
    assert.match(plain(await k.ok('get csr denied')), / Denied$/);
    assert.match(await k.refused('certificate approve denied'), /mutually exclusive|Denied/);
    const masters = await request('masters', { organizations: ['system:masters'] });
    assert.match(
      await k.refused('create -f -', masters),
      /use of kubernetes\.io\/kube-apiserver-client signer with system:masters group is not allowed/,
    );
    await k.ok('create -f -', await request('kubelet', { signerName: 'kubernetes.io/kubelet-serving' }));
    await k.ok('certificate approve kubelet');
    await eventually('the failure', 10_000, async () =>
      plain(await k.ok('get csr kubelet')).endsWith(' Approved,Failed'),
    );
    assert.match(await k.field('csr kubelet', '.status.conditions[?(@.type=="Failed")].message'), /system:nodes/);
  });
  await t.test('a node gets a serving certificate for its names', async () => {
    const node = { organizations: ['system:nodes'], commonName: 'system:node:n1', dnsNames: ['n1.example.com'] };
    const serving = { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] };
    await k.ok('create -f -', await request('n1', { ...node, ...serving }));
    await k.ok('certificate approve n1');
    assert.notEqual(await issued(k, 'n1'), '');
  });
  await t.test('approving needs a right on the signer', async () => {
    const approving = '--verb=get,list,update,patch --resource=certificatesigningrequests';
    await k.ok(`create clusterrole approving ${approving} --resource=certificatesigningrequests/approval`);
    await k.ok('create clusterrolebinding approving --clusterrole=approving --user=clerk');
    await k.ok('create -f -', await request('waiting', {}));
    assert.match(
      await k.refused('certificate approve waiting --as=clerk'),
      /user not permitted to approve requests with signerName "kubernetes\.io\/kube-apiserver-client"/,
    );
    const approver = 'system:certificates.k8s.io:kube-apiserver-client-approver';
    await k.ok(`create clusterrolebinding clerk --clusterrole=${approver} --user=clerk`);
    await k.ok('certificate approve waiting --as=clerk');
  });
}

async function bootstrapTokens(k: Kubectl): Promise<void> {
  const [id, secret] = ['abcdef', '0123456789abcdef'];
  const type = '--type=bootstrap.kubernetes.io/token';
  const fields = { 'token-id': id, 'token-secret': secret, 'usage-bootstrap-authentication': 'true' };
  const literals = Object.entries(fields).map(([name, value]) => `--from-literal=${name}=${value}`);
  await k.ok(`-n kube-system create secret generic bootstrap-token-${id} ${type} ${literals.join(' ')}`);
  await k.ok('create clusterrolebinding joining --clusterrole=view --group=system:bootstrappers');
  const bearer = k.as('bootstrapper', { token: `${id}.${secret}` });
  assert.equal(await answer(bearer, 'auth can-i get configmaps'), yes);
  assert.equal(await answer(bearer, 'auth can-i get secrets'), no);
  assert.match((await k.as('forger', { token: `${id}.0123456789abcdeg` }).run('get cm')).stderr, /Unauthorized/);
  const expired = JSON.stringify({ stringData: { expiration: '2020-01-01T00:00:00Z' } });
  await k.ok(['-n', 'kube-system', 'patch', 'secret', `bootstrap-token-${id}`, '-p', expired]);
  assert.match((await bearer.run('get cm')).stderr, /Unauthorized/);
}
