import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../kernel/base/system-clock.ts';
import { systemRandom } from '../../../kernel/base/system-random.ts';
import { openAuthority } from '../../../kernel/server/pki/file-authority.ts';
import { servingProfile } from '../../../kernel/server/pki/kept-certificate.ts';
import { cachedProgram } from '../../world.ts';
import { freePort } from '../hub.ts';

/** Where oidc-provider is; `undefined` when tools/e2e-setup.sh has not fetched it. */
export const providerFolder: string | undefined = cachedProgram('openid');

/** The client all tests log in with: public, loopback redirects, browser and device flow. */
export const clientId = 'planform';

/** How a provider differs from the next one. */
export interface ProviderOptions {
  /** Claims of ID tokens by user; `sub` is the user. */
  readonly claimsOf: (user: string) => Readonly<Record<string, unknown>>;
  /** Path of the issuer below its host. Default none. */
  readonly path?: string;
  /** Life of ID tokens, seconds. Default an hour. */
  readonly tokenSeconds?: number;
}

interface ProviderModule {
  readonly default: new (issuer: string, configuration: object) => { callback(): RequestListener };
}

/** A real OpenID provider (npm `oidc-provider`) over https, whose login pages are clicked through by `signIn`. */
export class OpenIdProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly caPem: string;
  readonly #port: number;
  readonly #options: ProviderOptions;
  readonly #make: (listener: RequestListener) => Server;
  #server: Server | undefined;
  #listener: RequestListener = () => undefined;

  private constructor(
    port: number,
    caPem: string,
    options: ProviderOptions,
    make: (listener: RequestListener) => Server,
  ) {
    this.#port = port;
    this.#options = options;
    this.#make = make;
    this.issuer = `https://127.0.0.1:${port}${options.path ?? ''}`;
    this.caPem = caPem;
  }

  static async start(options: ProviderOptions): Promise<OpenIdProvider> {
    const folder = mkdtempSync(join(tmpdir(), 'planform-openid-'));
    const authority = await openAuthority({ folder, commonName: 'openid', clock: systemClock, random: systemRandom });
    const { certificatePem, keyPem } = await authority.issue(servingProfile([]));
    rmSync(folder, { recursive: true });
    const make = (listener: RequestListener) => createServer({ cert: certificatePem, key: keyPem }, listener);
    const provider = new OpenIdProvider(await freePort(), authority.certificatePem, options, make);
    await provider.rotateKeys();
    await provider.listen();
    return provider;
  }

  /** Signs with a new key from now on, and knows no other. */
  async rotateKeys(): Promise<void> {
    const path = join(providerFolder ?? '', 'node_modules', 'oidc-provider', 'lib', 'index.js');
    const { default: Provider } = (await import(pathToFileURL(path).href)) as ProviderModule;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keys = [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }];
    const { claimsOf, tokenSeconds = 3_600 } = this.#options;
    const client = {
      client_id: clientId,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    };
    const provider = new Provider(this.issuer, {
      clients: [client],
      jwks: { keys },
      cookies: { keys: ['of tests'] },
      conformIdTokenClaims: false,
      claims: { openid: ['sub', 'groups', 'email', 'email_verified'] },
      ttl: {
        IdToken: tokenSeconds,
        AccessToken: 3_600,
        RefreshToken: 86_400,
        DeviceCode: 600,
        Session: 600,
        Grant: 86_400,
        Interaction: 600,
      },
      features: { devInteractions: { enabled: true }, deviceFlow: { enabled: true } },
      issueRefreshToken: () => true,
      findAccount: (_context: unknown, user: string) => ({
        accountId: user,
        claims: () => Promise.resolve({ sub: user, ...claimsOf(user) }),
      }),
    });
    const callback = provider.callback();
    const { path: prefix = '' } = this.#options;
    this.#listener = (incoming, outgoing) => {
      // As a router in front of it would: it lives below a path.
      Object.assign(incoming, { originalUrl: incoming.url, baseUrl: prefix });
      incoming.url = (incoming.url ?? '/').slice(prefix.length);
      callback(incoming, outgoing);
    };
  }

  async listen(): Promise<void> {
    const server = this.#make((incoming, outgoing) => this.#listener(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
  }

  /** Nobody answers any more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Logs in as a user and agrees to everything, as in a browser. @returns where the browser is sent in the end. */
  async signIn(url: string, user: string): Promise<string> {
    const browser = new Browser(this.caPem);
    let page = await browser.open(url);
    for (let step = 0; step < 10 && page.form !== undefined; step++) page = await browser.submit(page, user);
    return page.url;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

interface Page {
  readonly url: string;
  readonly text: string;
  /** Target and hidden fields of the form on it. */
  readonly form?: { readonly action: string; readonly fields: URLSearchParams };
}

/** As much of a browser as login pages need: cookies, redirects within the provider, forms. */
class Browser {
  readonly #caPem: string;
  readonly #cookies = new Map<string, string>();

  constructor(caPem: string) {
    this.#caPem = caPem;
  }

  async open(url: string, body?: string): Promise<Page> {
    let [at, sent] = [url, body];
    for (let hop = 0; hop < 20; hop++) {
      const answer = await this.#send(at, sent);
      if (answer.location === undefined) return pageOf(at, answer.text);
      at = new URL(answer.location, at).href;
      sent = undefined;
      if (!at.startsWith('https://')) return { url: at, text: '' };
    }
    assert.fail(`${url} leads nowhere`);
  }

  submit(page: Page, user: string): Promise<Page> {
    const { action, fields } = page.form ?? assert.fail('no form');
    if (page.text.includes('name="login"')) {
      fields.set('login', user);
      fields.set('password', 'x');
    }
    return this.open(new URL(action, page.url).href, fields.toString());
  }

  #send(url: string, body?: string): Promise<{ readonly text: string; readonly location: string | undefined }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    return new Promise((resolve, reject) => {
      const options = {
        method: body === undefined ? 'GET' : 'POST',
        ca: this.#caPem,
        agent: false as const,
        headers: { cookie, ...form },
      };
      const outgoing = request(url, options, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [pair = ''] = line.split(';');
          this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
        }
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ text, location: answer.headers.location })).on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function pageOf(url: string, text: string): Page {
  const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
  if (action === undefined) return { url, text };
  const fields = new URLSearchParams();
  for (const [tag] of text.matchAll(/<input[^>]*>/g)) {
    const [name, value] = ['name', 'value'].map((attribute) => new RegExp(`${attribute}="([^"]*)"`).exec(tag)?.[1]);
    if (name !== undefined) fields.set(name, value ?? '');
  }
  return { url, text, form: { action: action.replaceAll('&amp;', '&'), fields } };
}
