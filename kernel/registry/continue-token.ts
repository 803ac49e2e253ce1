import { ApiError } from '../meta/errors.ts';
import { isJsonObject } from '../meta/object.ts';

/** Where a list goes on. */
export interface ContinueToken {
  /** Revision of the list; −1: whatever is current (an inconsistent continuation, as in kube-apiserver). */
  readonly revision: number;
  /** Start of the next page, see `CachedPage.next`. */
  readonly start: string;
}

/** The opaque text clients get; the shape of kube-apiserver storage/continue.go. */
export function formatContinueToken({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** @throws {ApiError} `BadRequest` when the text is no token of ours. */
export function parseContinueToken(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (isJsonObject(token)) {
      const { rv: revision, start } = token;
      const isRevision = Number.isSafeInteger(revision) && (revision === -1 || Number(revision) > 0);
      if (isRevision && typeof start === 'string') return { revision: Number(revision), start };
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new ApiError('BadRequest', 'continue key is not valid');
}
