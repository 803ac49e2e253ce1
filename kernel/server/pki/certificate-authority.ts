import type { RequestSigner } from '../../ports/certificates.ts';

/** Whom a certificate is for. The authority decides it, never the request. */
export interface CertificateSubject {
  readonly commonName: string;
  /** Become the groups of the user. */
  readonly organizations: readonly string[];
  /** Life from now on, milliseconds. */
  readonly validForMs: number;
}

/** What a certificate request proves: that its sender holds this key. */
export interface VerifiedRequest {
  /** sha256 of the public key (SPKI DER), lower-case hex. */
  readonly publicKeyFingerprint: string;
}

/** A signed certificate. */
export interface SignedCertificate {
  readonly certificatePem: string;
  readonly notAfterMs: number;
}

/** A certificate with the private key it was made for. */
export interface CertifiedKey extends SignedCertificate {
  /** PKCS #8. */
  readonly keyPem: string;
}

/** What a new certificate with a new key is for. */
export interface CertificateProfile extends CertificateSubject {
  readonly usage: 'server' | 'client';
  /** DNS names and IP addresses a server answers to; empty for clients. */
  readonly names: readonly string[];
}

/** Signs certificates. The simulator has its own. */
export interface CertificateAuthority extends RequestSigner {
  /** PEM of the authority's own certificate: what others must trust. */
  readonly certificatePem: string;
  /** Makes a key and a certificate for it. */
  issue(profile: CertificateProfile): Promise<CertifiedKey>;
  /**
   * Checks a certificate request (PKCS #10) and that its sender holds the key.
   * @throws {ApiError} `BadRequest` when it is no request, its signature is wrong or its key is too weak.
   */
  inspect(csrPem: string, signal: AbortSignal): Promise<VerifiedRequest>;
  /**
   * Signs a client certificate for the key of a request and exactly this subject; whatever the request asks for besides
   * is ignored. @throws {ApiError} as `inspect`.
   */
  sign(csrPem: string, subject: CertificateSubject, signal: AbortSignal): Promise<SignedCertificate>;
}
