import { createPrivateKey, X509Certificate } from 'node:crypto';

/** One block of a PEM text, with the line that names its type. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

function blocksOf(text: string): readonly (readonly [type: string, pem: string])[] {
  return Array.from(text.matchAll(block), ([pem, type = '']) => [type, pem] as const);
}

function isKey(type: string): boolean {
  return type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');
}

/**
 * What is wrong with a certificate and its key, in the words of Go's `tls.X509KeyPair`; those of its decoders are ours.
 * @returns `undefined` when servers can use them.
 */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const [certificates, keys] = [blocksOf(certificate), blocksOf(key)];
  const leaf = certificates.find(([type]) => type === 'CERTIFICATE')?.[1];
  if (leaf === undefined) return missingCertificate(certificates.map(([type]) => type));
  const own = keys.find(([type]) => isKey(type))?.[1];
  return own === undefined ? missingKey(keys.map(([type]) => type)) : mismatch(leaf, own);
}

function missingCertificate(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (types.length === 1 && types.some(isKey)) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function missingKey(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in key input';
  if (types.length === 1 && types[0] === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function mismatch(leaf: string, key: string): string | undefined {
  try {
    const isOwn = new X509Certificate(leaf).checkPrivateKey(createPrivateKey(key));
    return isOwn ? undefined : 'tls: private key does not match public key';
  } catch (error) {
    // OpenSSL says why; texts about keys name no part of them.
    if (error instanceof Error && 'code' in error) return 'tls: failed to parse private key';
    throw error;
  }
}
