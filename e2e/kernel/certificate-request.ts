// The library needs the polyfill to be there first.
import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { generateKeyPairSync } from 'node:crypto';

/** What a CertificateSigningRequest of a test asks for. */
export interface AskedCertificate {
  readonly name: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly dnsNames?: readonly string[];
}

/** A CertificateSigningRequest for a new key, as JSON, and the key. */
export async function newCertificateRequest(asked: AskedCertificate): Promise<{ object: string; keyPem: string }> {
  const { name, commonName, organizations, signerName, usages, dnsNames = [] } = asked;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const alternative = dnsNames.map((value) => ({ type: 'dns', value }) as const);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }],
    keys: {
      publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
      privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    ...(alternative.length === 0 ? {} : { extensions: [new SubjectAlternativeNameExtension(alternative)] }),
  });
  const spec = { signerName, usages, request: Buffer.from(`${request.toString('pem')}\n`).toString('base64') };
  return {
    object: JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec,
    }),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}
