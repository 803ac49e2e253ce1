import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { requestJson } from '../../kernel/client/http/http-client.ts';
import { connectNodeTransport, type NodeTransport } from '../../kernel/client/http/node-transport.ts';
import { errorText, isApiError } from '../../kernel/meta/errors.ts';
import { makeCertificateRequest, requestForKey } from '../../kernel/server/pki/certificate-request.ts';
import { mayReplace, splitAuthorities } from '../../kernel/server/pki/endorsed.ts';
import { certificateFingerprint } from '../../kernel/server/pki/fingerprint.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { type JoinFile, parseJoinFile, parseJoinToken } from '../../planes/management/jointoken/join-file.ts';
import type { CertificateKeeper } from '../../planes/management/hub-line/renewal.ts';
import type { SiteAuthorities } from '../../planes/management/hub-line/protocol.ts';
import { managementApiVersion } from '../../planes/management/site/type.ts';
import { CommandError } from '../cli/exit.ts';
import { planformVersion } from '../version.ts';

/** What makes a site this site at its hub. */
export interface SiteIdentity {
  readonly siteName: string;
  readonly hubId: string;
  readonly hubUrls: readonly string[];
  /** Authority of the hub. */
  readonly caPem: string;
  readonly certificatePem: string;
  /** PKCS #8; made here, never leaves this machine. */
  readonly keyPem: string;
}

/** What `hub.json` says; the certificate and the key are files beside it. */
type HubFile = Pick<SiteIdentity, 'siteName' | 'hubId' | 'hubUrls' | 'caPem'>;

