import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { openAuthority } from '../../kernel/server/pki/file-authority.ts';
import { inspectWal } from '../../kernel/store/sqlite/wal.ts';
import { requireTool } from '../crash/require-tool.ts';
import { command, eventually, firstOutput } from '../world.ts';
import { anonymous, type RawAnswer, type RawRequest, send } from './http-request.ts';
import { Hub, type Identity } from './hub.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const megabyte = 1024 * 1024;

/** POST of a ConfigMap, or of whatever `body` is. */
function post(
  body: RawRequest['body'] | object,
  options: { type?: string; query?: string; as?: Identity } = {},
): RawRequest {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || Array.isArray(body);
  return {
    method: 'POST',
    path: `${configMaps}${options.query ?? ''}`,
    headers: { 'content-type': options.type ?? 'application/json' },
    body: isRaw
      ? (body as RawRequest['body'])
      : JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', ...(body as object) }),
    ...(options.as === undefined ? {} : { as: options.as }),
  } as RawRequest;
}

/** Checks that an answer is a `v1.Status` that refuses, with exactly this message. */
function assertRefused(answer: RawAnswer, code: number, reason: string, message: string | RegExp): void {
  const { kind, apiVersion, status, ...rest } = answer.json;
  assert.deepEqual([kind, apiVersion, status], ['Status', 'v1', 'Failure'], answer.text);
  assert.deepEqual([answer.status, rest['code'], rest['reason']], [code, code, reason], answer.text);
  if (typeof message === 'string') assert.equal(rest['message'], message);
  else assert.match(String(rest['message']), message);
}

