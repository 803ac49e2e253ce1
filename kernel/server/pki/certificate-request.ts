import { createPrivateKey, createPublicKey } from 'node:crypto';

/** A key of ours and a request to certify it. */
export interface KeyWithRequest {
  /** PKCS #8; never leaves this machine. */
  readonly keyPem: string;
  /** PKCS #10. */
  readonly csrPem: string;
}

/** A certificate request for a P-256 key that is there already, for example to renew or to ask again. @param keyPem PKCS #8. */
export async function requestForKey(keyPem: string, commonName: string): Promise<string> {
  const { makeRequest } = await import('./x509.ts');
  const privateKey = createPrivateKey(keyPem);
  return makeRequest({ privateKey, publicKey: createPublicKey(privateKey) }, commonName);
}

/** Makes a P-256 key and a certificate request for it. The signer decides the subject; the name is a hint for people. */
export async function makeCertificateRequest(commonName: string): Promise<KeyWithRequest> {
  const { makeKeyPair, makeRequest } = await import('./x509.ts');
  const keys = makeKeyPair();
  const keyPem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { keyPem, csrPem: await makeRequest(keys, commonName) };
}
