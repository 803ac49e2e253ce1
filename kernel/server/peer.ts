import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../ports/auth.ts';
import { certificateFingerprint, notAfterMs, publicKeyFingerprint } from './pki/fingerprint.ts';

/** Who is at the other end of a connection, as TLS established it. */
export interface Peer {
  /** Absent when the peer showed no certificate, or none of our authorities. */
  readonly certificate: Credentials['certificate'];
  /** The certificate counts until then; connections outlive certificates. */
  readonly certificateEndsMs: number;
  readonly isLoopback: boolean;
}

/** Reads the peer off a socket once its handshake is done. */
export function peerOf(socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate' | 'remoteAddress'>): Peer {
  const isLoopback = isLoopbackAddress(socket.remoteAddress ?? '');
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return { certificate: undefined, certificateEndsMs: 0, isLoopback };
  return { certificate: identityIn(certificate), certificateEndsMs: notAfterMs(certificate), isLoopback };
}

/** What a request proves: the certificate of its connection while it lasts, and its bearer token. */
export function credentialsOf(peer: Peer, authorization: string | undefined, nowMs: number): Credentials {
  const bearerToken = bearerTokenIn(authorization);
  const certificate = nowMs < peer.certificateEndsMs ? peer.certificate : undefined;
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
  };
}

/** The token of an Authorization header (RFC 6750); other schemes are not credentials here. */
function bearerTokenIn(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const match = /^bearer +(\S+)\s*$/i.exec(authorization);
  return match?.[1];
}

function identityIn(certificate: X509Certificate): NonNullable<Credentials['certificate']> {
  const { subject } = certificate.toLegacyObject();
  const { CN: commonName, O: organizations = [] } = subject as {
    readonly CN?: string | readonly string[];
    readonly O?: string | readonly string[];
  };
  return {
    // Several common names would be an attempt to be two users; none is taken.
    commonName: typeof commonName === 'string' ? commonName : '',
    organizations: typeof organizations === 'string' ? [organizations] : organizations,
    fingerprint: certificateFingerprint(certificate),
    publicKeyFingerprint: publicKeyFingerprint(certificate.publicKey),
  };
}

function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}
