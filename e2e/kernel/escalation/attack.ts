import type { Attempt } from '../../hostile/attacker.ts';
import type { Cast } from './cast.ts';

/** One attack, and the only answer to it. */
export interface Attack extends Attempt {
  /** What is tried, as it stands in the name of the test. */
  readonly what: string;
  /** Default: `mallory`. */
  readonly by?: 'nobody' | 'mallory' | 'robot' | 'north' | 'west' | 'admin';
  /** Instead of one of the cast: somebody with this bearer token. */
  readonly bearerToken?: string;
  readonly status: number;
  /** `reason` of the Status. Absent: the answer is no Status. */
  readonly reason?: string;
  readonly message: RegExp;
}

/** Attacks of one sort. */
export type AttackTable = (cast: Cast) => readonly Attack[];

/** Not allowed by any role. */
export const forbidden = { status: 403, reason: 'Forbidden' } as const;
/** No such user. */
export const unauthorized = { status: 401, reason: 'Unauthorized', message: /Unauthorized/ } as const;
/** Makes no sense. */
export const badRequest = { status: 400, reason: 'BadRequest' } as const;
/** Makes sense, and is not possible. */
export const invalid = { status: 422, reason: 'Invalid' } as const;
/** There is no such thing. */
export const notFound = { status: 404, reason: 'NotFound' } as const;

/** Headers of patches. */
export const patchTypes = {
  merge: { 'content-type': 'application/merge-patch+json' },
  json: { 'content-type': 'application/json-patch+json' },
  apply: { 'content-type': 'application/apply-patch+yaml' },
} as const;