suite('a request that is wrong', () => {
  let hub: Hub;
  before(async () => {
    hub = await Hub.start();
    const made = await send(hub, post({ metadata: { name: 'there' } }));
    assert.equal(made.status, 201, made.text);
  });
  after(() => hub[Symbol.asyncDispose]());

  const refusals: readonly (readonly [
    what: string,
    request: RawRequest,
    code: number,
    reason: string,
    message: string | RegExp,
  ])[] = [
    [
      'an unknown field under strict validation',
      post({ metadata: { name: 'x', lables: {} }, dta: {} }, { query: '?fieldValidation=Strict' }),
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.lables", unknown field "dta"',
    ],
    [
      'a duplicate field under strict validation',
      post('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","name":"y"}}', {
        query: '?fieldValidation=Strict',
      }),
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name"',
    ],
    [
      'a field validation that does not exist',
      post({ metadata: { name: 'x' } }, { query: '?fieldValidation=Loud' }),
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loud": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      'wrong types, in the words of Go',
      post({ metadata: { name: 'x' }, data: { a: 1 }, immutable: 'yes' }),
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'metadata that is no object',
      post({ metadata: 'x' }),
      400,
      'BadRequest',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
    [
      'an invalid name',
      post({ metadata: { name: 'Upper_Case' } }),
      422,
      'Invalid',
      `ConfigMap "Upper_Case" is invalid: metadata.name: Invalid value: "Upper_Case": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      'a name that is too long',
      post({ metadata: { name: 'a'.repeat(254) } }),
      422,
      'Invalid',
      /metadata\.name: Invalid value: "a{254}": must be no more than 253 characters$/,
    ],
    [
      'no name',
      post({ metadata: {} }),
      422,
      'Invalid',
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'wrong labels',
      post({ metadata: { name: 'x', labels: { 'a b': 'c', d: 'e f' } } }),
      422,
      'Invalid',
      /metadata\.labels: Invalid value: "a b": name part must consist of .*metadata\.labels: Invalid value: "e f": a valid label must be/,
    ],
    [
      'another namespace than that of the path',
      post({ metadata: { name: 'x', namespace: 'kube-system' } }),
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another kind than that of the path',
      post({ kind: 'Secret', metadata: { name: 'x' } }),
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a ConfigMap: kind must be "ConfigMap"',
    ],
    [
      'a body that announces too much',
      post('x'.repeat(3 * megabyte + 1)),
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ],
    [
      'a body that becomes too much',
      post([Buffer.alloc(2 * megabyte, ' '), Buffer.alloc(2 * megabyte, ' ')]),
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ],
    [
      'content beyond what the kind takes',
      post({ metadata: { name: 'x' }, data: { a: 'é'.repeat(megabyte / 2), b: 'x' } }),
      422,
      'Invalid',
      'ConfigMap "x" is invalid: []: Too long: may not be more than 1048576 bytes',
    ],
    [
      'cut JSON',
      post('{"apiVersion":"v1",'),
      400,
      'BadRequest',
      /^Cannot parse JSON: .* position 19 \(line 1 column 20\)$/,
    ],
    ['no body', post(''), 400, 'BadRequest', 'Cannot parse JSON: Unexpected end of JSON input'],
    ['a list', post('[]'), 400, 'BadRequest', 'Cannot read the body: it is not a JSON object'],
    [
      'JSON that is nested too deeply',
      post('['.repeat(1_000)),
      400,
      'BadRequest',
      /^Cannot (parse JSON|read JSON nested deeper than 256 levels)/,
    ],
    ['no UTF-8', post(Buffer.from('{"\xff":1}', 'latin1')), 400, 'BadRequest', /^Cannot parse JSON: .*utf-8$/],
    [
      'broken YAML',
      post('kind: [ConfigMap\nmetadata: {name: a}\n', { type: 'application/yaml' }),
      400,
      'BadRequest',
      /^Cannot parse YAML: .* at line 2, column 1:/,
    ],
    [
      'several YAML documents',
      post('kind: ConfigMap\n---\nkind: ConfigMap\n', { type: 'application/yaml' }),
      400,
      'BadRequest',
      'Cannot read the body: it holds several YAML documents, send one at a time',
    ],
    [
      'YAML that explodes',
      post(
        [
          'a: &a [x,x,x,x,x,x,x,x,x]',
          'b: &b [*a,*a,*a,*a,*a,*a,*a]',
          'c: &c [*b,*b,*b,*b,*b,*b,*b]',
          'd: [*c,*c,*c,*c]',
          '',
        ].join('\n'),
        { type: 'application/yaml' },
      ),
      400,
      'BadRequest',
      'Cannot parse YAML: its aliases expand more than 100 times',
    ],
    ...(['hello', 'k8s\0\x0a\x50'] as const).map(
      (body) =>
        [
          `protobuf that is none (${JSON.stringify(body)})`,
          post(Buffer.from(body, 'latin1'), { type: 'application/vnd.kubernetes.protobuf' }),
          400,
          'BadRequest',
          /^Cannot read protobuf: (the body does not begin with the Kubernetes envelope|it ends inside a field)$/,
        ] as const,
    ),
    [
      'an unknown content type',
      post('<ConfigMap/>', { type: 'text/xml' }),
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
    [
      'a patch that does not say what it is',
      { method: 'PATCH', path: `${configMaps}/there`, headers: { 'content-type': 'application/json' }, body: '{}' },
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json',
    ],
    [
      'an answer nobody can give',
      { path: configMaps, headers: { accept: 'text/html' } },
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
    [
      'a JSON patch with an unknown operation',
      {
        method: 'PATCH',
        path: `${configMaps}/there`,
        headers: { 'content-type': 'application/json-patch+json' },
        body: '[{"op":"frob","path":"/x"}]',
      },
      422,
      'Invalid',
      'the server rejected our request due to an error in our request',
    ],
    [
      'a limit that is no number',
      { path: `${configMaps}?limit=many` },
      400,
      'BadRequest',
      'strconv.ParseInt: parsing "many": invalid syntax',
    ],
    [
      'a resource version that is none',
      { path: `${configMaps}?resourceVersion=new` },
      400,
      'BadRequest',
      'invalid resource version: resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax',
    ],
    [
      'a resource version of the future',
      { path: `${configMaps}?resourceVersion=99999999` },
      504,
      'Timeout',
      /^Timeout: Too large resource version: 99999999, current: \d+$/,
    ],
    [
      'a selector that is none',
      { path: `${configMaps}?labelSelector=a%3Db%3Dc` },
      400,
      'BadRequest',
      "found '=', expected: ',' or 'end of string'",
    ],
    [
      'a field that cannot be selected',
      { path: `${configMaps}?fieldSelector=data.x%3D1` },
      400,
      'BadRequest',
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      'a way of deletion that does not exist',
      { method: 'DELETE', path: `${configMaps}/there?propagationPolicy=Sometimes` },
      422,
      'Invalid',
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sometimes": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      'a precondition that does not hold',
      {
        method: 'DELETE',
        path: configMaps + '/there',
        headers: { 'content-type': 'application/json' },
        body: '{"preconditions":{"uid":"other"}}',
      },
      409,
      'Conflict',
      /^Operation cannot be fulfilled on ConfigMap "there": the UID in the precondition \(other\) does not match the UID in record \([0-9a-f-]{36}\). The object might have been deleted and then recreated$/,
    ],
    [
      'a method no resource has',
      { method: 'PUT', path: configMaps, body: '{}' },
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'nobody in particular',
      { path: configMaps, as: anonymous },
      403,
      'Forbidden',
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    ],
    ['an unknown token', { path: configMaps, as: { bearerToken: 'guess' } }, 401, 'Unauthorized', 'Unauthorized'],
    [
      'an unknown token on a public path',
      { path: '/healthz', as: { bearerToken: 'guess' } },
      401,
      'Unauthorized',
      'Unauthorized',
    ],
  ];
  for (const [what, request, code, reason, message] of refusals) {
    test(`${what} is refused`, async () => assertRefused(await send(hub, request), code, reason, message));
  }

  test('an unknown field is dropped with a warning unless validation is strict', async () => {
    const { status, headers, json } = await send(hub, post({ metadata: { name: 'warned' }, dta: { x: '1' } }));
    assert.equal(status, 201);
    assert.equal(headers['warning'], '299 - "unknown field \\"dta\\""');
    assert.ok(!('dta' in json));
    const ignored = await send(
      hub,
      post({ metadata: { name: 'ignored' }, dta: {} }, { query: '?fieldValidation=Ignore' }),
    );
    assert.deepEqual([ignored.status, ignored.headers['warning']], [201, undefined]);
  });

  test('anonymous clients see health and version only', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
      assert.equal((await send(hub, { path, as: anonymous })).status, 200, path);
    }
    for (const path of ['/api', '/apis', '/openapi/v3', '/metrics']) {
      assert.equal((await send(hub, { path, as: anonymous })).status, 403, path);
    }
  });

  test('a certificate of another authority or of the past is not taken for nobody', async () => {
    const tools = { clock: systemClock, random: systemRandom };
    const profile = { commonName: 'admin', organizations: ['system:masters'], usage: 'client', names: [] } as const;
    const own = await openAuthority({ folder: join(hub.dataFolder, 'pki'), commonName: 'hub', ...tools });
    const stranger = await openAuthority({ folder: join(hub.folder, 'stranger'), commonName: 'hub', ...tools });
    const short = await own.issue({ ...profile, validForMs: 1_000 });
    const strange = await stranger.issue({ ...profile, validForMs: 60_000 });
    const as = ({ certificatePem, keyPem }: typeof short): Identity => ({ cert: certificatePem, key: keyPem });
    assertRefused(
      await send(hub, { path: configMaps, as: as(strange) }),
      401,
      'Unauthorized',
      /^Unauthorized: the client certificate is not accepted: it is not signed by an authority of this server \([A-Z_]+\)$/,
    );
    await eventually('the certificate is expired', 5_000, () =>
      Date.now() > short.notAfterMs + 50 ? true : undefined,
    );
    assertRefused(
      await send(hub, { path: configMaps, as: as(short) }),
      401,
      'Unauthorized',
      `Unauthorized: the client certificate is not accepted: it expired on ${new Date(short.notAfterMs).toISOString()}`,
    );
  });

  test('nothing of all that changed anything, and nothing failed inside the server', async () => {
    assert.deepEqual(await ownConfigMaps(hub), ['ignored', 'there', 'warned']);
    assert.doesNotMatch(hub.log, /"level":"error"/);
  });
});

/** What a start that was refused printed. */
async function refusedStart(hub: Hub, ...flags: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await hub.run(...flags);
  assert.deepEqual([code, stdout], [1, ''], stderr);
  return stderr;
}

suite('a hub that cannot start', () => {
  test('says which flag to change for a busy port, a foreign address and a folder that is a file', async () => {
    await using running = await Hub.start();
    await using busy = await Hub.prepare({ port: running.port });
    assert.equal(
      await refusedStart(busy),
      `planform: Cannot listen on 127.0.0.1:${busy.port}: another process listens there\n  choose another one with --port (now ${busy.port})\n`,
    );
    assert.match(
      await refusedStart(busy, '--host', '192.0.2.1'),
      /^planform: Cannot listen on 192\.0\.2\.1:\d+: this machine has no such address\n {2}choose one of this machine with --host \(now 192\.0\.2\.1\)\n$/,
    );
    const file = join(busy.folder, 'file');
    writeFileSync(file, '');
    assert.equal(
      await refusedStart(busy, '--data', file),
      `planform: Cannot make or write the data folder "${file}": there is a file of that name\n  choose another one with --data\n`,
    );
    assert.equal(
      await refusedStart(busy, '--data', '/proc/planform'),
      'planform: Cannot make or write the data folder "/proc/planform": no folder can be made there\n  choose another one with --data\n',
    );
    const wrong = await busy.run('--port', '70000');
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.stderr,
      /'--port <number>' argument '70000' is invalid. It must be a whole number from 1 to 65535\./,
    );
  });

  test('names the process that has the data folder open, and takes nothing from it', async () => {
    await using running = await Hub.start();
    await using second = await Hub.prepare({ dataFolder: running.dataFolder });
    assert.equal(
      await refusedStart(second),
      `planform: Cannot open the store "${join(running.dataFolder, 'store.db')}": process ${running.pid} has it open\n  stop the other process, or choose another folder with --data\n`,
    );
    assert.equal((await send(running, { path: '/readyz' })).text, 'ok');
  });

  test('leaves data of a newer version, damaged data and foreign data as they are', async () => {
    await using hub = await Hub.start();
    for (let index = 0; index < 10; index++) {
      await send(hub, post({ metadata: { name: `c${index}` }, data: { x: 'x'.repeat(5_000) } }));
    }
    await hub.stop();
    const path = join(hub.dataFolder, 'store.db');
    const good = readFileSync(path);
    const restore =
      '  make a new folder from a backup with `planform restore`; `planform check` says more; nothing was changed\n';
    for (const [what, at, bytes, message] of [
      [
        'newer',
        60,
        [0, 0, 0, 99],
        `planform: Cannot open the store "${path}": its format version is 99, this program knows versions up to ${readFormatVersion(good)}. Use a newer Planform\n  run the version that wrote it, or choose another folder with --data; nothing was changed\n`,
      ],
      [
        'foreign',
        68,
        [1, 2, 3, 4],
        `planform: Cannot open the store "${path}": it is not a Planform store. Keep a copy of its folder and restore a backup\n${restore}`,
      ],
      [
        'no database',
        0,
        [...Buffer.from('nonsense')],
        `planform: Cannot open the store "${path}": file is not a database. Keep a copy of its folder and restore a backup\n${restore}`,
      ],
      [
        'damaged page',
        2 * 4096,
        [...Buffer.alloc(4096, 0xaa)],
        `planform: Cannot read "${path}": database disk image is malformed\n${restore}`,
      ],
    ] as const) {
      const damaged = Buffer.from(good);
      damaged.set(bytes, at);
      writeFileSync(path, damaged);
      const digest = digestOf(hub.dataFolder);
      assert.equal(await refusedStart(hub), message, what);
      if (what === 'newer' || what === 'foreign')
        assert.equal(digestOf(hub.dataFolder), digest, `${what} is untouched`);
    }
    writeFileSync(path, good);
    rmSync(join(hub.dataFolder, 'pki', 'ca.key'));
    assert.match(
      await refusedStart(hub),
      /^planform: Cannot open the authority: ".*ca\.key" is missing beside its certificate\n {2}restore .*pki from a backup: /,
    );
  });
});

/** What is said when the disk is full: of the object, or of the record of the request, which may find it full first. */
function noSpace(name: string): RegExp {
  return new RegExp(
    `^(Cannot store configmaps "${name}": no space is left for the store|Cannot answer: no space is left for its record in the audit log)$`,
  );
}

/** The words before a command that give it mounts of its own. */
const ownMounts = ['unshare', ...(process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'])] as const;

/** The format version a store was written in, which SQLite keeps in the header of its file. */
function readFormatVersion(file: Buffer): number {
  return file.readUInt32BE(60);
}

/** Digest of all files in a folder, names included. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Layout of SQLite's write-ahead log. */
const walHeaderBytes = 32;
const walFrameBytes = 24 + 4096;

/** Names of all objects at a path. */
async function namesAt(hub: Hub, path: string): Promise<readonly string[]> {
  const { status, json } = await send(hub, { path });
  assert.equal(status, 200);
  return (json['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
}

/** Those this test made: every namespace also has one of the server. */
async function ownConfigMaps(hub: Hub): Promise<readonly string[]> {
  return (await namesAt(hub, configMaps)).filter((name) => name !== 'kube-root-ca.crt');
}

/** Waits until the controllers have written what a new hub has by itself. */
async function untilQuiet(hub: Hub): Promise<void> {
  const namespaces = (await namesAt(hub, '/api/v1/namespaces')).length;
  await eventually('what every namespace has', 5_000, async () => {
    const role = await send(hub, { path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/admin' });
    const counts = await Promise.all(
      ['configmaps', 'serviceaccounts'].map((plural) => namesAt(hub, `/api/v1/${plural}`)),
    );
    return counts.every(({ length }) => length === namespaces) && role.text.includes('configmaps');
  });
}

test('a hub recovers from a torn last record, says so, and has everything before it', async () => {
  await using hub = await Hub.start();
  await untilQuiet(hub);
  for (let index = 0; index < 10; index++) {
    await send(hub, post({ metadata: { name: `c${index}` }, data: { x: 'x'.repeat(5_000) } }));
  }
  await hub.stop('SIGKILL');
  const wal = join(hub.dataFolder, 'store.db-wal');
  // Behind the last commit the file holds a reserve; the record itself is what must be torn.
  truncateSync(wal, walHeaderBytes + inspectWal(wal).framePages.length * walFrameBytes - 100);
  hub.log = '';
  await hub.start();
  const [, note] = /"note":"(.*?)","message":"recovered the store"/.exec(hub.log) ?? [];
  assert.match(
    note ?? hub.log,
    /^Dropped \d+ bytes at the end of \\".*store\.db-wal\\": the last write there is not complete$/,
  );
  assert.equal((await ownConfigMaps(hub)).length, 9);
  assert.equal((await send(hub, post({ metadata: { name: 'c9' } }))).status, 201);
});

test('a full disk refuses writes with a clear Status, answers reads, loses nothing, and is over when there is space', async (t) => {
  await using disk = await smallDisk(t);
  if (disk === undefined) return;
  await using hub = await Hub.prepare({ dataFolder: disk.folder, seenFolder: disk.seenFolder, wrapper: disk.wrapper });
  await hub.start();
  const acknowledged = new Set<string>();
  let next = 0;
  const write = async (bytes: number): Promise<RawAnswer> => {
    const name = `c${String(next++).padStart(5, '0')}`;
    const answer = await send(hub, post({ metadata: { name }, data: { x: 'x'.repeat(bytes) } }));
    if (answer.status === 201) acknowledged.add(name);
    else assertRefused(answer, 507, 'InsufficientStorage', noSpace(name));
    return answer;
  };
  const checkAll = async () => {
    assert.deepEqual(await ownConfigMaps(hub), [...acknowledged].toSorted());
  };
  const filler = join(disk.seenFolder, 'filler');
  writeFileSync(filler, Buffer.alloc(2 * megabyte));
  for (let bytes = 200_000; bytes >= 1; ) {
    const answers = await Promise.all([write(bytes), write(bytes), write(bytes)]);
    if (answers.some(({ status }) => status === 507)) bytes = Math.floor(bytes / 4);
  }
  await checkAll();
  assert.equal((await send(hub, { path: `${configMaps}/c00000` })).status, 200);
  const there = { method: 'DELETE', path: `${configMaps}/c00000` };
  const deleted = await send(hub, there);
  if (deleted.status === 200) acknowledged.delete('c00000');
  else assertRefused(deleted, 507, 'InsufficientStorage', noSpace('c00000'));

  // A start on the full disk: what can be read is served.
  await hub.stop('SIGKILL');
  await hub.start();
  await checkAll();

  rmSync(filler);
  await eventually('writes go on', 5_000, async () => ((await write(10)).status === 201 ? true : undefined));
  await checkAll();
  await hub.stop('SIGKILL');
  await hub.start();
  await checkAll();
});

interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** The same folder as seen from outside. */
  readonly seenFolder: string;
  /** Runs a program where the disk is mounted, its log on that disk too. */
  readonly wrapper: readonly string[];
}

test('a disk that cannot be written is named before anything starts', async (t) => {
  if (!requireTool(t, ownMounts[0], [...ownMounts.slice(1), 'true'])) return;
  await using busy = await Hub.prepare({
    dataFolder: '/mnt',
    wrapper: [...ownMounts, 'sh', '-c', 'mount -t tmpfs -o ro none /mnt && exec "$0" "$@"'],
  });
  assert.equal(
    await refusedStart(busy),
    'planform: Cannot make or write the data folder "/mnt": the disk cannot be written\n  choose another one with --data\n',
  );
});

/** A 16 MB disk in a mount namespace of its own, held by a process: it goes away with that, whatever happens. */
async function smallDisk(t: TestContext): Promise<SmallDisk | undefined> {
  if (!requireTool(t, ownMounts[0], [...ownMounts.slice(1), 'true']) || !requireTool(t, 'nsenter', ['--version']))
    return undefined;
  const { stdout } = await command('mktemp', ['-d', '/tmp/planform-disk-XXXXXX']);
  const folder = stdout.trim();
  const holder: ChildProcess = spawn(
    ownMounts[0],
    [
      ...ownMounts.slice(1),
      'sh',
      '-c',
      'mount -t tmpfs -o size=16m none "$0" && echo mounted && exec sleep 1000',
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await firstOutput(holder);
  const user = process.getuid?.() === 0 ? [] : ['-U', '--preserve-credentials'];
  return {
    folder,
    seenFolder: `/proc/${holder.pid}/root${folder}`,
    wrapper: [
      'nsenter',
      '-t',
      String(holder.pid),
      '-m',
      ...user,
      '--',
      'sh',
      '-c',
      'exec "$@" 2>>"$0"',
      `${folder}/hub.log`,
    ],
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL');
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
