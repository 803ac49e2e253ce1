import type { X509Certificate } from 'node:crypto';
import { createHash, type KeyObject } from 'node:crypto';

/** sha256 of a public key (SPKI DER), lower-case hex: what names a machine, whatever certificates it gets. */
export function publicKeyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** sha256 of a certificate's DER bytes, lower-case hex. */
export function certificateFingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** When a certificate ends, milliseconds since the epoch. */
export function notAfterMs(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}
