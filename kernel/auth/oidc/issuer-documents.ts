import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { JwtConfiguration } from './configuration-file.ts';
import type { DocumentAddress, FetchDocument } from './documents.ts';

/** Most keys of one issuer. */
const keysMax = 100;

/**
 * Reads the public keys of an issuer (OpenID Connect Discovery 1.0, RFC 7517): its description of itself, then the list of
 * keys it names there.
 * @throws {Error} when either cannot be had or does not hold; the abort reason of `signal`.
 */
export async function readIssuerKeys(
  { url, discoveryURL = '', certificateAuthority = '' }: JwtConfiguration['issuer'],
  fetch: FetchDocument,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const trusted = certificateAuthority === '' ? {} : { caPem: certificateAuthority };
  const wellKnown = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const from = (address: string): DocumentAddress => ({ url: address, ...trusted });
  const { issuer, jwks_uri: keysUrl } = await fetch(from(discoveryURL === '' ? wellKnown : discoveryURL), signal);
  // Else any tenant of a host could vouch for another one's users (OpenID Connect Discovery 1.0 §4.3).
  if (issuer !== url) throw new Error(`the issuer calls itself ${JSON.stringify(issuer)}`);
  if (typeof keysUrl !== 'string' || !keysUrl.startsWith('https://')) {
    throw new Error(`its jwks_uri is ${JSON.stringify(keysUrl)}: it must be https`);
  }
  return publicKeysOf(await fetch(from(keysUrl), signal));
}

/** The keys for signatures that anybody may check: a symmetric key in such a list would let everybody sign. */
function publicKeysOf({ keys }: JsonObject): readonly JsonObject[] {
  if (!Array.isArray(keys)) throw new Error('its list of keys has no keys');
  if (keys.length > keysMax) throw new Error(`it has ${keys.length} keys: ${keysMax} are allowed`);
  return keys.filter(isJsonObject).filter(isPublicKey);
}

/** Whether a key (RFC 7517) is one of a pair whose other half signs. */
export function isPublicKey({ kty }: JsonObject): boolean {
  return kty === 'RSA' || kty === 'EC';
}

/** How metrics name an issuer or its keys (kube-apiserver). */
export function shortName(text: string): string {
  return `sha256:${hash('sha256', text)}`;
}
