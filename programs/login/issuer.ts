import { systemClock } from '../../kernel/base/system-clock.ts';
import { fetchDocument, type FormAnswer, postForm } from '../../kernel/client/http/document-fetcher.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import { CommandError } from '../cli/exit.ts';

/** Which issuer to log in at, and as which client. */
export interface LoginClient {
  /** https. */
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Only for clients that are not public. */
  readonly clientSecret?: string;
  /** `openid` is among them. */
  readonly scopes: readonly string[];
  /** Authorities the issuer is checked against, PEM; absent: those of the system. */
  readonly caPem?: string;
}

/** Tokens of a person. Secrets: never in a message or a log. */
export interface Tokens {
  readonly idToken: string;
  readonly refreshToken?: string;
  /** End of the ID token, milliseconds since the epoch. */
  readonly endsAtMs: number;
}

/** The issuer refused, with its own words; `code` as in RFC 6749 §5.2. */
export class RefusedError extends CommandError {
  readonly code: string;

  constructor(what: string, answer: JsonObject) {
    const code = typeof answer['error'] === 'string' ? answer['error'] : 'no token';
    const described = answer['error_description'];
    const more = typeof described === 'string' ? ` (${described.slice(0, shownLengthMax)})` : '';
    super(`${what}: the issuer says ${JSON.stringify(code)}${more}`);
    this.code = code;
  }
}

const shownLengthMax = 200;
const requestTimeoutMs = 15_000;

/** An OpenID issuer as a client that logs people in sees it (OpenID Connect Core 1.0, RFC 6749). */
export class Issuer {
  readonly #client: LoginClient;
  readonly #endpoints: JsonObject;

  private constructor(client: LoginClient, endpoints: JsonObject) {
    this.#client = client;
    this.#endpoints = endpoints;
  }

  /** @throws {CommandError} when it does not answer or is another one. */
  static async discover(client: LoginClient, stop: AbortSignal): Promise<Issuer> {
    const { issuerUrl } = client;
    const url = `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
    try {
      const found = await fetchDocument({ url, ...trustOf(client) }, bounded(stop));
      if (found['issuer'] !== issuerUrl) throw new Error(`it calls itself ${JSON.stringify(found['issuer'])}`);
      return new Issuer(client, found);
    } catch (cause) {
      stop.throwIfAborted();
      const hint = 'check --issuer-url, and --issuer-ca if its authority is one of your own';
      throw new CommandError(`Cannot use the issuer "${issuerUrl}": ${errorText(cause)}`, hint, { cause });
    }
  }

  /** What to ask for: refresh tokens only where the issuer knows that scope, since others refuse it. */
  get scope(): string {
    const { scopes } = this.#client;
    const supported = this.#endpoints['scopes_supported'];
    const isKnown = (scope: string) =>
      scope !== 'offline_access' || !Array.isArray(supported) || supported.includes(scope);
    return scopes.filter(isKnown).join(' ');
  }

  /** URL of an endpoint. @throws {CommandError} when the issuer has none, or one that is not https. */
  endpoint(name: string): string {
    const url = this.#endpoints[name];
    if (typeof url === 'string' && url.startsWith('https://')) return url;
    throw new CommandError(`The issuer "${this.#client.issuerUrl}" has no ${name}`);
  }

  /** Sends a form as this client. */
  async post(endpoint: string, fields: Readonly<Record<string, string>>, stop: AbortSignal): Promise<FormAnswer> {
    const { clientId, clientSecret } = this.#client;
    const secret = clientSecret === undefined ? {} : { client_secret: clientSecret };
    const address = { url: this.endpoint(endpoint), ...trustOf(this.#client) };
    try {
      return await postForm(address, { client_id: clientId, ...secret, ...fields }, bounded(stop));
    } catch (cause) {
      stop.throwIfAborted();
      throw new CommandError(`The issuer does not answer: ${errorText(cause)}`, 'try again', { cause });
    }
  }

  /** Exchanges a grant for tokens. @param nonce that the ID token has to carry. @throws {RefusedError} */
  async tokens(grant: Readonly<Record<string, string>>, stop: AbortSignal, nonce?: string): Promise<Tokens> {
    const { status, value } = await this.post('token_endpoint', grant, stop);
    if (status !== 200) throw new RefusedError('Cannot log in', value);
    const { id_token: idToken, refresh_token: refreshToken } = value;
    if (typeof idToken !== 'string') throw new RefusedError('Cannot log in', { error: 'no ID token' });
    const endsAtMs = this.#endOf(idToken, nonce);
    return { idToken, endsAtMs, ...(typeof refreshToken === 'string' ? { refreshToken } : {}) };
  }

  /** The server verifies the token; here it only has to be the one that was asked for, over TLS (OpenID Connect Core §3.1.3.7). */
  #endOf(idToken: string, nonce: string | undefined): number {
    const { iss, aud, exp, nonce: found } = readClaims(idToken);
    const { issuerUrl, clientId } = this.#client;
    const audiences = Array.isArray(aud) ? aud : [aud];
    const isRight = iss === issuerUrl && audiences.includes(clientId) && typeof exp === 'number';
    if (isRight && (nonce === undefined || nonce === found)) return exp * 1_000;
    throw new CommandError('Cannot log in: the issuer sent an ID token that is for somebody else');
  }
}

function readClaims(idToken: string): JsonObject {
  const [, payload = ''] = idToken.split('.', 3);
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isJsonObject(claims) ? claims : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function trustOf({ caPem }: LoginClient): { readonly caPem?: string } {
  return caPem === undefined ? {} : { caPem };
}

function bounded(stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, systemClock.timeoutSignal(requestTimeoutMs)]);
}
