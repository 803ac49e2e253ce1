import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { type Attack, type AttackTable, badRequest, forbidden, notFound, patchTypes, unauthorized } from './attack.ts';
import { type Cast, roots } from './cast.ts';

const { core, certificates, management } = roots;
const pods = `${core}/namespaces/lab/configmaps`;

type Claims = Readonly<Record<string, unknown>>;

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part = ''): Claims {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
}

/** A token like one that works, but for what is given. */
function forged(token: string, header: Claims, claims: Claims, signature: (text: string) => Buffer): string {
  const [head, body] = token.split('.');
  const text = `${encode({ ...decode(head), ...header })}.${encode({ ...decode(body), ...claims })}`;
  return `${text}.${signature(text).toString('base64url')}`;
}

/** Signs as the server does. */
function signed(pem: string): (text: string) => Buffer {
  const key = createPrivateKey(pem);
  const isElliptic = key.asymmetricKeyType === 'ec';
  return (text) => sign('sha256', Buffer.from(text), isElliptic ? { key, dsaEncoding: 'ieee-p1363' } : key);
}

/** Tokens that are over, for others, or made by somebody else. */
export const attacksWithTokens: AttackTable = ({ token, spent, signingKey }: Cast) => {
  const publicPem = createPublicKey(signingKey).export({ type: 'spki', format: 'pem' });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const foreignPem = foreign.export({ type: 'pkcs8', format: 'pem' });
  const seconds = Math.floor(Date.now() / 1_000);
  const none = () => Buffer.alloc(0);
  const byKey = signed(signingKey);
  const hmac = (text: string) => createHmac('sha256', publicPem).update(text).digest();
  const tokens: Readonly<Record<string, string>> = {
    'a token of an account that was deleted and made again': spent.ofDeletedAccount,
    'a token bound to a Secret that is gone': spent.ofDeletedSecret,
    'a token for somebody else': spent.forVault,
    'a token without signature': forged(token, { alg: 'none' }, {}, none),
    'a token of algorithm None, differently written': forged(token, { alg: 'nOnE' }, {}, none),
    'a token signed with the public key as a secret': forged(token, { alg: 'HS256' }, {}, hmac),
    'a token that was changed': forged(token, {}, { sub: 'system:serviceaccount:kube-system:admin' }, () =>
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    ),
    'a token of another key': forged(token, {}, {}, signed(foreignPem)),
    'a token that names where its key is': forged(
      token,
      { jku: 'https://evil.example/jwks', kid: '../../dev/null' },
      {},
      signed(foreignPem),
    ),
    'a token that brings its key along': forged(
      token,
      { jwk: createPublicKey(foreign).export({ format: 'jwk' }) },
      {},
      signed(foreignPem),
    ),
    'a token that has expired': forged(
      token,
      {},
      { iat: seconds - 7_200, nbf: seconds - 7_200, exp: seconds - 3_600 },
      byKey,
    ),
    'a token of the future': forged(token, {}, { nbf: seconds + 3_600, exp: seconds + 7_200 }, byKey),
    'a token of another issuer': forged(token, {}, { iss: 'https://evil.example' }, byKey),
    'a token with a signature cut short': token.slice(0, -20),
    'a token that is none': 'a.b.c',
  };
  return [
    ...Object.entries(tokens).map(
      ([what, bearerToken]): Attack => ({ what, bearerToken, path: pods, ...unauthorized }),
    ),
    {
      what: 'a token in the query',
      by: 'nobody',
      path: `${pods}?access_token=${token}`,
      ...forbidden,
      message: /User "system:anonymous"/,
    },
    {
      what: 'a token for another account',
      by: 'robot',
      method: 'POST',
      path: `${core}/namespaces/lab/serviceaccounts/boss/token`,
      body: { spec: {} },
      ...forbidden,
      message: /cannot create resource "serviceaccounts\/token"/,
    },
  ];
};

const victim = { ...forbidden, message: /cannot impersonate resource "users"/ };
const secret = { path: `${core}/namespaces/vault/secrets/login` };

