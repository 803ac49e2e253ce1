import type { KeyObject } from 'node:crypto';
import type { ApiRequest, ApiResponse, PathHandler } from '../ports/endpoint.ts';
import { pageNotFound } from './health.ts';
import { refuseMethod } from './status.ts';

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';
/** Clients may keep the documents for an hour (kube-apiserver). */
const cacheControl = 'public, max-age=3600';

/** What is told about the issuer of ServiceAccount tokens. */
export interface OpenIdOptions {
  readonly issuer: string;
  /** Public keys by id. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** `https://host:port` of this server; asked at each request, since a server learns its port when it listens. */
  readonly address: () => string;
}

/**
 * The documents by which others verify tokens of ServiceAccounts by themselves (OpenID Connect Discovery 1.0, RFC 7517).
 * Readable by ServiceAccounts (role `system:service-account-issuer-discovery`).
 */
export function openIdDocuments({ issuer, keys, address }: OpenIdOptions): readonly PathHandler[] {
  const configuration = () => ({
    issuer,
    jwks_uri: `${address()}${keysPath}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
  const keySet = () => ({
    keys: [...keys].map(([kid, key]) => ({ use: 'sig', kid, alg: 'ES256', ...key.export({ format: 'jwk' }) })),
  });
  return [
    documentHandler(configurationPath, 'application/json', configuration),
    documentHandler(keysPath, 'application/jwk-set+json', keySet),
  ];
}

function documentHandler(prefix: string, contentType: string, make: () => unknown): PathHandler {
  return {
    prefix,
    isPublic: false,
    async handle({ method, path }: ApiRequest): Promise<ApiResponse> {
      if (path !== prefix) return pageNotFound();
      if (method !== 'GET' && method !== 'HEAD') refuseMethod();
      const headers = { 'content-type': contentType, 'cache-control': cacheControl };
      return { status: 200, headers, body: Buffer.from(JSON.stringify(make())) };
    },
  };
}
