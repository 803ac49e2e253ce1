import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { CommandError } from './exit.ts';
import { readKubeconfig } from './kubeconfig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function read(content: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'planform-kubeconfig-'));
  const path = join(folder, 'kubeconfig');
  try {
    if (content !== undefined) await writeFile(path, content);
    return await readKubeconfig(path);
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
    // Kubernetes: $KUBECONFIG may list several files, those that are not there are passed over.
    const found = await readKubeconfig([join(folder, 'absent'), path].join(delimiter));
    assert.deepEqual(found, { url: 's', caPem: 'ca\n', identity, bearerToken: 'token' });
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
