import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { commandPath, nodeOptions } from '../../programs/cli/child.ts';
import { type CommandResult, command, eventually, kubectlPath } from '../world.ts';
import { backUp } from './backup.ts';
import { send } from './http-request.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';

const path = kubectlPath(36);
const skip = path === undefined ? 'kubectl 1.36 is not on this machine: run tools/e2e-setup.sh' : false;

/** A value nothing else contains. */
const secretText = (number: number) => `clear-text-of-secret-${number}-Qx7`;

/** Files, and "log" for what the server wrote, in which a text is, as it is or in base64. */
function filesWith(hub: Hub, text: string, ...more: readonly string[]): readonly string[] {
  const inFolder = readdirSync(hub.dataFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const forms = [text, Buffer.from(text).toString('base64').replaceAll('=', '')];
  const has = (content: Buffer) => forms.some((form) => content.includes(form));
  const found = [...inFolder, ...more].filter((file) => has(readFileSync(file)));
  return has(Buffer.from(hub.log)) ? [...found, 'log'] : found;
}

function planform(...words: readonly string[]): Promise<CommandResult> {
  return command(process.execPath, [...nodeOptions, commandPath, ...words], { timeoutMs: 60_000 });
}

/** `planform encryption … --data FOLDER`, which must work. */
async function encryption(hub: Hub, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await planform('encryption', ...words, '--data', hub.dataFolder);
  assert.equal(code, 0, `planform encryption ${words.join(' ')}: ${stderr}${stdout}${hub.log.slice(-1_000)}`);
  return stdout;
}

interface Status {
  readonly services: readonly {
    readonly name: string;
    readonly writesWith?: string;
    readonly keys?: readonly string[];
  }[];
  readonly keys: readonly { readonly keyId: string; readonly rowCount: number }[];
  readonly outdatedCount: number;
  readonly clearCount: number;
}

async function statusOf(hub: Hub): Promise<Status> {
  const { stdout } = await planform('encryption', 'status', '-o', 'json', '--data', hub.dataFolder);
  return JSON.parse(stdout) as Status;
}

async function createSecret(hub: Hub, name: string, text: string): Promise<void> {
  const { status } = await send(hub, {
    method: 'POST',
    path: '/api/v1/namespaces/default/secrets',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: text } }),
  });
  assert.equal(status, 201);
}

/** Writes an EncryptionConfiguration for Secrets. @returns its path. */
function configure(hub: Hub, providers: readonly object[]): string {
  const file = join(hub.folder, 'encryption.yaml');
  const resources = [{ resources: ['secrets'], providers }];
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources }),
  );
  return file;
}

/** A folder whose Secrets were never encrypted, with its server stopped. */
async function clearFolder(): Promise<Hub> {
  const hub = await Hub.prepare({ subcommand: 'kernel' });
  const clear = await startedWith(hub, configure(hub, [{ identity: {} }]));
  await createSecret(clear, 'old', secretText(1));
  const put = {
    method: 'PUT',
    path: '/api/v1/namespaces/default/secrets/old',
    headers: { 'content-type': 'application/json' },
  };
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'old' },
    stringData: { password: secretText(2) },
  };
  assert.equal((await send(clear, { ...put, body: JSON.stringify(object) })).status, 200);
  await clear.stop();
  return hub;
}

/** The same folder and port with `--encryption-config`. */
async function startedWith({ dataFolder, port }: Hub, config: string): Promise<Hub> {
  return Hub.start({ subcommand: 'kernel', dataFolder, port, flags: ['--encryption-config', config] });
}

