import { ApiError } from '../meta/errors.ts';
import { isJsonObject, type JsonObject } from '../meta/object.ts';

const tokenVersion = 'meta.k8s.io/v1';

/** Where a list goes on. */
export interface ContinueToken {
  /** Revision of the list; −1: whatever is current (an inconsistent continuation, as in kube-apiserver). */
  readonly revision: number;
  /** Start of the next page, see `CachedPage.next`. */
  readonly start: string;
}

/** The opaque text clients get; the shape of kube-apiserver storage/continue.go. */
export function formatContinueToken({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start })).toString('base64url');
}

/**
 * Reads a token. Its start is a key, not a path: one that tries to walk out of the list is refused.
 * @throws {ApiError} `BadRequest` when the text is no token of ours.
 */
export function parseContinueToken(text: string): ContinueToken {
  const { v: version, rv: revision, start } = decodeToken(text);
  if (version !== tokenVersion) {
    throw notValid(`server does not recognize this encoded version ${typeof version === 'string' ? version : ''}`);
  }
  const isRevision = Number.isSafeInteger(revision) && (revision === -1 || Number(revision) > 0);
  if (!isRevision) throw notValid(`incorrect encoded start resourceVersion (version ${tokenVersion})`);
  if (typeof start !== 'string' || start === '') throw notValid(`encoded start key empty (version ${tokenVersion})`);
  if (start.includes('/') || start.includes('..')) throw notValid(start);
  return { revision: Number(revision), start };
}

function decodeToken(text: string): JsonObject {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (isJsonObject(token)) return token;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw notValid('it is no token of this server');
}

function notValid(why: string): ApiError {
  return new ApiError('BadRequest', `invalid continue token: continue key is not valid: ${why}`);
}
