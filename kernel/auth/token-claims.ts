import { isJsonObject, type JsonObject } from '../meta/object.ts';
import type { ObjectReference, TokenClaims } from '../ports/auth.ts';

/** Claim that holds what only Kubernetes knows of. */
const privateClaim = 'kubernetes.io';

/** The claims as they stand in a token. Times are whole seconds there. */
export function formatTokenClaims(claims: TokenClaims): JsonObject {
  const { audiences, namespace, serviceAccount, pod, secret, node, tokenId } = claims;
  return {
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    aud: audiences,
    iat: toSeconds(claims.issuedAtMs),
    nbf: toSeconds(claims.notBeforeMs),
    exp: toSeconds(claims.expiresAtMs),
    ...(tokenId === undefined ? {} : { jti: tokenId }),
    [privateClaim]: {
      namespace,
      serviceaccount: asClaim(serviceAccount),
      ...(pod === undefined ? {} : { pod: asClaim(pod) }),
      ...(secret === undefined ? {} : { secret: asClaim(secret) }),
      ...(node === undefined ? {} : { node: asClaim(node) }),
    },
  };
}

/** Reads what `formatTokenClaims` made; `undefined` when it is something else. */
export function readTokenClaims(payload: unknown): TokenClaims | undefined {
  if (!isJsonObject(payload)) return undefined;
  const { aud, iat, nbf, exp, jti, sub, [privateClaim]: own } = payload;
  if (!isJsonObject(own) || typeof own['namespace'] !== 'string' || typeof exp !== 'number') return undefined;
  const { namespace } = own;
  const serviceAccount = readReference(own['serviceaccount']);
  if (serviceAccount === undefined || sub !== `system:serviceaccount:${namespace}:${serviceAccount.name}`) {
    return undefined;
  }
  const [pod, secret, node] = [own['pod'], own['secret'], own['node']].map(readReference);
  return {
    audiences: Array.isArray(aud)
      ? aud.filter((item) => typeof item === 'string')
      : typeof aud === 'string'
        ? [aud]
        : [],
    issuedAtMs: fromSeconds(iat),
    notBeforeMs: fromSeconds(nbf),
    expiresAtMs: exp * 1_000,
    tokenId: typeof jti === 'string' ? jti : undefined,
    namespace,
    serviceAccount,
    ...(pod === undefined ? {} : { pod }),
    ...(secret === undefined ? {} : { secret }),
    ...(node === undefined ? {} : { node }),
  };
}

function asClaim({ name, uid }: ObjectReference): JsonObject {
  return { name, uid };
}

function readReference(value: unknown): ObjectReference | undefined {
  if (!isJsonObject(value)) return undefined;
  const { name, uid } = value;
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

function fromSeconds(seconds: unknown): number {
  return typeof seconds === 'number' ? seconds * 1_000 : 0;
}
