import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { CommandError } from './exit.ts';
import { readKubeconfig } from './kubeconfig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function read(content: string | undefined, context?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'planform-kubeconfig-'));
  const path = join(folder, 'kubeconfig');
  try {
    if (content !== undefined) await writeFile(path, content);
    const { server, namespace } = await readKubeconfig({ kubeconfig: path, context });
    return namespace === undefined ? server : { ...server, namespace };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function fails(content: string | undefined, message: RegExp): Promise<void> {
  return assert.rejects(read(content), (error) => error instanceof CommandError && message.test(error.message));
}

const cluster = `{ server: "https://h:1", certificate-authority-data: ${base64('CA')} }`;
const user = `{ client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')} }`;
const other = '{ name: other, cluster: { server: "https://other:1" } }';

test('readKubeconfig() reads what Planform writes', async () => {
  const text = `clusters: [{ name: hub, cluster: ${cluster} }]\nusers: [{ name: admin, user: ${user} }]\n`;
  const identity = { certificatePem: 'CERT', keyPem: 'KEY' };
  assert.deepEqual(await read(text), { url: 'https://h:1', caPem: 'CA', identity });
});

test('readKubeconfig() takes tokens, and files that are named relative to the kubeconfig', async () => {
  const users = (fields: string) => `clusters: [{ cluster: ${cluster} }]\nusers: [{ user: ${fields} }]`;
  assert.deepEqual(await read(users('{ token: T }')), { url: 'https://h:1', caPem: 'CA', bearerToken: 'T' });
  const folder = await mkdtemp(join(tmpdir(), 'planform-kubeconfig-'));
  try {
    await Promise.all(['ca', 'cert', 'key', 'token'].map((name) => writeFile(join(folder, name), `${name}\n`)));
    const path = join(folder, 'kubeconfig');
    const files = `{ client-certificate: cert, client-key: ${join(folder, 'key')}, tokenFile: token }`;
    await writeFile(
      path,
      `clusters: [{ cluster: { server: s, certificate-authority: ca } }]\nusers: [{ user: ${files} }]`,
    );
    const identity = { certificatePem: 'cert\n', keyPem: 'key\n' };
    const { server } = await readKubeconfig({ kubeconfig: path });
    assert.deepEqual(server, { url: 's', caPem: 'ca\n', identity, bearerToken: 'token' });
  } finally {
    await rm(folder, { recursive: true });
  }
  await fails(users('{ tokenFile: /nowhere/token }'), /^Cannot read "\/nowhere\/token", which the kubeconfig /);
});

test('readKubeconfig() follows the current context of a file with several', async () => {
  const text = [
    'current-context: b',
    'contexts: [{ name: a, context: { cluster: other, user: x } }, { name: b, context: { cluster: hub, user: admin } }]',
    `clusters: [${other}, { name: hub, cluster: ${cluster} }]`,
    `users: [{ name: x, user: {} }, { name: admin, user: ${user} }]`,
  ].join('\n');
  assert.equal((await read(text)).url, 'https://h:1');
  await assert.rejects(read(text, 'a'), { message: /has no certificate-authority-data$/ });
  await assert.rejects(read(text, 'c'), { message: /has no context "c"$/, hint: 'it has "a", "b"' });
  const undecided = { message: /has no current-context$/, hint: 'say --context; it has "a", "b"' };
  await assert.rejects(read(text.replace(/^.*\n/, '')), undecided);
  await assert.rejects(read(text.replace('cluster: hub', 'cluster: gone')), { message: /has no cluster "gone"$/ });
  await assert.rejects(read(text.replace('user: admin', 'user: gone')), { message: /has no user "gone"$/ });
  const inShop = text.replace('user: admin', 'user: admin, namespace: shop');
  assert.deepEqual(await read(inShop), { ...(await read(text)), namespace: 'shop' });
});

test('readKubeconfig() makes one of the files of $KUBECONFIG, as kubectl does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planform-kubeconfig-'));
  const before = process.env['KUBECONFIG'];
  const [one, two] = [join(folder, 'one', 'config'), join(folder, 'two', 'config')];
  const listed = (...paths: readonly string[]) => (process.env['KUBECONFIG'] = paths.join(delimiter));
  const contextOf = (name: string, at: string) => `{ name: ${name}, context: { cluster: ${at}, user: ${at} } }`;
  const clusterOf = (name: string, url: string) =>
    `{ name: ${name}, cluster: { server: "${url}", certificate-authority: ca } }`;
  try {
    for (const file of [one, two]) {
      await mkdir(dirname(file));
      await writeFile(join(dirname(file), 'ca'), `CA of ${file}`);
    }
    await writeFile(
      one,
      `contexts: [${contextOf('a', 'a')}]\nclusters: [${clusterOf('a', 'https://one')}]\nusers: [{ name: a, user: { token: ONE } }]`,
    );
    await writeFile(
      two,
      [
        'current-context: b',
        `contexts: [${contextOf('a', 'b')}, ${contextOf('b', 'b')}]`,
        `clusters: [${clusterOf('a', 'https://other')}, ${clusterOf('b', 'https://two')}]`,
        'users: [{ name: b, user: { token: TWO } }]',
      ].join('\n'),
    );
    listed(join(folder, 'absent'), one, '', two, one);
    const caOf = (file: string) => `CA of ${file}`;
    const current = await readKubeconfig({});
    assert.deepEqual(current.server, { url: 'https://two', caPem: caOf(two), bearerToken: 'TWO' });
    // Kubernetes: the first file that has a name counts for it; paths are relative to the file they stand in.
    const { server } = await readKubeconfig({ context: 'a' });
    assert.deepEqual(server, { url: 'https://one', caPem: caOf(one), bearerToken: 'ONE' });
    assert.equal(current.place, [join(folder, 'absent'), one, two].join(delimiter));
    // A file that was named counts alone, and is no list.
    assert.equal((await readKubeconfig({ kubeconfig: one })).server.url, 'https://one');
    await assert.rejects(readKubeconfig({ kubeconfig: [one, two].join(delimiter) }), { message: /: there is none$/ });
    listed(join(folder, 'absent'), join(folder, 'gone'));
    await assert.rejects(readKubeconfig({}), { message: /absent:.*gone": there is none$/ });
  } finally {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
    await rm(folder, { recursive: true });
  }
});

