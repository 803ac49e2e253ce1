// The library needs the polyfill to be there first. Both are slow to load: import this file only when something has to
// be signed.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ApiError } from '../../meta/errors.ts';
import type { RequestedCertificate } from '../../ports/certificates.ts';
import type { KeyUsage } from '../../schema/standard/types.ts';
import { usageExtensions } from './key-usages.ts';

/** All keys made here: small, fast, understood by every client. */
const ecdsaP256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signature = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** Certificates begin a little in the past, so that a machine whose clock is behind accepts them. */
const clockSkewMs = 5 * 60_000;
/** Longest certificate request that is looked at, characters. */
const requestCharactersMax = 16_384;
/** Weakest RSA key that is signed, bits. */
const rsaBitsMin = 2_048;

/** A key pair of ours. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What stands in a certificate. */
export interface CertificateContent {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly usage: 'authority' | 'server' | 'client' | readonly KeyUsage[];
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Alternative names that are neither. Default none. */
  readonly otherNames?: readonly { readonly type: 'email' | 'url'; readonly value: string }[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Hex. */
  readonly serialNumber: string;
}

/** Who signs. */
export interface Issuer {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
}

/** A new P-256 key pair. */
export function makeKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: ecdsaP256.namedCurve });
}

/** Signs a certificate for `publicKey`; without an issuer it signs itself with `selfKey`. @returns PEM. */
export async function makeCertificate(
  content: CertificateContent,
  publicKey: KeyObject,
  issuer: Issuer | { readonly selfKey: KeyObject },
): Promise<string> {
  const subject = subjectName(content);
  const isSelf = 'selfKey' in issuer;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: content.serialNumber,
    subject,
    issuer: isSelf ? subject : issuerName(issuer.certificatePem),
    notBefore: new Date(content.notBeforeMs - clockSkewMs),
    notAfter: new Date(content.notAfterMs),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    signingKey: (isSelf ? issuer.selfKey : issuer.privateKey).toCryptoKey(ecdsaP256, false, ['sign']),
    signingAlgorithm: signature,
    extensions: await extensionsOf(content, publicKey, issuer),
  });
  return `${certificate.toString('pem')}\n`;
}

/** A certificate request that was checked. */
export interface CheckedRequest {
  readonly publicKey: KeyObject;
  readonly content: RequestedCertificate;
}

/**
 * Reads a certificate request and checks that its sender holds the key.
 * @throws {ApiError} `BadRequest`.
 */
export async function readCheckedRequest(csrPem: string): Promise<CheckedRequest> {
  if (csrPem.length > requestCharactersMax) {
    throw new ApiError(
      'BadRequest',
      `Cannot read a certificate request of more than ${requestCharactersMax} characters`,
    );
  }
  let isProven: boolean;
  let checked: CheckedRequest;
  try {
    const request = new Pkcs10CertificateRequest(csrPem);
    isProven = await request.verify();
    const publicKey = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    checked = { publicKey, content: contentOf(request) };
  } catch (cause) {
    throw new ApiError('BadRequest', 'Cannot read the certificate request: it is not PKCS #10 in PEM', {}, { cause });
  }
  if (!isProven) throw new ApiError('BadRequest', 'Cannot accept the certificate request: its signature is wrong');
  requireStrong(checked.publicKey);
  return checked;
}

function contentOf(request: Pkcs10CertificateRequest): RequestedCertificate {
  const alternative = request.extensions.find((extension) => extension instanceof SubjectAlternativeNameExtension);
  const names = alternative?.names.items ?? [];
  const namesOf = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField('CN').at(-1) ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: namesOf('dns'),
    ipAddresses: namesOf('ip'),
    emailAddresses: namesOf('email'),
    uris: namesOf('url'),
  };
}

/** A certificate request for a key of ours. @returns PEM. */
export async function makeRequest(keys: KeyPair, commonName: string): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys: {
      publicKey: keys.publicKey.toCryptoKey(ecdsaP256, true, ['verify']),
      privateKey: keys.privateKey.toCryptoKey(ecdsaP256, false, ['sign']),
    },
    signingAlgorithm: signature,
  });
  return `${request.toString('pem')}\n`;
}

function requireStrong(publicKey: KeyObject): void {
  const type = publicKey.asymmetricKeyType;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (type === 'ec' || type === 'ed25519' || (type === 'rsa' && bits >= rsaBitsMin)) return;
  const allowed = `allowed are ECDSA, Ed25519 and RSA of at least ${rsaBitsMin} bits`;
  throw new ApiError('BadRequest', `Cannot accept a key of type "${type}" (${bits} bits): ${allowed}`);
}

/**
 * Every value is said to be text: the library takes a bare `#0c05…` for encoded bytes, and whoever asks for such a name would get
 * a certificate for another one than was looked at. Authorities, whose names are ours, keep the form they always had, since
 * their certificates name them byte by byte.
 */
function subjectName({ commonName, organizations, usage }: CertificateContent): Name {
  if (usage === 'authority') return new Name([{ CN: [commonName] }]);
  const text = (value: string) => [{ utf8String: value }];
  return new Name([...organizations.map((organization) => ({ O: text(organization) })), { CN: text(commonName) }]);
}

/** The subject of an authority made here: one common name. */
function issuerName(certificatePem: string): JsonName {
  const { subject } = new X509Certificate(certificatePem);
  return [{ CN: [subject.slice(subject.indexOf('CN=') + 3)] }];
}

async function extensionsOf(
  content: CertificateContent,
  publicKey: KeyObject,
  issuer: Issuer | { readonly selfKey: KeyObject },
): Promise<Extension[]> {
  const ownKey = publicKey.export({ type: 'spki', format: 'der' });
  const own = await SubjectKeyIdentifierExtension.create(ownKey);
  if (content.usage === 'authority') {
    const usages = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);
    return [new BasicConstraintsExtension(true, 0, true), usages, own];
  }
  const usages = typeof content.usage === 'string' ? ownUsages(content.usage) : content.usage;
  const names = [...content.names.map(generalName), ...(content.otherNames ?? [])];
  const issuerKey = 'selfKey' in issuer ? publicKey : new X509Certificate(issuer.certificatePem).publicKey;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    ...usageExtensions(usages),
    own,
    await AuthorityKeyIdentifierExtension.create(issuerKey.export({ type: 'spki', format: 'der' })),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
}

function ownUsages(usage: 'server' | 'client'): readonly KeyUsage[] {
  return ['digital signature', usage === 'server' ? 'server auth' : 'client auth'];
}

function generalName(name: string): { readonly type: 'ip' | 'dns'; readonly value: string } {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}