/** Being somebody else by a header. */
export const attacksByImpersonation: AttackTable = () => [
  { what: 'the administrator', ...secret, headers: { 'impersonate-user': 'admin' }, ...victim },
  {
    what: 'a master',
    ...secret,
    headers: { 'impersonate-user': 'mallory', 'impersonate-group': 'system:masters' },
    ...victim,
  },
  {
    what: 'a controller of the server',
    ...secret,
    headers: { 'impersonate-user': 'system:planform:controller:namespace' },
    ...forbidden,
    message: /cannot impersonate resource "users"/,
  },
  {
    what: 'an account',
    ...secret,
    headers: { 'impersonate-user': 'system:serviceaccount:lab:boss' },
    ...forbidden,
    message: /cannot impersonate resource "serviceaccounts".* in the namespace "lab"/,
  },
  {
    what: 'a group of nobody',
    ...secret,
    headers: { 'impersonate-group': 'system:masters' },
    ...badRequest,
    message: /without a user/,
  },
  { what: 'a uid of nobody', ...secret, headers: { 'impersonate-uid': '1' }, ...badRequest, message: /without a user/ },
  {
    what: 'an extra of somebody',
    ...secret,
    headers: { 'impersonate-user': 'mallory', 'impersonate-extra-scopes': 'all' },
    ...victim,
  },
  {
    what: 'a header with an underscore',
    ...secret,
    headers: { impersonate_user: 'admin' },
    ...forbidden,
    message: /User "mallory" cannot get resource "secrets"/,
  },
  {
    what: 'what a front proxy would say',
    ...secret,
    headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    ...forbidden,
    message: /User "mallory" cannot get/,
  },
  {
    what: 'what a front proxy would say of nobody',
    by: 'nobody',
    ...secret,
    headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    ...forbidden,
    message: /User "system:anonymous" cannot get/,
  },
  {
    what: 'a forwarded address and path',
    by: 'nobody',
    ...secret,
    headers: { 'x-forwarded-for': '127.0.0.1', 'x-original-url': '/version', 'x-rewrite-url': '/version' },
    ...forbidden,
    message: /User "system:anonymous" cannot get/,
  },
  {
    what: 'a method override',
    by: 'nobody',
    method: 'POST',
    path: `${secret.path}?_method=GET`,
    headers: { 'x-http-method-override': 'GET' },
    status: 405,
    reason: 'MethodNotAllowed',
    message: /does not allow this method/,
  },
  {
    what: 'a password',
    by: 'nobody',
    ...secret,
    headers: { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` },
    ...forbidden,
    message: /User "system:anonymous" cannot get/,
  },
];

/** Certificates for others, and what a site may not do. */
export const attacksWithCertificates: AttackTable = ({ waiting, greedyRequest }: Cast) => {
  const approved = { conditions: [{ type: 'Approved', status: 'True', reason: 'Me', message: 'me' }] };
  const south = `${management}/namespaces/site-south/works`;
  const digest = `sha256:${'a'.repeat(64)}`;
  const notNorth = { by: 'north', ...forbidden, message: /User "system:planform:site:north" cannot/ } as const;
  return [
    {
      what: 'a request in the name of the masters',
      method: 'POST',
      path: certificates,
      body: greedyRequest,
      ...forbidden,
      message: /signer with system:masters group is not allowed/,
    },
    {
      what: 'a request for the name of somebody else, approved by oneself',
      method: 'PATCH',
      path: `${certificates}/${waiting}/approval`,
      headers: patchTypes.merge,
      body: { status: approved },
      ...forbidden,
      message: /cannot patch resource "certificatesigningrequests\/approval"/,
    },
    {
      what: 'a certificate written into a status',
      method: 'PATCH',
      path: `${certificates}/${waiting}/status`,
      headers: patchTypes.merge,
      body: { status: { certificate: 'AAAA' } },
      ...forbidden,
      message: /cannot patch resource "certificatesigningrequests\/status"/,
    },
    { what: 'Works of another site', path: south, ...notNorth },
    { what: 'a Work of another site', path: `${south}/payroll`, ...notNorth },
    { what: 'content of a Work of another site', path: `${south}/payroll/blobs/${digest}`, ...notNorth },
    { what: 'Works of all sites', path: `${management}/works`, ...notNorth },
    { what: 'another Site', path: `${management}/sites/west`, ...notNorth },
    {
      what: 'content without a Work of one’s own',
      by: 'north',
      path: `${management}/namespaces/site-north/works/payroll/blobs/${digest}`,
      ...notFound,
      message: /works\.management\.planform\.dev "payroll" not found/,
    },
    {
      what: 'what another site reports',
      method: 'PATCH',
      path: `${south}/payroll/status`,
      headers: patchTypes.merge,
      body: { status: { persistedDigest: digest } },
      ...notNorth,
    },
    {
      what: 'a Work for oneself',
      method: 'POST',
      path: `${management}/namespaces/site-north/works`,
      body: { metadata: { name: 'x' } },
      ...notNorth,
    },
    {
      what: 'acceptance of oneself',
      by: 'west',
      method: 'PATCH',
      path: `${management}/sites/west`,
      headers: patchTypes.merge,
      body: { spec: { accepted: true } },
      ...forbidden,
      message: /User "system:planform:site:west" cannot patch resource "sites"/,
    },
    {
      what: 'Works before anybody accepted the site',
      by: 'west',
      path: `${management}/namespaces/site-west/works`,
      ...forbidden,
      message: /User "system:planform:site:west" cannot list/,
    },
    {
      what: 'a renewal for another site',
      method: 'POST',
      path: `${management}/sites/west/renew`,
      body: { csrPem: 'x' },
      ...notNorth,
    },
    {
      what: 'a heartbeat of another site',
      method: 'POST',
      path: `${management}/sites/west/heartbeat`,
      body: {},
      ...notNorth,
    },
    { what: 'Secrets of one’s own namespace', path: `${core}/namespaces/site-north/secrets`, ...notNorth },
    {
      what: 'a second use of a token to join',
      by: 'north',
      method: 'POST',
      path: `${management}/jointokens/north/join`,
      body: { csrPem: 'x' },
      ...forbidden,
      message: /User "system:planform:site:north" cannot create/,
    },
    {
      what: 'a made-up join token',
      bearerToken: 'north.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      method: 'POST',
      path: `${management}/jointokens/north/join`,
      body: { csrPem: 'x' },
      status: 401,
      reason: 'Unauthorized',
      message: /./,
    },
    {
      what: 'nonsense in a certificate request',
      method: 'POST',
      path: certificates,
      body: {
        metadata: { name: 'x' },
        spec: { request: 'AAAA', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      },
      status: 422,
      reason: 'Invalid',
      message: /spec\.request: Invalid value/,
    },
    {
      what: 'a join by somebody with all rights and no token',
      by: 'admin',
      method: 'POST',
      path: `${management}/jointokens/north/join`,
      body: { csrPem: 1 },
      ...forbidden,
      message: /only the bearer of join token "north" can/,
    },
  ];
};
