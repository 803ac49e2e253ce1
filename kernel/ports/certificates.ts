import type { KeyUsage } from '../schema/standard/types.ts';

/** What a certificate request (PKCS #10) asks for. Its signature was checked: the sender holds the key. */
export interface RequestedCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Alternative names, by kind. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** What a requested certificate may be used for, and for how long. */
export interface CertificateTerms {
  readonly usages: readonly KeyUsage[];
  /** Life from now on, milliseconds. */
  readonly validForMs: number;
}

/** Reads certificate requests and signs what they ask for; whether it may be signed has been decided before. */
export interface RequestSigner {
  /** @throws {ApiError} `BadRequest` when it is no request, its signature is wrong or its key is too weak. */
  readRequest(requestPem: string): Promise<RequestedCertificate>;
  /** Signs subject and alternative names as they stand in the request. @returns PEM. @throws {ApiError} as `readRequest`. */
  signRequest(requestPem: string, terms: CertificateTerms): Promise<string>;
}