function pathsOf(dataFolder: string) {
  const folder = join(dataFolder, 'identity');
  return { key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem'), hub: join(folder, 'hub.json') };
}

/** The identity in a data folder; `undefined` before the site has joined. */
export async function readIdentity(dataFolder: string): Promise<SiteIdentity | undefined> {
  const paths = pathsOf(dataFolder);
  const [keyPem, certificatePem, hubText] = await Promise.all(
    [paths.key, paths.certificate, paths.hub].map(readFileIfThere),
  );
  if (keyPem === undefined || certificatePem === undefined || hubText === undefined) return undefined;
  return { ...(JSON.parse(hubText) as HubFile), certificatePem, keyPem };
}

/**
 * Joins the hub of a join file: makes a key here, has it signed, keeps what comes back. May be repeated after a crash
 * or a lost answer: the key stays the same, and so does the site.
 * @throws {CommandError} when the file or the token is no good, or the hub does not answer.
 */
export async function joinHub(joinFilePath: string, dataFolder: string, stop: AbortSignal): Promise<SiteIdentity> {
  const joinFile = await readJoinFile(joinFilePath);
  const paths = pathsOf(dataFolder);
  const keyPem = (await readFileIfThere(paths.key)) ?? (await makeKey(paths.key));
  const csrPem = await requestForKey(keyPem, 'planform-site');
  const { transport, url } = await dialFirst(joinFile, { bearerToken: joinFile.token }, systemClock, stop);
  try {
    const path = `/apis/${managementApiVersion}/jointokens/${parseJoinToken(joinFile.token)?.name ?? ''}/join`;
    const { value } = await requestJson(
      { transport },
      { method: 'POST', path, body: { csrPem, agentVersion: planformVersion } },
      stop,
    );
    const answer = value as { siteName: string; hubId: string; certificatePem: string };
    const hub: HubFile = {
      siteName: answer.siteName,
      hubId: answer.hubId,
      hubUrls: joinFile.hubUrls,
      caPem: joinFile.caPem,
    };
    await replaceFile(paths.hub, formatHubFile(hub), 0o600);
    await replaceFile(paths.certificate, answer.certificatePem, 0o644);
    return { ...hub, certificatePem: answer.certificatePem, keyPem };
  } catch (error) {
    if (!isApiError(error)) throw error;
    const hint = 'ask for a new join file: `planform site invite <name>` at the hub';
    throw new CommandError(`The hub at ${url} refused the join: ${error.message}`, hint, { cause: error });
  } finally {
    await transport.close();
  }
}

function formatHubFile(hub: HubFile): string {
  return `${JSON.stringify(hub, null, 2)}\n`;
}

async function makeKey(path: string): Promise<string> {
  const { keyPem } = await makeCertificateRequest('planform-site');
  await replaceFile(path, keyPem, 0o600);
  return keyPem;
}

async function readJoinFile(path: string): Promise<JoinFile> {
  try {
    return parseJoinFile(await readFile(path, 'utf8'));
  } catch (error) {
    throw new CommandError(
      `Cannot use the join file "${path}": ${errorText(error)}`,
      'it is what `planform site invite` writes',
      { cause: error },
    );
  }
}

/** A transport to the first address of the hub that answers. @throws {CommandError} naming all that were tried. */
async function dialFirst(
  hub: Pick<JoinFile, 'hubUrls' | 'caPem'>,
  credentials: { readonly bearerToken?: string },
  clock: Clock,
  stop: AbortSignal,
): Promise<{ readonly transport: NodeTransport; readonly url: string }> {
  const failures: string[] = [];
  for (const url of hub.hubUrls) {
    try {
      return { transport: await connectNodeTransport({ url, caPem: hub.caPem, ...credentials, clock }, stop), url };
    } catch (error) {
      stop.throwIfAborted();
      failures.push(errorText(error));
    }
  }
  throw new CommandError(
    `Cannot reach the hub: ${failures.join('; ')}`,
    'is it running, and is its address right in the join file?',
  );
}

/** A certificate is renewed when less than this part of its life is left. */
const renewBelow = 1 / 3;

/** The identity of a site while its agent runs: renewed certificates take effect with the next session. */
export class LiveIdentity implements CertificateKeeper {
  readonly #dataFolder: string;
  #identity: SiteIdentity;

  constructor(dataFolder: string, identity: SiteIdentity) {
    this.#dataFolder = dataFolder;
    this.#identity = identity;
  }

  get current(): SiteIdentity {
    return this.#identity;
  }

  authorities(): SiteAuthorities {
    const { caPem, certificatePem } = this.#identity;
    const trusted = splitAuthorities(caPem);
    const certificate = new X509Certificate(certificatePem);
    const signer = trusted.find(({ publicKey }) => certificate.verify(publicKey));
    return {
      trusted: trusted.map(certificateFingerprint),
      signedBy: signer === undefined ? '' : certificateFingerprint(signer),
    };
  }

  renewAtMs(): number {
    const certificate = new X509Certificate(this.#identity.certificatePem);
    const startMs = certificate.validFromDate.getTime();
    const endMs = certificate.validToDate.getTime();
    return endMs - (endMs - startMs) * renewBelow;
  }

  makeRequest(): Promise<string> {
    return requestForKey(this.#identity.keyPem, 'planform-site');
  }

  async trust(authoritiesPem: string, endorsementPem: string): Promise<boolean> {
    const { caPem } = this.#identity;
    if (authoritiesPem !== caPem) {
      if (!mayReplace(caPem, authoritiesPem, endorsementPem)) {
        throw new Error('nobody this site trusts vouches for the new authority: join again if the hub has a new one');
      }
      const { siteName, hubId, hubUrls } = this.#identity;
      const hub: HubFile = { siteName, hubId, hubUrls, caPem: authoritiesPem };
      await replaceFile(pathsOf(this.#dataFolder).hub, formatHubFile(hub), 0o600);
      this.#identity = { ...this.#identity, caPem: authoritiesPem };
    }
    const [signing] = splitAuthorities(authoritiesPem);
    return signing !== undefined && !new X509Certificate(this.#identity.certificatePem).verify(signing.publicKey);
  }

  async install(certificatePem: string): Promise<void> {
    await replaceFile(pathsOf(this.#dataFolder).certificate, certificatePem, 0o644);
    this.#identity = { ...this.#identity, certificatePem };
  }
}
