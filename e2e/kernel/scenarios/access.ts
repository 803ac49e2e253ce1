import assert from 'node:assert/strict';
import type { Kubectl } from '../kubectl.ts';
import { plain } from '../plain.ts';
import type { Facts, Scenario } from './scenario.ts';

/** Who one is and what one may do. */
export const accessScenarios: readonly Scenario[] = [
  { name: 'asks what it may do', run: rights },
  { name: 'asks who it is', sinceMinor: 28, run: identity },
  { name: 'gives rights', run: granting },
  { name: 'makes tokens of service accounts', sinceMinor: 24, run: tokens },
  { name: 'approves certificates', run: certificates },
];

async function rights(k: Kubectl): Promise<void> {
  assert.equal(await k.ok('auth can-i delete pods'), 'yes\n');
  assert.equal(await k.ok('auth can-i get /metrics'), 'yes\n');
  assert.deepEqual(await k.run('auth can-i delete pods --as=somebody'), { code: 1, stdout: 'no\n', stderr: '' });
  assert.equal(await k.ok('auth can-i delete pods --as=somebody --as-group=system:masters'), 'yes\n');
  assert.equal(
    await k.refused('get pods --as=somebody'),
    `Error from server (Forbidden): pods is forbidden: User "somebody" cannot list resource "pods" in API group "" in the namespace "${k.namespace}"`,
  );
}

async function identity(k: Kubectl): Promise<void> {
  const who = plain(await k.ok('auth whoami'));
  assert.match(who, /^ATTRIBUTE VALUE\nUsername admin\nGroups \[system:masters system:authenticated\]\n/);
  assert.match(
    plain(await k.ok('auth whoami --as=ann --as-group=ops')),
    /\nUsername ann\nGroups \[ops system:authenticated\]$/,
  );
}

async function granting(k: Kubectl): Promise<void> {
  for (const [args, answer] of [
    ['create role reader --verb=get,list --resource=pods', 'role.rbac.authorization.k8s.io/reader created\n'],
    ['create rolebinding ann --role=reader --user=ann', 'rolebinding.rbac.authorization.k8s.io/ann created\n'],
  ] as const) {
    assert.equal(await k.ok(args), answer);
  }
  assert.equal(await k.ok('auth can-i list pods --as=ann'), 'yes\n');
  assert.equal((await k.run('auth can-i list pods --as=bob')).stdout, 'no\n');
  assert.equal((await k.run('auth can-i list pods --as=ann -n default')).stdout, 'no\n');
  assert.match(plain(await k.ok('auth can-i --list --as=ann')), /^pods \[\] \[\] \[get list\]$/m);
  assert.equal(
    await k.refused('create configmap c --as=ann').then((text) => text.slice(text.indexOf('configmaps is'))),
    `configmaps is forbidden: User "ann" cannot create resource "configmaps" in API group "" in the namespace "${k.namespace}"`,
  );
  const wider = (await k.ok('get role reader -o json')).replace('"list"', '"list", "watch"');
  assert.match(await k.ok('auth reconcile -f -', wider), /^role\.rbac\.authorization\.k8s\.io\/reader reconciled$/m);
  assert.equal(await k.ok('auth can-i watch pods --as=ann'), 'yes\n');
  assert.match(plain(await k.ok('describe role reader')), /^ pods \[\] \[\] \[(get list watch|watch get list)\]$/m);
}

async function tokens(k: Kubectl, { hub }: Facts): Promise<void> {
  await k.ok('create serviceaccount robot');
  const token = (await k.ok('create token robot --duration=1h')).trim();
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  const user = `system:serviceaccount:${k.namespace}:robot`;
  assert.equal(claims.sub, user);
  assert.match(
    // Without the kubeconfig, whose certificate would count first.
    await k.refused(`get pods --kubeconfig=/dev/null --server=${hub.url} --insecure-skip-tls-verify --token=${token}`),
    /^Error from server \(Forbidden\): pods is forbidden: User "system:serviceaccount:n\d+:robot" cannot list resource/,
  );
}

/** openssl req -new -newkey rsa:2048 -nodes -subj /CN=somebody */
const certificateRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIICWDCCAUACAQAwEzERMA8GA1UEAwwIc29tZWJvZHkwggEiMA0GCSqGSIb3DQEB
AQUAA4IBDwAwggEKAoIBAQDeWTd4wZRQxARu6r0mfL2VwQpbY6oS4knlMOvYmhSo
LeiayysJjyGEFotuXJF1z/xj1OG74+z9TBrYlc1H53GGkHWOcm40hIdMfbyuD8SX
vhpFlwWL04G4ykQ6IJt2HCR8/g9VAzWBwEErCNrm3x+RcXJPs7RzXdbE+N64Wy+7
CueNQ2BAmLM53qNKUyO4cjQVfvdVHmDVHYbltaC5aXlBNJhiUl6VCATTfu8zQrns
/ydmn1JcY7ZncFRDdZRxB8AQWWTmy9eugszTX3gBrIcV4e2KN29yo/gPpyYWgUz6
51/QUj8ouzWJR9h2iRSOLTEpI+3T/OgKkmNyouHlmPZzAgMBAAGgADANBgkqhkiG
9w0BAQsFAAOCAQEAVVSSb2zFdvjaT4krbHs+qJGc/iUL0kr6sp7QXtSFplDdOCuf
uapbMpq/+Uib6NQQw/uN4D0oyEtWa0H0gqx4B6VR2C6iRJKbGu4bWKnfmAApA61g
cOo3UL7kmQi78XDDe+9py07BnI3QVAmnyUaloQXXAj4meQmBggsLG1af8HNeqg/C
le5oUjd0UB2QZVn3COOt/hrT9m1v22eDCs8nDot5hWkA+ZLcon17yXgO/3ub3XWk
uEBPZG6kBLVz9C5gc21C6BK0ECf40ReqJ/Sc47Bl4nXX9WJOO7ApUyXC1ZY2TjgA
hAOEdcuy8ejTd8qfNlkbCwSuFIVD2tOzLF7dZA==
-----END CERTIFICATE REQUEST-----
`;

async function certificates(k: Kubectl): Promise<void> {
  const name = `csr-${k.namespace}`;
  const spec = {
    request: Buffer.from(certificateRequest).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
  };
  const request = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
  await k.ok('create -f -', JSON.stringify(request));
  assert.match(
    await k.table('get csr'),
    new RegExp(`^${name} AGE kubernetes.io/kube-apiserver-client admin .*Pending`, 'm'),
  );
  assert.equal(
    await k.ok(`certificate approve ${name}`),
    `certificatesigningrequest.certificates.k8s.io/${name} approved\n`,
  );
  assert.match(await k.field(`csr ${name}`, '.status.conditions[*].type'), /^Approved$/);
}
