import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, Attacker, type Attempt, type Loot } from '../../hostile/attacker.ts';
import { eventually } from '../../world.ts';
import { newCertificateRequest } from '../certificate-request.ts';
import type { Hub } from '../hub.ts';

/** API roots that attacks use. */
export const roots = {
  core: '/api/v1',
  rbac: '/apis/rbac.authorization.k8s.io/v1',
  certificates: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
  definitions: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  management: '/apis/management.planform.dev/v1alpha1',
  widgets: '/apis/lab.dev/v1/namespaces/lab/widgets',
} as const;

/** What nobody but the administrator may read. */
export const secretText = `hunter2-${randomBytes(6).toString('hex')}`;

/** Those who attack: what they have, and what they know. */
export interface Cast extends Disposable {
  readonly admin: Attacker;
  /** No credentials. */
  readonly nobody: Attacker;
  /** A person with rights in namespace `lab`, who may define kinds and write roles, and nothing else. */
  readonly mallory: Attacker;
  /** ServiceAccount `robot` of `lab`: reads and patches ConfigMaps. */
  readonly robot: Attacker;
  /** A site that was accepted, one that was not. */
  readonly north: Attacker;
  readonly west: Attacker;
  /** Certificate and key of mallory. */
  readonly login: Loot;
  /** A token of `robot` that works. */
  readonly token: string;
  readonly spent: SpentTokens;
  /** PEM of the key that signs tokens. */
  readonly signingKey: string;
  /** Name of a request for a certificate that nobody decided on. */
  readonly waiting: string;
  /** A CertificateSigningRequest for `system:masters`, as JSON. */
  readonly greedyRequest: string;
  /** The connection of somebody with these credentials. */
  open(loot: Loot): Attacker;
}

/** Tokens that were good once, or are for somebody else. */
export interface SpentTokens {
  readonly ofDeletedAccount: string;
  readonly ofDeletedSecret: string;
  readonly forVault: string;
}

/** Puts the world of the attacks together. */
export async function openCast(hub: Hub): Promise<Cast> {
  const { ca, admin: adminLoot } = hub.credentials();
  const opened: Attacker[] = [];
  const open = (loot: Loot): Attacker => {
    const attacker = new Attacker(hub.url, ca, loot);
    opened.push(attacker);
    return attacker;
  };
  const admin = open(adminLoot);
  for (const attempt of worldObjects()) await made(admin, attempt);
  const login = await signIn(admin, 'mallory');
  const waiting = await newCertificateRequest({ ...clientRequest, name: 'waiting', commonName: 'victim' });
  await made(admin, { method: 'POST', path: roots.certificates, body: waiting.object });
  const masters = { name: 'masters', commonName: 'mallory', organizations: ['system:masters'] };
  const greedy = await newCertificateRequest({ ...clientRequest, ...masters });
  const token = await tokenOf(admin, 'robot');
  const spent = await spendTokens(admin);
  const [north, west] = [await joinSite(open, admin, 'north', true), await joinSite(open, admin, 'west', false)];
  await made(admin, work('site-south'));
  return {
    admin,
    nobody: open({}),
    mallory: open(login),
    robot: open({ bearerToken: token }),
    north,
    west,
    login,
    token,
    spent,
    signingKey: readFileSync(join(hub.dataFolder, 'pki', 'service-accounts.key'), 'utf8'),
    waiting: 'waiting',
    greedyRequest: greedy.object,
    open,
    [Symbol.dispose]: () => opened.forEach((attacker) => attacker[Symbol.dispose]()),
  };
}

async function made(admin: Attacker, attempt: Attempt): Promise<Answer> {
  const answer = await admin.ask(attempt);
  assert.ok(answer.status < 300, `${attempt.method} ${attempt.path}: ${answer.status} ${answer.text}`);
  return answer;
}

function post(path: string, name: string, more: object): Attempt {
  return { method: 'POST', path, body: { metadata: { name }, ...more } };
}

function role(
  path: string,
  name: string,
  rules: readonly (readonly [group: string, resources: string, verbs: string])[],
) {
  const words = (text: string) => text.split(' ');
  return post(path, name, {
    rules: rules.map(([group, resources, verbs]) => ({
      apiGroups: [group],
      resources: words(resources),
      verbs: words(verbs),
    })),
  });
}

function binding(path: string, name: string, kind: 'Role' | 'ClusterRole', subject: object): Attempt {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
  return post(path, name, { roleRef, subjects: [subject] });
}

