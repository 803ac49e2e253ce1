import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type {
  CertificateAuthority,
  CertifiedKey,
  CertificateProfile,
  CertificateSubject,
  SignedCertificate,
} from './certificate-authority.ts';
import type { RequestedCertificate } from '../../ports/certificates.ts';
import { publicKeyFingerprint } from './fingerprint.ts';
import { readFileIfThere, replaceFile } from './private-files.ts';
import type { CertificateContent, CheckedRequest, Issuer } from './x509.ts';

/** Life of an authority: ten years. */
const authorityValidForMs = 10 * 365 * 86_400_000;

/** The files of an authority are not what they should be. Nothing was changed. */
export class AuthorityFileError extends Error {
  override readonly name = 'AuthorityFileError';
}

/** Where an authority lives. */
export interface FileAuthorityOptions {
  /** Holds `ca.crt` and `ca.key` (0600). */
  readonly folder: string;
  /** Name in the certificate, for people. */
  readonly commonName: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens the authority of a folder, making it on first use (an ECDSA P-256 key).
 * @throws {AuthorityFileError} when one of the two cannot be read, only one of key and certificate is there, or they do not belong together: nothing is replaced.
 */
export async function openAuthority(options: FileAuthorityOptions): Promise<FileAuthority> {
  const [certificatePath, keyPath] = [join(options.folder, 'ca.crt'), join(options.folder, 'ca.key')];
  const certificatePem = await readFileIfThere(certificatePath);
  const keyPem = await readFileIfThere(keyPath);
  if (certificatePem !== undefined) {
    if (keyPem === undefined) {
      throw new AuthorityFileError(`Cannot open the authority: "${keyPath}" is missing beside its certificate`);
    }
    const privateKey = readPem(keyPath, () => createPrivateKey(keyPem));
    const certificate = readPem(certificatePath, () => new X509Certificate(certificatePem));
    if (!certificate.checkPrivateKey(privateKey)) {
      throw new AuthorityFileError(`Cannot open the authority: "${keyPath}" is not the key of "${certificatePath}"`);
    }
    return authorityOf({ certificatePem, privateKey }, options);
  }
  // The key is written first: a key without certificate was never used and is replaced.
  const issuer = await makeAuthority(options);
  await replaceFile(keyPath, pemOf(issuer.privateKey), 0o600);
  await replaceFile(certificatePath, issuer.certificatePem, 0o644);
  return authorityOf(issuer, options);
}

function readPem<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new AuthorityFileError(`Cannot open the authority: "${path}" is damaged`, { cause });
  }
}

/** Makes the key and the certificate of a new authority, which signs itself. */
export async function makeAuthority({
  commonName,
  clock,
  random,
}: Omit<FileAuthorityOptions, 'folder'>): Promise<Issuer> {
  const { makeCertificate, makeKeyPair } = await import('./x509.ts');
  const keys = makeKeyPair();
  const nowMs = clock.nowMs();
  const content: CertificateContent = {
    commonName,
    organizations: [],
    usage: 'authority',
    names: [],
    notBeforeMs: nowMs,
    notAfterMs: nowMs + authorityValidForMs,
    serialNumber: serialNumber(random),
  };
  const certificatePem = await makeCertificate(content, keys.publicKey, { selfKey: keys.privateKey });
  return { certificatePem, privateKey: keys.privateKey };
}

type AuthorityTools = Pick<FileAuthorityOptions, 'clock' | 'random'>;

/** An authority with its key. */
export interface FileAuthority extends CertificateAuthority {
  /** Certifies the key of another authority, under its name. @returns PEM; it is no link of a chain, only a signed statement. */
  endorse(other: Pick<Issuer, 'certificatePem'>): Promise<string>;
}

function authorityOf(issuer: Issuer, tools: AuthorityTools): FileAuthority {
  return {
    endorse: (other) => endorse(other, issuer, tools),
    certificatePem: issuer.certificatePem,
    issue: (profile) => issue(profile, issuer, tools),
    async inspect(csrPem) {
      const { publicKey } = await readRequest(csrPem);
      return { publicKeyFingerprint: publicKeyFingerprint(publicKey) };
    },
    readRequest: async (requestPem) => (await readRequest(requestPem)).content,
    async signRequest(requestPem, { usages, validForMs }) {
      const { publicKey, content } = await readRequest(requestPem);
      const { commonName, organizations, dnsNames, ipAddresses } = content;
      const subject = { commonName, organizations, validForMs, usage: usages };
      const names = { names: [...dnsNames, ...ipAddresses], otherNames: otherNames(content) };
      return (await signKey({ ...subject, ...names }, publicKey, issuer, tools)).certificatePem;
    },
    async sign(csrPem, subject) {
      const { publicKey } = await readRequest(csrPem);
      return signKey({ ...subject, usage: 'client', names: [] }, publicKey, issuer, tools);
    },
  };
}

async function endorse(
  { certificatePem }: Pick<Issuer, 'certificatePem'>,
  issuer: Issuer,
  { clock, random }: AuthorityTools,
): Promise<string> {
  const { makeCertificate } = await import('./x509.ts');
  const { publicKey, subject, validToDate } = new X509Certificate(certificatePem);
  const content: CertificateContent = {
    commonName: subject.slice(subject.indexOf('CN=') + 3),
    organizations: [],
    usage: 'authority',
    names: [],
    notBeforeMs: clock.nowMs(),
    notAfterMs: validToDate.getTime(),
    serialNumber: serialNumber(random),
  };
  return makeCertificate(content, publicKey, issuer);
}

async function readRequest(requestPem: string): Promise<CheckedRequest> {
  const { readCheckedRequest } = await import('./x509.ts');
  return readCheckedRequest(requestPem);
}

function otherNames({ emailAddresses, uris }: RequestedCertificate): NonNullable<CertificateContent['otherNames']> {
  return [
    ...emailAddresses.map((value) => ({ type: 'email', value }) as const),
    ...uris.map((value) => ({ type: 'url', value }) as const),
  ];
}

async function issue(profile: CertificateProfile, issuer: Issuer, tools: AuthorityTools): Promise<CertifiedKey> {
  const { makeKeyPair } = await import('./x509.ts');
  const keys = makeKeyPair();
  const signed = await signKey(profile, keys.publicKey, issuer, tools);
  return { ...signed, keyPem: pemOf(keys.privateKey) };
}

async function signKey(
  profile: CertificateSubject & Pick<CertificateContent, 'usage' | 'names' | 'otherNames'>,
  publicKey: KeyObject,
  issuer: Issuer,
  { clock, random }: AuthorityTools,
): Promise<SignedCertificate> {
  const { makeCertificate } = await import('./x509.ts');
  const notBeforeMs = clock.nowMs();
  // X.509 counts whole seconds.
  const notAfterMs = Math.floor((notBeforeMs + profile.validForMs) / 1_000) * 1_000;
  const content = { ...profile, notBeforeMs, notAfterMs, serialNumber: serialNumber(random) };
  return { certificatePem: await makeCertificate(content, publicKey, issuer), notAfterMs };
}

/** 127 random bits: positive and short enough (RFC 5280 §4.1.2.2). */
function serialNumber(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** PKCS #8. */
export function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' });
}