suite('Secrets at rest', { skip }, () => {
  test('no file, log, backup or answer about the past shows one, through updates, kill -9 and rotation', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    const k = new Kubectl(path ?? '', hub);
    await k.ok(`create configmap seen --from-literal=p=${secretText(0)}`);
    await k.ok(`create secret generic one --from-literal=p=${secretText(1)}`);
    const manifest = (text: string) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'two' }, stringData: { p: text } });
    await k.ok('apply -f -', manifest(secretText(2)));
    const diff = await k.run('diff -f -', manifest(secretText(3)));
    await k.ok('apply -f -', manifest(secretText(3)));
    await k.ok(['patch', 'secret', 'one', '-p', JSON.stringify({ stringData: { p: secretText(4) } })]);
    await k.ok('delete secret two');
    const past = await planform('history', 'secret/one', '--kubeconfig', hub.kubeconfig);
    const changes = await planform('diff', 'secret/one', '--kubeconfig', hub.kubeconfig);
    assert.equal(past.code, 0, past.stderr);
    assert.match(changes.stdout, /changed \(not shown\)/, changes.stderr);
    const broken = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x' },
      data: { p: secretText(5) },
    });
    const refusals = [await k.refused('apply --validate=false -f -', broken)];
    const oldKey = (await statusOf(hub)).services[0]?.writesWith ?? '';
    const backup = join(hub.folder, 'backup.tar');
    await hub.stop('SIGKILL');
    const afterKill = [1, 2, 3, 4].flatMap((number) => filesWith(hub, secretText(number)));
    await hub.start();
    assert.match(await encryption(hub, 'rotate'), /^rotated: \d+ rows rewritten, none is left/);
    await encryption(hub, 'remove-key', oldKey);
    const status = await statusOf(hub);
    assert.deepEqual([status.outdatedCount, status.keys.length, status.keys[0]?.keyId === oldKey], [0, 1, false]);
    await backUp(hub, backup);
    assert.equal(await k.field('secret one', '.data.p'), Buffer.from(secretText(4)).toString('base64'));
    assert.notDeepEqual(filesWith(hub, secretText(0), backup), [], 'what is not encrypted is found');
    assert.deepEqual(afterKill, []);
    for (const number of [1, 2, 3, 4]) {
      assert.deepEqual(filesWith(hub, secretText(number), backup), []);
      for (const shown of [past, changes, diff]) {
        const text = secretText(number);
        const forms = [text, Buffer.from(text).toString('base64')];
        assert.ok(!forms.some((form) => `${shown.stdout}${shown.stderr}`.includes(form)), `it shows ${text}`);
      }
    }
    assert.deepEqual(filesWith(hub, secretText(5)), []);
    assert.ok(!refusals.join('').includes(secretText(5)));
    await hub.stop();
    const check = await planform('check', '--data', hub.dataFolder);
    assert.match(check.stdout, /^whole: /);
  });

  test('a folder from before encryption opens as it is, and one rotation encrypts it, history too', async () => {
    await using hub = await clearFolder();
    await hub.start();
    assert.notDeepEqual(filesWith(hub, secretText(1)), []);
    assert.match(await encryption(hub, 'status'), /^nothing is encrypted/);
    assert.match(await encryption(hub, 'rotate'), /^rotated: 2 rows rewritten/);
    for (const number of [1, 2]) assert.deepEqual(filesWith(hub, secretText(number)), []);
    await hub.stop('SIGKILL');
    await hub.start();
    await createSecret(hub, 'new', secretText(3));
    const { keys, clearCount } = await statusOf(hub);
    assert.deepEqual([keys.map(({ rowCount }) => rowCount), clearCount], [[3], 0]);
    for (const number of [1, 2, 3]) assert.deepEqual(filesWith(hub, secretText(number)), []);
    const { json } = await send(hub, { path: '/api/v1/namespaces/default/secrets/old' });
    const data = json['data'] as Record<string, string>;
    assert.equal(data['password'], Buffer.from(secretText(2)).toString('base64'));
  });

  test('a rotation that kill -9 interrupts goes on at the next start', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    const count = 400;
    for (let done = 0; done < count; done += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => createSecret(hub, `s-${done + index}`, secretText(1))),
      );
    }
    const oldKey = (await statusOf(hub)).services[0]?.writesWith;
    const rotating = planform('encryption', 'rotate', '--data', hub.dataFolder);
    await eventually('a new key', 10_000, () => {
      const text = readFileSync(join(hub.dataFolder, 'pki', 'encryption.keys'), 'utf8');
      return (JSON.parse(text) as { keys: object[] }).keys.length === 2 ? true : undefined;
    });
    await hub.stop('SIGKILL');
    await rotating;
    await hub.start();
    const status = await eventually('the end of the rotation', 20_000, async () => {
      const now = await statusOf(hub);
      return now.outdatedCount === 0 ? now : undefined;
    });
    const [own] = status.services;
    assert.deepEqual(
      status.keys.map(({ keyId, rowCount }) => [keyId === own?.writesWith, rowCount]),
      [[true, count]],
    );
    assert.notEqual(own?.writesWith, oldKey);
    const { json } = await send(hub, { path: '/api/v1/namespaces/default/secrets?limit=1' });
    assert.equal((json['items'] as object[]).length, 1);
  });

  test('a backup needs the key that is kept elsewhere, and says which', async () => {
    await using hub = await Hub.prepare({ subcommand: 'kernel' });
    const keyFile = join(hub.folder, 'keys.json');
    const made = await planform('encryption', 'new-key', keyFile);
    const config = configure(hub, [{ keyFile: { path: keyFile } }]);
    await using server = await startedWith(hub, config);
    await createSecret(server, 'one', secretText(1));
    const backup = join(hub.folder, 'backup.tar');
    await backUp(server, backup);
    assert.deepEqual(filesWith(server, secretText(1), backup), []);
    await server.stop();
    const restored = join(hub.folder, 'restored');
    const restoring = await planform('restore', '--from', backup, '--data', restored);
    assert.equal(restoring.code, 0, restoring.stderr);
    assert.ok(restoring.stderr.includes(`1 value needs key "${made.stdout.trim()}" of "keyFile": start it with`));
    const kernel = ['kernel', '--data', restored, '--port', String(hub.port)];
    const without = await planform(...kernel);
    const what = `secrets "default/one" at revision \\d+: it is encrypted with key "${made.stdout.trim()}" of "keyFile"`;
    assert.match(without.stderr, new RegExp(`Cannot read ${what}, which is not configured here`));
    renameSync(keyFile, `${keyFile}.away`);
    const missing = await planform(...kernel, '--encryption-config', config);
    assert.match(missing.stderr, /Cannot read the key file ".*keys\.json": there is no such file\n.*bring it back/);
    renameSync(`${keyFile}.away`, keyFile);
    const check = await planform('check', '--data', restored, '--encryption-config', config);
    assert.equal(check.code, 0, check.stdout);
    const bare = await planform('check', '--data', restored);
    assert.deepEqual([bare.code, new RegExp(what).test(bare.stdout)], [3, true]);
  });

  test('the key is not in a backup, whole or in parts, and a restore names it and takes it', async () => {
    await using hub = await Hub.start({ subcommand: 'kernel' });
    await createSecret(hub, 'one', secretText(1));
    await encryption(hub, 'rotate');
    const keyFile = join(hub.dataFolder, 'pki', 'encryption.keys');
    const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: { id: string; secret: string }[] };
    const [backup, open] = [join(hub.folder, 'backup.tar'), join(hub.folder, 'open.tar')];
    const made = await planform('backup', '--to', backup, '--data', hub.dataFolder);
    assert.match(made.stderr, new RegExp(`the key of its Secrets is not in it: .*"${keys[0]?.id}", "${keys[1]?.id}"`));
    await planform('backup', '--to', open, '--data', hub.dataFolder, '--include-encryption-key');
    // Half of a key would still be too much, in any form.
    const partsOf = (secret: string) => {
      const bytes = Buffer.from(secret, 'base64');
      const halves = [bytes.subarray(0, 16), bytes.subarray(16)];
      return [secret.slice(0, 21), secret.slice(22, 43), ...halves, ...halves.map((half) => half.toString('hex'))];
    };
    const found = (file: string) => {
      const content = readFileSync(file);
      return keys.flatMap(({ secret }) => partsOf(secret)).filter((part) => content.includes(part)).length;
    };
    assert.deepEqual([found(backup), found(open), found(keyFile)], [0, 4, 4]);
    await hub.stop();
    const offline = join(hub.folder, 'offline.tar');
    await planform('backup', '--to', offline, '--data', hub.dataFolder);
    assert.equal(found(offline), 0);
    assert.match((await planform('check', '--backup', backup)).stderr, /the key of its Secrets is not in it/);

    const restored = join(hub.folder, 'restored');
    const restore = (from: string, ...more: readonly string[]) =>
      planform('restore', '--from', from, '--data', restored, ...more);
    const without = await restore(backup);
    assert.deepEqual([without.code, existsSync(restored), existsSync(`${restored}.restoring`)], [1, false, false]);
    const what = `Cannot restore: 1 value is encrypted with the key "${keys[0]?.id}", which`;
    assert.ok(
      without.stderr.includes(
        `${what} the backup does not hold\n  say --encryption-key FILE: pki/encryption.keys of the folder that was backed up`,
      ),
      without.stderr,
    );
    const other = join(hub.folder, 'other.keys');
    await planform('encryption', 'new-key', other);
    assert.ok((await restore(backup, '--encryption-key', other)).stderr.includes(`${what} "${other}" does not hold`));
    const absent = await restore(backup, '--encryption-key', `${other}.gone`);
    assert.match(absent.stderr, /Cannot read the key file ".*other\.keys\.gone": there is no such file/);
    assert.equal((await restore(backup, '--encryption-key', keyFile)).code, 0);
    const check = await planform('check', '--data', restored);
    assert.equal(check.code, 0, check.stdout);
    rmSync(restored, { recursive: true });
    assert.equal((await restore(open)).code, 0, 'It holds what it needs');
    await using server = await Hub.start({ subcommand: 'kernel', dataFolder: restored, port: hub.port });
    const { json } = await send(server, { path: '/api/v1/namespaces/default/secrets/one' });
    const data = json['data'] as Record<string, string>;
    assert.equal(data['password'], Buffer.from(secretText(1)).toString('base64'));
  });

  test('a key service behind a command: it fails, hangs or answers nonsense, and nothing starts; it answers, and all is there', async () => {
    await using hub = await Hub.prepare({ subcommand: 'kernel' });
    const [program, mode] = [join(hub.folder, 'vault.js'), join(hub.folder, 'mode')];
    writeFileSync(program, vault);
    const argv = [process.execPath, program, mode];
    const config = configure(hub, [{ command: { name: 'vault', argv, timeout: '2s' } }]);
    const startIn = async (how: string) => {
      writeFileSync(mode, how);
      const { code, stderr } = await planform(...hub.commandLine().slice(-5), '--encryption-config', config);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /Cannot use the key service of the command ".*node"/);
      return stderr;
    };
    assert.match(await startIn('fail'), /cannot encrypt: it ended with exit code 7/);
    assert.match(await startIn('hang'), /cannot encrypt: it did not answer within 2000 ms/);
    const nonsense = await startIn('nonsense');
    assert.match(nonsense, /its answer is no JSON object/);
    assert.doesNotMatch(nonsense, /leaked/);
    writeFileSync(mode, 'work');
    await using server = await startedWith(hub, config);
    await createSecret(server, 'one', secretText(1));
    await server.stop('SIGKILL');
    assert.deepEqual(filesWith(server, secretText(1)), []);
    assert.match(await startIn('fail'), /exit code 7/);
    writeFileSync(mode, 'work');
    await server.start();
    const { json } = await send(server, { path: '/api/v1/namespaces/default/secrets/one' });
    const data = json['data'] as Record<string, string>;
    assert.equal(data['password'], Buffer.from(secretText(1)).toString('base64'));
    assert.deepEqual((await statusOf(server)).keys, [{ service: 'vault', keyId: 'v1', rowCount: 1 }]);
  });
});

/** A key service that turns bytes over: what matters here is how it behaves. */
const vault = `
const { readFileSync } = require('node:fs');
const mode = readFileSync(process.argv[2], 'utf8');
if (mode === 'fail') process.exit(7);
if (mode === 'nonsense') console.log('leaked');
else if (mode === 'hang') setInterval(() => {}, 1000);
else {
  const { operation, plaintext, ciphertext } = JSON.parse(readFileSync(0, 'utf8'));
  const turned = (text) => Buffer.from(Buffer.from(text, 'base64').map((byte) => byte ^ 0x5a)).toString('base64');
  if (operation === 'status') console.log(JSON.stringify({ keyId: 'v1' }));
  if (operation === 'encrypt') console.log(JSON.stringify({ keyId: 'v1', ciphertext: turned(plaintext) }));
  if (operation === 'decrypt') console.log(JSON.stringify({ plaintext: turned(ciphertext) }));
}
`;
