import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { commandPath, nodeOptions } from '../../programs/cli/child.ts';
import { command, eventually, kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { clientId, OpenIdProvider, providerFolder } from './openid/provider.ts';

const path = kubectlPath(36);
const skip = path === undefined || providerFolder === undefined ? 'run tools/e2e-setup.sh first' : false;

/** `planform login` with a home of its own, as a person at a terminal runs it. */
class Person {
  readonly #folder: string;
  readonly #provider: OpenIdProvider;
  readonly kubeconfig: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(folder: string, provider: OpenIdProvider) {
    this.#folder = folder;
    this.#provider = provider;
    this.kubeconfig = join(folder, 'person.kubeconfig');
    const { PLANFORM_COMMAND: _launcher, ...environment } = process.env;
    this.environment = { ...environment, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    writeFileSync(join(folder, 'issuer.crt'), provider.caPem);
  }

  /** Runs it, telling `follow` every line it writes. @returns its exit code and everything it wrote. */
  async logIn(
    flags: readonly string[],
    follow: (line: string) => void,
  ): Promise<{ code: number | null; text: string }> {
    const client = ['--issuer-url', this.#provider.issuer, '--client-id', clientId];
    const trust = ['--issuer-ca', join(this.#folder, 'issuer.crt')];
    const args = [...nodeOptions, commandPath, 'login', ...client, ...trust, '--kubeconfig', this.kubeconfig, ...flags];
    const child = spawn(process.execPath, args, { env: this.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const take = (chunk: string) => {
      text += chunk;
      for (const line of chunk.split('\n')) follow(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, text };
  }

  /** The one file in which its tokens are. */
  get tokenFile(): string {
    const folder = join(this.#folder, 'cache', 'planform', 'tokens');
    return join(folder, readdirSync(folder).find((name) => name.endsWith('.json')) ?? '');
  }
}

function get(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

suite('planform login, at a real OpenID issuer', { skip }, () => {
  test('browser and device flow; kubectl stays logged in', { timeout: 120_000 }, async () => {
    await using provider = await OpenIdProvider.start({ claimsOf: () => ({ groups: ['dev'] }), tokenSeconds: 62 });
    await using prepared = await Hub.prepare({ subcommand: 'kernel' });
    const file = join(prepared.folder, 'authentication.json');
    const issuer = { url: provider.issuer, certificateAuthority: provider.caPem, audiences: [clientId] };
    const jwt = [{ issuer, claimMappings: { username: { claim: 'sub', prefix: 'login:' } } }];
    const header = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
    writeFileSync(file, JSON.stringify({ ...header, jwt }));
    await using kernel = await Hub.start({ subcommand: 'kernel', flags: ['--authentication-config', file] });
    const person = new Person(prepared.folder, provider);
    const server = ['--server', kernel.url, '--server-ca', join(kernel.dataFolder, 'pki', 'ca.crt')];

    const opened: Promise<void>[] = [];
    const browser = await person.logIn([...server, '--no-browser'], (line) => {
      const url = /^Log in here: (.*)$/.exec(line)?.[1];
      if (url !== undefined) opened.push(useBrowser(provider, url));
    });
    await Promise.all(opened);
    assert.equal(browser.code, 0, browser.text);
    assert.match(browser.text, /Logged in; the context "planform" of .* is the current one\./);
    assert.equal(statSync(person.kubeconfig).mode & 0o777, 0o600);
    assert.equal(statSync(person.tokenFile).mode & 0o777, 0o600);
    const { idToken } = JSON.parse(readFileSync(person.tokenFile, 'utf8')) as { idToken: string };
    assert.equal([browser.text, readFileSync(person.kubeconfig, 'utf8')].join().includes(idToken), false);

    const kubectl = new Kubectl(path ?? '', kernel, 'default', person.kubeconfig);
    const environment = Object.entries(person.environment).map(([name, value]) => `${name}=${value}`);
    const whoAmI = async () => (await kubectl.run('auth whoami', '', environment)).stdout;
    assert.match(await whoAmI(), /login:alice/);
    await eventually('the token was refreshed', 20_000, async () => {
      assert.match(await whoAmI(), /login:alice/);
      const kept = JSON.parse(readFileSync(person.tokenFile, 'utf8')) as { idToken: string };
      return kept.idToken === idToken ? undefined : true;
    });
    assert.equal(existsSync(`${person.tokenFile}.lock`), false);

    const device = await person.logIn(['--device', '--context', 'device'], (line) => {
      const url = /^ {2}or at (.*)$/.exec(line)?.[1];
      if (url !== undefined) opened.push(provider.signIn(url, 'bob').then(() => undefined));
    });
    await Promise.all(opened);
    assert.equal(device.code, 0, device.text);
    assert.match(await whoAmI(), /login:bob/);
    assert.match(
      (await command(path ?? '', ['--kubeconfig', person.kubeconfig, 'config', 'get-contexts', '-o', 'name'])).stdout,
      /^device\nplanform\n$/,
    );

    await provider.stop();
    const away = await person.logIn(server, () => undefined);
    assert.equal(away.code, 1);
    assert.match(away.text, /Cannot use the issuer "https:.*ECONNREFUSED/s);
  });
});

/** Logs in as alice, after somebody else sent answers of their own. */
async function useBrowser(provider: OpenIdProvider, url: string): Promise<void> {
  const callback = new URL(url).searchParams.get('redirect_uri') ?? '';
  assert.equal(await get(`${callback}?code=stolen&state=guessed`), 404);
  assert.equal(await get(new URL('/', callback).href), 404);
  const answer = await provider.signIn(url, 'alice');
  assert.equal(await get(answer), 200);
}