test('readKubeconfig() asks the command of a user, as kubectl does', async () => {
  const exec = (script: string) => {
    const fields = { command: process.execPath, args: ['-e', script], env: [{ name: 'WORD', value: 'T' }] };
    return `clusters: [{ cluster: ${cluster} }]\nusers: [{ user: { exec: ${JSON.stringify(fields)} } }]`;
  };
  // client.authentication.k8s.io/v1: what is asked stands in KUBERNETES_EXEC_INFO, the answer on standard output.
  const script =
    'const { kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO); console.log(JSON.stringify({ kind, status: { token: process.env.WORD } }))';
  assert.deepEqual(await read(exec(script)), { url: 'https://h:1', caPem: 'CA', bearerToken: 'T' });
  await fails(
    exec('process.exitCode = 7'),
    /^Cannot get credentials from ".*", which the kubeconfig .*: it ended with code 7$/,
  );
  await fails(exec('console.log("{}")'), /: it printed no ExecCredential$/);
  await fails(
    exec('0').replace(JSON.stringify(process.execPath), '"./nowhere"'),
    /Cannot get credentials from ".*ENOENT/,
  );
});

test('readKubeconfig() says what is wrong with a file', async () => {
  await fails(undefined, /^Cannot read the kubeconfig ".*": there is none$/);
  await fails('', /has no server$/);
  await fails('clusters: [', /^Cannot read the kubeconfig ".*": it is not YAML/);
  await fails('just text', /has no server$/);
  await fails('clusters: 7\nusers: 8', /has no server$/);
  await fails(`clusters: [{ cluster: ${cluster} }]`, /has no client-certificate-data and no token$/);
  await fails(
    `clusters: [{ cluster: ${cluster} }]\nusers: [{ user: { client-certificate-data: QQ== } }]`,
    /has no client-key-data$/,
  );
});
