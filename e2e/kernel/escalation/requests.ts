import { gzipSync } from 'node:zlib';
import { type Attack, type AttackTable, badRequest, forbidden, invalid, notFound, patchTypes } from './attack.ts';
import { roots } from './cast.ts';

const { core, definitions, widgets } = roots;
const configMaps = `${core}/namespaces/lab/configmaps`;
/** Paths that a router and an authorizer might read differently; somewhere behind them is a Secret. */
const tricks: Readonly<Record<string, string>> = {
  'dot segments': `${core}/namespaces/lab/../vault/secrets/login`,
  'encoded dot segments': `${core}/namespaces/lab/%2e%2e/vault/secrets/login`,
  'encoded slashes': `${core}/namespaces/lab%2F..%2Fvault/secrets/login`,
  'double encoding': `${core}/namespaces/lab/%252e%252e/vault/secrets/login`,
  'double slashes': `/${core}//namespaces//vault//secrets//login`,
  'a slash at the end': `${core}/namespaces/vault/secrets/login/`,
  'upper case': '/API/V1/namespaces/vault/secrets/login',
  'upper case in the resource': `${core}/namespaces/vault/Secrets/login`,
  'a NUL': `${core}/namespaces/vault%00/secrets/login`,
  'a parameter in the path': `${core}/namespaces/lab;x=1/secrets/login`,
  backslashes: `${core}/namespaces/lab\\..\\vault/secrets/login`,
  'a path everybody may see in front': `/readyz/..${core}/namespaces/vault/secrets/login`,
};

/** Paths that mean something else than they say: nothing is normalized after it was authorized. */
export const attacksByPath: AttackTable = () => [
  ...Object.entries(tricks).map(
    ([what, path]): Attack => ({ what, path, ...forbidden, message: /User "mallory" cannot get/ }),
  ),
  {
    what: 'an encoded slash in a name',
    path: `${configMaps}/..%2F..%2Fvault%2Fsecrets%2Flogin`,
    ...notFound,
    message: /configmaps "\.\.\/\.\.\/vault\/secrets\/login" not found/,
  },
  { what: 'half an escape', path: `${core}/namespaces/vault/secrets/%zz`, status: 404, message: /404 page not found/ },
];

/** Objects that are not what or where they say. */
export const attacksByObject: AttackTable = () => [
  {
    what: 'an object for another namespace than that of the path',
    method: 'POST',
    path: configMaps,
    body: { metadata: { name: 'x', namespace: 'vault' } },
    ...badRequest,
    message: /namespace of the provided object does not match/,
  },
  {
    what: 'an object of another kind',
    method: 'POST',
    path: configMaps,
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
    ...badRequest,
    message: /kind must be "ConfigMap"/,
  },
  {
    what: 'an update under another name',
    method: 'PUT',
    path: `${configMaps}/notes`,
    body: { metadata: { name: 'other', namespace: 'lab' } },
    ...badRequest,
    message: /the name of the object \(other.*\) does not match the name on the URL \(notes/,
  },
  {
    what: 'an update with the uid of another object',
    method: 'PUT',
    path: `${configMaps}/notes`,
    body: { metadata: { name: 'notes', uid: 'made-up' } },
    status: 409,
    reason: 'Conflict',
    message: /Precondition failed: UID/,
  },
  {
    what: 'a name with a path in it',
    method: 'POST',
    path: configMaps,
    body: { metadata: { name: '../../vault/x' } },
    ...invalid,
    message: /metadata\.name: Invalid value/,
  },
  {
    what: 'a made-up name with a path in it',
    method: 'POST',
    path: configMaps,
    body: { metadata: { generateName: '../../vault/x' } },
    ...invalid,
    message: /metadata\.(?:generateN|n)ame: Invalid value/,
  },
  {
    what: 'an apply that owns fields',
    method: 'PATCH',
    path: `${configMaps}/notes?fieldManager=m`,
    headers: patchTypes.apply,
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'notes', managedFields: [{ manager: 'm', operation: 'Apply' }] },
    },
    ...badRequest,
    message: /managedFields must be nil/,
  },
  {
    what: 'an owner without the right to delete',
    by: 'robot',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.merge,
    body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'going', uid: 'u' }] } },
    ...forbidden,
    message: /cannot set an ownerRef on a resource you can't delete/,
  },
  {
    what: 'an owner held back without a right on it',
    method: 'POST',
    path: configMaps,
    body: {
      metadata: {
        name: 'x',
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ServiceAccount', name: 'boss', uid: 'u', blockOwnerDeletion: true },
        ],
      },
    },
    ...forbidden,
    message: /cannot set blockOwnerDeletion/,
  },
  {
    what: 'an owner of no kind',
    method: 'POST',
    path: configMaps,
    body: { metadata: { name: 'x', ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] } },
    ...invalid,
    message: /metadata\.ownerReferences/,
  },
  {
    what: 'a finalizer that is no name',
    method: 'POST',
    path: configMaps,
    body: { metadata: { name: 'x', finalizers: ['not a name'] } },
    ...invalid,
    message: /metadata\.finalizers/,
  },
  {
    what: 'a finalizer on what is on its way out',
    method: 'PATCH',
    path: `${configMaps}/going`,
    headers: patchTypes.merge,
    body: { metadata: { finalizers: ['lab.dev/hold', 'lab.dev/more'] } },
    ...invalid,
    message: /no new finalizers can be added if the object is being deleted/,
  },
  {
    what: 'a label that is no label',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.merge,
    body: { metadata: { labels: { 'a b': 'c' } } },
    ...invalid,
    message: /metadata\.labels: Invalid value/,
  },
  {
    what: 'a status without one',
    method: 'PATCH',
    path: `${configMaps}/notes/status`,
    headers: patchTypes.merge,
    body: { status: {} },
    status: 404,
    message: /the server could not find the requested resource/,
  },
];

