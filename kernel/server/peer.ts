import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../ports/auth.ts';
import type { RequestHeaders } from './http-channel.ts';
import { certificateFingerprint, notAfterMs, publicKeyFingerprint } from './pki/fingerprint.ts';

/** Who is at the other end of a connection, as TLS established it. */
export interface Peer {
  /** Absent when the peer showed no certificate, or none that counts. */
  readonly certificate: Credentials['certificate'];
  /** Why the certificate it showed does not count, or will not once it has ended; absent when it showed none. */
  readonly refusedCertificate: string | undefined;
  /** The certificate counts until then; connections outlive certificates. */
  readonly certificateEndsMs: number;
  readonly isLoopback: boolean;
  /** Its address; none where the connection is gone already. */
  readonly addresses: readonly string[];
}

/** Reads the peer off a socket once its handshake is done. */
export function peerOf(socket: PeerSocket): Peer {
  const { remoteAddress } = socket;
  const isLoopback = isLoopbackAddress(remoteAddress ?? '');
  const addresses = remoteAddress === undefined ? [] : [remoteAddress.replace(/^::ffff:/, '')];
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined || !socket.authorized) {
    const refusedCertificate = shown === undefined ? undefined : refusalOf(shown, socket);
    return { certificate: undefined, refusedCertificate, certificateEndsMs: 0, isLoopback, addresses };
  }
  const [certificate, certificateEndsMs] = [identityIn(shown), notAfterMs(shown)];
  return { certificate, refusedCertificate: expiredOn(shown), certificateEndsMs, isLoopback, addresses };
}

type PeerSocket = Pick<TLSSocket, 'authorized' | 'authorizationError' | 'getPeerX509Certificate' | 'remoteAddress'>;

function refusalOf(certificate: X509Certificate, { authorizationError }: PeerSocket): string {
  // Node's type says Error; what it gives is the code of OpenSSL.
  const code = String(authorizationError);
  if (code === 'CERT_HAS_EXPIRED') return expiredOn(certificate);
  return `it is not signed by an authority of this server (${code})`;
}

function expiredOn(certificate: X509Certificate): string {
  return `it expired on ${certificate.validToDate.toISOString()}`;
}

/** What a request proves: the certificate of its connection while it lasts, and its bearer token. */
export function credentialsOf(peer: Peer, authorization: string | undefined, nowMs: number): Credentials {
  const bearerToken = bearerTokenIn(authorization);
  const { certificate, refusedCertificate } = peer;
  const counts = certificate !== undefined && nowMs < peer.certificateEndsMs;
  return {
    ...(counts ? { certificate } : {}),
    ...(counts || refusedCertificate === undefined ? {} : { refusedCertificate }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
  };
}

/**
 * What an upgrade proves: browsers let pages of any origin open WebSockets, with the certificate of whoever sits in front
 * of them and no other way to send a token than as a subprotocol.
 */
export interface UpgradeCredentials {
  readonly peer: Peer;
  /** Those of the request, with the token as `authorization` and the subprotocols that are none. */
  readonly headers: RequestHeaders;
}

/** A subprotocol that is a token in base64url (kube-apiserver authentication/request/websocket). */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** Takes the token out of the subprotocols, and does not count the certificate for pages of another origin. */
export function upgradeCredentials(peer: Peer, headers: RequestHeaders): UpgradeCredentials {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const token = offered.find((protocol) => protocol.startsWith(tokenProtocol))?.slice(tokenProtocol.length);
  const protocols = offered.filter((protocol) => protocol !== '' && !protocol.startsWith(tokenProtocol));
  const bearer = token === undefined ? undefined : `Bearer ${Buffer.from(token, 'base64url').toString('utf8')}`;
  return {
    peer: isForeign(headers) ? withoutCertificate(peer, headers['origin'] ?? '') : peer,
    headers: {
      ...headers,
      authorization: headers['authorization'] ?? bearer,
      'sec-websocket-protocol': protocols.length === 0 ? undefined : protocols.join(', '),
    },
  };
}

/** True when a page of another host asks. Programs that are no browsers send no origin, or that of the server. */
function isForeign({ origin, host }: RequestHeaders): boolean {
  return origin !== undefined && origin.replace(/^\w+:\/\//, '') !== host;
}

function withoutCertificate(peer: Peer, origin: string): Peer {
  if (peer.certificate === undefined) return peer;
  return { ...peer, certificate: undefined, refusedCertificate: `a page of another origin, "${origin}", sent it` };
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
