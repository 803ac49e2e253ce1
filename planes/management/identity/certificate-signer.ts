/**
 * Port: signs the certificates of sites. The private key of a site never leaves the site; all that arrives is a
 * certificate request (PKCS #10).
 */
export interface CertificateSigner {
  /**
   * Checks a request and that its sender holds the key.
   * @throws {ApiError} `BadRequest` when it is no request or its own signature is wrong.
   */
  inspect(csrPem: string, signal: AbortSignal): Promise<CertificateRequest>;
  /** Signs for exactly this subject; whatever name the request asks for is ignored. */
  sign(csrPem: string, subject: CertificateSubject, signal: AbortSignal): Promise<SignedCertificate>;
}

/** What a certificate request proves. */
export interface CertificateRequest {
  /** sha256 of the public key (SPKI DER), lower-case hex. */
  readonly publicKeyFingerprint: string;
}

/** Whom a certificate is for. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly validForMs: number;
}

/** A signed certificate. */
export interface SignedCertificate {
  readonly certificatePem: string;
  readonly notAfterMs: number;
}

/** Life of a site's certificate: 30 days. It is renewed when a third is left. */
export const siteCertificateValidForMs = 30 * 24 * 3_600_000;
