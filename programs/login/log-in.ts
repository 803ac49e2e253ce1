import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { formatTime } from '../../kernel/base/clock.ts';
import { isJsonObject } from '../../kernel/meta/object.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { CommandError } from '../cli/exit.ts';
import { note, print } from '../cli/output.ts';
import { pathProblem } from '../data-folder.ts';
import { browserLogin } from './browser-flow.ts';
import { deviceLogin } from './device-flow.ts';
import { Issuer, type LoginClient, RefusedError, type Tokens } from './issuer.ts';
import { currentCluster, mergeKubeconfig } from './merge-kubeconfig.ts';
import { TokenCache } from './token-cache.ts';

/** Options of both commands, as the command line gives them. */
export interface ClientOptions {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecretFile?: string;
  readonly scope: readonly string[];
  readonly issuerCa?: string;
  readonly device: boolean;
  readonly browser: boolean;
  readonly redirectPort: number;
}

/** Options of `planform login`. */
export interface LoginOptions extends ClientOptions {
  readonly kubeconfig?: string;
  readonly context: string;
  readonly cluster?: string;
  readonly server?: string;
  readonly serverCa?: string;
}

/** A token is replaced when it has less left than that. */
const leftMinMs = 60_000;

/** Logs a person in and writes a context that stays logged in. */
export async function logIn(options: LoginOptions, stop: AbortSignal): Promise<void> {
  const path = options.kubeconfig ?? defaultKubeconfig();
  const text = (await readFileIfThere(path)) ?? '';
  const merged = mergeKubeconfig(text, { ...(await clusterOf(options, text)), ...pluginOf(options) });
  const client = await clientOf(options);
  const tokens = await interactiveLogin(options, client, stop);
  await new TokenCache(client).write(tokens);
  await replaceFile(path, merged, 0o600);
  note(`Logged in; the context "${options.context}" of ${path} is the current one.`);
}

/** Prints an ExecCredential (client.authentication.k8s.io) for kubectl: the kept token, a refreshed one, or one of a new login. */
export async function printToken(options: ClientOptions, stop: AbortSignal): Promise<void> {
  const client = await clientOf(options);
  const cache = new TokenCache(client);
  const kept = await cache.read();
  const tokens = isFresh(kept) ? kept : await cache.locked(() => renew(options, client, cache, stop), stop);
  const { apiVersion } = execInfo();
  const status = { token: tokens.idToken, expirationTimestamp: formatTime(tokens.endsAtMs) };
  print(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
}

function isFresh(tokens: Tokens | undefined): tokens is Tokens {
  return tokens !== undefined && tokens.endsAtMs - systemClock.nowMs() > leftMinMs;
}

async function renew(
  options: ClientOptions,
  client: LoginClient,
  cache: TokenCache,
  stop: AbortSignal,
): Promise<Tokens> {
  const kept = await cache.read();
  if (isFresh(kept)) return kept; // another process did it meanwhile
  const tokens = (await refreshed(client, kept, stop)) ?? (await loginAgain(options, client, stop));
  await cache.write(tokens);
  return tokens;
}

/** `undefined` when there is nothing to refresh with, or the issuer does not take it any more. */
async function refreshed(
  client: LoginClient,
  kept: Tokens | undefined,
  stop: AbortSignal,
): Promise<Tokens | undefined> {
  if (kept?.refreshToken === undefined) return undefined;
  const issuer = await Issuer.discover(client, stop);
  try {
    const { refreshToken } = kept;
    const tokens = await issuer.tokens({ grant_type: 'refresh_token', refresh_token: refreshToken }, stop);
    return { refreshToken, ...tokens };
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'invalid_grant') return undefined;
    throw error;
  }
}

async function loginAgain(options: ClientOptions, client: LoginClient, stop: AbortSignal): Promise<Tokens> {
  if (execInfo().isInteractive) return interactiveLogin(options, client, stop);
  throw new CommandError('The login has ended, and there is nobody to ask', 'run `planform login` again');
}

async function interactiveLogin(options: ClientOptions, client: LoginClient, stop: AbortSignal): Promise<Tokens> {
  const issuer = await Issuer.discover(client, stop);
  if (options.device) return deviceLogin(issuer, stop);
  return browserLogin(issuer, client, { opensBrowser: options.browser, port: options.redirectPort }, stop);
}

/** What kubectl says of itself; without it a person runs the command. */
function execInfo(): { readonly apiVersion: string; readonly isInteractive: boolean } {
  const version = 'client.authentication.k8s.io/v1';
  const text = process.env['KUBERNETES_EXEC_INFO'];
  if (text === undefined) return { apiVersion: version, isInteractive: process.stdin.isTTY };
  const info: unknown = JSON.parse(text);
  const { apiVersion, spec } = isJsonObject(info) ? info : {};
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : version,
    isInteractive: isJsonObject(spec) && spec['interactive'] === true,
  };
}

async function clientOf({ issuerUrl, clientId, scope, ...files }: ClientOptions): Promise<LoginClient> {
  const { clientSecretFile, issuerCa } = files;
  const secret =
    clientSecretFile === undefined ? undefined : (await readNamed(clientSecretFile, '--client-secret-file')).trim();
  return {
    issuerUrl,
    clientId,
    scopes: [...new Set(['openid', 'offline_access', ...scope])],
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(issuerCa === undefined ? {} : { caPem: await readNamed(issuerCa, '--issuer-ca') }),
  };
}

async function clusterOf({ cluster, server, serverCa, context }: LoginOptions, text: string) {
  if (server === undefined) return { cluster: { name: cluster ?? currentCluster(text) ?? '' } };
  const trust = serverCa === undefined ? {} : { caPem: await readNamed(serverCa, '--server-ca') };
  return { cluster: { name: cluster ?? context, server, ...trust } };
}

/** How kubectl runs `planform token`: by its full path, since kubectl may run anywhere. */
function pluginOf(options: LoginOptions) {
  const launcher = process.env['PLANFORM_COMMAND'];
  const [command, first] =
    launcher === undefined ? [process.execPath, [process.argv[1] ?? '']] : [resolve(launcher), []];
  const { issuerUrl, clientId, clientSecretFile, issuerCa, redirectPort, scope } = options;
  const args = [
    ...first,
    'token',
    `--issuer-url=${issuerUrl}`,
    `--client-id=${clientId}`,
    ...scope.map((one) => `--scope=${one}`),
    ...(clientSecretFile === undefined ? [] : [`--client-secret-file=${resolve(clientSecretFile)}`]),
    ...(issuerCa === undefined ? [] : [`--issuer-ca=${resolve(issuerCa)}`]),
    ...(redirectPort === 0 ? [] : [`--redirect-port=${redirectPort}`]),
    ...(options.device ? ['--device'] : []),
    ...(options.browser ? [] : ['--no-browser']),
  ];
  return { name: options.context, command, args };
}

/** As kubectl finds it. */
function defaultKubeconfig(): string {
  const [first = ''] = (process.env['KUBECONFIG'] ?? '').split(delimiter);
  return first === '' ? join(homedir(), '.kube', 'config') : first;
}

async function readNamed(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = pathProblem(cause, 'there is no such file');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot read "${path}": ${why}`, `correct ${option}`, { cause });
  }
}
