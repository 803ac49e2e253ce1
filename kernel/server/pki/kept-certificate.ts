import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { CertificateAuthority, CertificateProfile, CertifiedKey } from './certificate-authority.ts';
import { notAfterMs } from './fingerprint.ts';
import { readFileIfThere, replaceFile } from './private-files.ts';

/** A certificate is replaced when less than this part of its life is left. */
const renewBelow = 1 / 3;

/** Where a certificate is kept and what it must say. */
export interface KeptCertificateOptions {
  readonly authority: CertificateAuthority;
  /** Holds `<name>.crt` and `<name>.key` (0600). */
  readonly folder: string;
  readonly name: string;
  readonly profile: CertificateProfile;
  readonly clock: Clock;
}

/** A certificate that was there or was just made. */
export interface KeptCertificate extends CertifiedKey {
  readonly isNew: boolean;
  /** When to ask again: a third of its life is left then. */
  readonly renewAtMs: number;
}

/**
 * The certificate of a folder. It is made anew when there is none, its files are damaged, it is not of this authority, it does not say what
 * the profile asks for, or less than a third of its life is left. Call it at start and again at `renewAtMs`.
 */
export async function keepCertificate(options: KeptCertificateOptions): Promise<KeptCertificate> {
  const { authority, folder, name, profile, clock } = options;
  const [certificatePath, keyPath] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const certificatePem = await readFileIfThere(certificatePath);
  const keyPem = await readFileIfThere(keyPath);
  if (certificatePem !== undefined && keyPem !== undefined) {
    const certificate = readPem(() => new X509Certificate(certificatePem));
    const key = readPem(() => createPrivateKey(keyPem));
    const renewAtMs = certificate === undefined ? 0 : renewalOf(certificate);
    if (certificate !== undefined && clock.nowMs() < renewAtMs && isRight(certificate, key, profile, authority)) {
      return { certificatePem, keyPem, notAfterMs: notAfterMs(certificate), isNew: false, renewAtMs };
    }
  }
  const issued = await authority.issue(profile);
  // A crash between the two leaves a pair that does not match; the next start makes a new one.
  await replaceFile(keyPath, issued.keyPem, 0o600);
  await replaceFile(certificatePath, issued.certificatePem, 0o644);
  return { ...issued, isNew: true, renewAtMs: renewalOf(new X509Certificate(issued.certificatePem)) };
}

/** The profile of a server on this machine. @param extraNames further DNS names and addresses people will use. */
export function servingProfile(extraNames: readonly string[] = []): CertificateProfile {
  const names = new Set(['localhost', hostname(), '127.0.0.1', '::1', ...extraNames]);
  return {
    commonName: 'planform',
    organizations: [],
    validForMs: 365 * 86_400_000,
    usage: 'server',
    names: [...names],
  };
}

/** `undefined` for a damaged file: it is replaced like one that is missing. */
function readPem<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function renewalOf(certificate: X509Certificate): number {
  const endMs = notAfterMs(certificate);
  const startMs = certificate.validFromDate.getTime();
  return endMs - (endMs - startMs) * renewBelow;
}

function isRight(
  certificate: X509Certificate,
  key: KeyObject | undefined,
  profile: CertificateProfile,
  authority: CertificateAuthority,
): boolean {
  if (key === undefined) return false;
  const issuer = new X509Certificate(authority.certificatePem);
  return (
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey) &&
    certificate.checkPrivateKey(key) &&
    certificate.subject === subjectText(profile) &&
    sameNames(certificate.subjectAltName ?? '', profile.names)
  );
}

/** The subject as node:crypto writes it, one part per line. */
function subjectText({ organizations, commonName }: CertificateProfile): string {
  return [...organizations.map((organization) => `O=${organization}`), `CN=${commonName}`].join('\n');
}

function sameNames(subjectAltName: string, names: readonly string[]): boolean {
  const present = subjectAltName.split(', ').map((entry) => canonicalName(entry.slice(entry.indexOf(':') + 1)));
  const wanted = names.map(canonicalName);
  return new Set(present).symmetricDifference(new Set(wanted.length === 0 ? [''] : wanted)).size === 0;
}

/** IPv6 addresses are written out in certificates: `0:0:0:0:0:0:0:1`. */
function canonicalName(name: string): string {
  return name.includes(':') ? new URL(`http://[${name}]`).hostname : name.toLowerCase();
}