function worldObjects(): readonly Attempt[] {
  const { core, rbac, definitions } = roots;
  const [labRoles, labBindings] = [`${rbac}/namespaces/lab/roles`, `${rbac}/namespaces/lab/rolebindings`];
  const mallory = { kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' };
  const robot = { kind: 'ServiceAccount', name: 'robot', namespace: 'lab' };
  const write = 'create update patch';
  const rbacGroup = 'rbac.authorization.k8s.io';
  return [
    ...['lab', 'vault', 'site-south'].map((name) => post(`${core}/namespaces`, name, {})),
    post(`${core}/namespaces/vault/secrets`, 'login', { stringData: { password: secretText } }),
    post(`${core}/namespaces/vault/configmaps`, 'plans', { data: { plan: secretText } }),
    post(`${core}/namespaces/lab/configmaps`, 'notes', { data: { a: '1' } }),
    {
      method: 'POST',
      path: `${core}/namespaces/lab/configmaps`,
      body: { metadata: { name: 'going', finalizers: ['lab.dev/hold'] } },
    },
    { method: 'DELETE', path: `${core}/namespaces/lab/configmaps/going` },
    ...['robot', 'temp', 'boss'].map((name) => post(`${core}/namespaces/lab/serviceaccounts`, name, {})),
    post(`${core}/namespaces/lab/secrets`, 'lease', {}),
    post(definitions, 'widgets.lab.dev', { spec: widgetDefinition }),
    role(labRoles, 'lab-work', [
      ['', 'configmaps', `get list ${write}`],
      ['lab.dev', 'widgets', `get list ${write}`],
      [rbacGroup, 'roles rolebindings', `get ${write}`],
    ]),
    binding(labBindings, 'lab-work', 'Role', mallory),
    role(`${rbac}/clusterroles`, 'definer', [
      ['apiextensions.k8s.io', 'customresourcedefinitions', 'create'],
      ['certificates.k8s.io', 'certificatesigningrequests', write],
      [rbacGroup, 'clusterroles clusterrolebindings', `get ${write}`],
    ]),
    binding(`${rbac}/clusterrolebindings`, 'definer', 'ClusterRole', mallory),
    role(labRoles, 'robot', [['', 'configmaps', 'get patch']]),
    binding(labBindings, 'robot', 'Role', robot),
    role(labRoles, 'boss', [['', 'secrets', '*']]),
    binding(labBindings, 'boss', 'Role', { ...robot, name: 'boss' }),
  ];
}

const widgetDefinition = {
  group: 'lab.dev',
  names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
      },
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              properties: { replicas: { type: 'integer' }, word: { type: 'string', pattern: '^(a+)+$' } },
            },
            status: { type: 'object', properties: { replicas: { type: 'integer' } } },
          },
        },
      },
    },
  ],
};

const clientRequest = {
  organizations: [],
  usages: ['client auth'],
  signerName: 'kubernetes.io/kube-apiserver-client',
};

/** A client certificate by the way people get one. */
async function signIn(admin: Attacker, commonName: string): Promise<Loot> {
  const path = `${roots.certificates}/${commonName}`;
  const { object, keyPem } = await newCertificateRequest({ ...clientRequest, name: commonName, commonName });
  const created = await made(admin, { method: 'POST', path: roots.certificates, body: object });
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: 'a test' }];
  await made(admin, { method: 'PUT', path: `${path}/approval`, body: { ...created.json, status: { conditions } } });
  const cert = await eventually('the certificate', 10_000, async () => {
    const { certificate } = (await admin.ask({ path })).json['status'] as { certificate?: string };
    return certificate === undefined ? undefined : Buffer.from(certificate, 'base64').toString();
  });
  return { cert, key: keyPem };
}

async function tokenOf(admin: Attacker, name: string, spec: object = {}): Promise<string> {
  const path = `${roots.core}/namespaces/lab/serviceaccounts/${name}/token`;
  const { json } = await made(admin, { method: 'POST', path, body: { spec } });
  return (json['status'] as { token: string }).token;
}

async function spendTokens(admin: Attacker): Promise<SpentTokens> {
  const { core } = roots;
  const secret = await admin.ask({ path: `${core}/namespaces/lab/secrets/lease` });
  const { uid } = secret.json['metadata'] as { uid: string };
  const boundObjectRef = { kind: 'Secret', apiVersion: 'v1', name: 'lease', uid };
  const [ofDeletedAccount, ofDeletedSecret, forVault] = await Promise.all([
    tokenOf(admin, 'temp'),
    tokenOf(admin, 'robot', { boundObjectRef }),
    tokenOf(admin, 'robot', { audiences: ['vault'] }),
  ]);
  await made(admin, { method: 'DELETE', path: `${core}/namespaces/lab/secrets/lease` });
  await made(admin, { method: 'DELETE', path: `${core}/namespaces/lab/serviceaccounts/temp` });
  // Of the same name, and another account all the same.
  await made(admin, post(`${core}/namespaces/lab/serviceaccounts`, 'temp', {}));
  return { ofDeletedAccount, ofDeletedSecret, forVault };
}

/** A site that joins as sites do. */
async function joinSite(open: Cast['open'], admin: Attacker, name: string, accept: boolean): Promise<Attacker> {
  const secret = randomBytes(24).toString('base64url');
  const secretHash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  const expiresAt = new Date(Date.now() + 600_000).toISOString();
  const path = `${roots.management}/jointokens`;
  await made(admin, post(path, name, { spec: { expiresAt, secretHash, siteName: name, accept } }));
  const csr = await newCertificateRequest({ ...clientRequest, name, commonName: name });
  const { spec } = JSON.parse(csr.object) as { spec: { request: string } };
  const csrPem = Buffer.from(spec.request, 'base64').toString();
  const bearer = open({ bearerToken: `${name}.${secret}` });
  const { json } = await made(bearer, { method: 'POST', path: `${path}/${name}/join`, body: { csrPem } });
  return open({ cert: String(json['certificatePem']), key: csr.keyPem });
}

function work(namespace: string): Attempt {
  const digest = `sha256:${'a'.repeat(64)}`;
  const spec = { bundle: { digest, namespace: 'vault', name: digest.replace(':', '-') } };
  return post(`${roots.management}/namespaces/${namespace}/works`, 'payroll', { spec });
}