const proto = (json: string) => `{"metadata":{"name":"x"},${json}}`;
const asYaml = { 'content-type': 'application/yaml' };

function bombOf(levels: number): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level <= levels; level++) {
    const before = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    lines.push(`a${level}: &a${level} [${before}]`);
  }
  return lines.join('\n');
}

function definition(name: string, properties: object): object {
  const names = { kind: 'Bomb', plural: 'bombs', singular: 'bomb', listKind: 'BombList' };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...properties } } } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  return { metadata: { name: `bombs.${name}` }, spec: { group: name, names, scope: 'Namespaced', versions } };
}

const lists = (depth: number): object =>
  depth === 0 ? { type: 'string' } : { type: 'array', items: lists(depth - 1) };

/** Bodies that are larger, deeper or slower than they look. */
export const attacksByBody: AttackTable = () => [
  {
    what: 'a body of 4 MiB',
    method: 'POST',
    path: configMaps,
    body: { metadata: { name: 'x' }, data: { a: 'x'.repeat(4 << 20) } },
    status: 413,
    reason: 'RequestEntityTooLarge',
    message: /limit is|too large/,
  },
  {
    what: 'a body that unpacks to 64 MiB',
    method: 'POST',
    path: configMaps,
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
    body: gzipSync(Buffer.alloc(64 << 20, 32)),
    ...badRequest,
    message: /Cannot parse JSON/,
  },
  {
    what: 'aliases of aliases of aliases',
    method: 'POST',
    path: configMaps,
    headers: asYaml,
    body: bombOf(9),
    ...badRequest,
    message: /alias/i,
  },
  {
    what: 'an alias of itself',
    method: 'POST',
    path: configMaps,
    headers: asYaml,
    body: 'a: &a [*a]',
    ...badRequest,
    message: /./,
  },
  {
    what: 'nesting of 100,000 lists',
    method: 'POST',
    path: configMaps,
    body: '['.repeat(100_000),
    ...badRequest,
    message: /./,
  },
  {
    what: 'a patch of 10,001 operations',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.json,
    body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' })),
    status: 413,
    reason: 'RequestEntityTooLarge',
    message: /allowed maximum operations in a JSON patch is 10000/,
  },
  {
    what: 'a patch that doubles an object 40 times',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.json,
    body: [
      { op: 'add', path: '/data/b', value: 'x'.repeat(1000) },
      ...Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/data', path: `/data/c${index}` })),
    ],
    ...invalid,
    message: /due to an error in our request/,
  },
  {
    what: 'a field of prototypes',
    method: 'POST',
    path: configMaps,
    body: proto('"__proto__":{"isAdmin":true}'),
    ...badRequest,
    message: /__proto__/,
  },
  {
    what: 'a nested field of prototypes',
    method: 'POST',
    path: configMaps,
    body: proto('"data":{"__proto__":"x"}'),
    ...badRequest,
    message: /__proto__/,
  },
  {
    what: 'a merge into prototypes',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.merge,
    body: '{"__proto__":{"isAdmin":true}}',
    ...badRequest,
    message: /__proto__/,
  },
  {
    what: 'a patch of prototypes',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.json,
    body: [{ op: 'add', path: '/__proto__/isAdmin', value: true }],
    ...badRequest,
    message: /__proto__/,
  },
  {
    what: 'a patch of constructors',
    method: 'PATCH',
    path: `${configMaps}/notes`,
    headers: patchTypes.json,
    body: [{ op: 'add', path: '/constructor/prototype/isAdmin', value: true }],
    ...invalid,
    message: /due to an error in our request/,
  },
  {
    what: 'prototypes in YAML',
    method: 'POST',
    path: configMaps,
    headers: asYaml,
    body: 'metadata: {name: x}\n__proto__: {a: 1}\n',
    ...badRequest,
    message: /__proto__/,
  },
  {
    what: 'a merge key in YAML',
    method: 'PATCH',
    path: `${configMaps}/notes?fieldManager=m`,
    headers: patchTypes.apply,
    body: 'a: &a {b: c}\n<<: *a\n',
    ...badRequest,
    message: /./,
  },
  {
    what: 'a pattern that looks back',
    method: 'POST',
    path: definitions,
    body: definition('back.dev', { properties: { a: { type: 'string', pattern: '(a+)\\1' } } }),
    ...invalid,
    message: /pattern: Invalid value/,
  },
  {
    what: 'a word that a pattern could take for ever to refuse',
    method: 'POST',
    path: widgets,
    body: {
      apiVersion: 'lab.dev/v1',
      kind: 'Widget',
      metadata: { name: 'x' },
      spec: { word: `${'a'.repeat(50_000)}!` },
    },
    ...invalid,
    message: /spec\.word.*should match|spec\.word: Invalid value/,
  },
  {
    what: 'a rule that costs too much',
    method: 'POST',
    path: definitions,
    body: definition('cost.dev', {
      properties: { l: lists(3) },
      'x-kubernetes-validations': [{ rule: 'self.l.all(a, a.all(b, b.all(c, c.contains(c))))' }],
    }),
    ...invalid,
    message: /estimated rule cost exceeds budget/,
  },
  {
    what: 'a rule of ten nested loops',
    method: 'POST',
    path: definitions,
    body: definition('loop.dev', {
      properties: { l: lists(1) },
      'x-kubernetes-validations': [
        { rule: `${Array.from({ length: 10 }, (_, i) => `self.l.all(v${i}, `).join('')}true${')'.repeat(10)}` },
      ],
    }),
    ...invalid,
    message: /estimated rule cost exceeds budget|too deep/,
  },
  {
    what: 'a rule with a pattern that looks back',
    method: 'POST',
    path: definitions,
    body: definition('match.dev', {
      properties: { a: { type: 'string', maxLength: 5 } },
      'x-kubernetes-validations': [{ rule: "self.a.matches('(a)\\\\1')" }],
    }),
    ...invalid,
    message: /compilation failed/,
  },
  {
    what: 'a definition of a group of Kubernetes',
    method: 'POST',
    path: definitions,
    body: definition('made-up.k8s.io', {}),
    ...invalid,
    message: /protected groups must have approval annotation/,
  },
  {
    what: 'a selector that is no selector',
    path: `${configMaps}?labelSelector=${encodeURIComponent('a in (')}`,
    ...badRequest,
    message: /unable to parse requirement/,
  },
  {
    what: 'a continue token of one’s own making',
    path: `${configMaps}?continue=AAAA`,
    ...badRequest,
    message: /continue key is not valid/,
  },
];
