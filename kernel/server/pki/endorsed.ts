import { X509Certificate } from 'node:crypto';

/** Most authorities that are looked at. */
const authoritiesMax = 4;

/** The certificates of a text, PEM, at most four. @throws {Error} when there are more or one cannot be read. */
export function splitAuthorities(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > authoritiesMax) throw new Error(`${blocks.length} authorities: ${authoritiesMax} are allowed`);
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * True if whoever trusts some authorities may trust others in their place: each is one of them already, or its key was certified
 * by one of them (`FileAuthority.endorse`), and one of them at least is among the new ones or has certified one.
 */
export function mayReplace(trustedPem: string, offeredPem: string, endorsementPem: string): boolean {
  const trusted = splitAuthorities(trustedPem);
  const [endorsement] = splitAuthorities(endorsementPem);
  const isKnown = (one: X509Certificate) => trusted.some((other) => other.fingerprint256 === one.fingerprint256);
  const isEndorsed = (one: X509Certificate) =>
    endorsement?.ca === true &&
    endorsement.publicKey.equals(one.publicKey) &&
    trusted.some((other) => other.ca && endorsement.verify(other.publicKey));
  const offered = splitAuthorities(offeredPem);
  return offered.length > 0 && offered.every((one) => one.ca && (isKnown(one) || isEndorsed(one)));
}
