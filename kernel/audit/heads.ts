import { type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../meta/canonical-json.ts';

/** Signs what the log says of itself; the key is made for nothing else. */
export interface AuditSigner {
  /** SHA-256 of the public key, hexadecimal. */
  readonly keyId: string;
  /** Ed25519. */
  sign(content: Uint8Array): Uint8Array;
}

/** The hash of one record: with it, nothing up to that record can be changed unnoticed. */
export interface AuditHead {
  readonly kind: 'AuditHead';
  readonly apiVersion: 'kernel.planform.dev/v1alpha1';
  readonly sequence: number;
  readonly hash: string;
  /** RFC 3339; when it was signed. */
  readonly time: string;
  readonly key: string;
  /** Ed25519 over the canonical JSON of the other fields, base64. */
  readonly signature: string;
}

/** What retention removed: a log that begins later than with record 1 begins with the hash this names. */
export interface AuditRemoval {
  readonly kind: 'AuditRemoval';
  readonly apiVersion: 'kernel.planform.dev/v1alpha1';
  /** Last record that went, and its hash. */
  readonly sequence: number;
  readonly hash: string;
  /** Files that went with it. */
  readonly segments: readonly string[];
  readonly time: string;
  readonly key: string;
  readonly signature: string;
}

/** What a log says of itself, signed. */
export type AuditStatement = AuditHead | AuditRemoval;

/** Signs a head or a removal. */
export function signed<T extends AuditStatement>(content: Omit<T, 'key' | 'signature'>, signer: AuditSigner): T {
  const keyed = { ...content, key: signer.keyId };
  const signature = Buffer.from(signer.sign(Buffer.from(canonicalJson(keyed)))).toString('base64');
  return { ...keyed, signature } as T;
}

/** True if one of the keys signed it. */
export function isSignedBy(statement: AuditStatement, keys: ReadonlyMap<string, KeyObject>): boolean {
  const { signature, ...content } = statement;
  const key = keys.get(statement.key);
  if (key === undefined) return false;
  return verify(null, Buffer.from(canonicalJson(content)), key, Buffer.from(signature, 'base64'));
}

/** A line of a file of heads that is none. */
export interface UnreadableHead {
  readonly line: number;
}

/** The contents of a file of heads. */
export interface HeadsFile {
  readonly heads: readonly AuditHead[];
  readonly removals: readonly AuditRemoval[];
  readonly unreadable: readonly UnreadableHead[];
}

/** Reads a file with one statement per line; none where there is no file. A last line without end is being written: it is left out. */
export async function readHeads(path: string): Promise<HeadsFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').slice(0, -1);
  const statements = lines.map(parseStatement);
  return {
    heads: statements.filter((one) => one?.kind === 'AuditHead'),
    removals: statements.filter((one) => one?.kind === 'AuditRemoval'),
    unreadable: statements.flatMap((one, index) => (one === undefined ? [{ line: index + 1 }] : [])),
  };
}

/** The path of the heads of a log. */
export function headsPath(folder: string): string {
  return join(folder, 'heads.jsonl');
}

function parseStatement(line: string): AuditStatement | undefined {
  try {
    const value = JSON.parse(line) as Partial<AuditStatement> | null;
    if (value === null || (value.kind !== 'AuditHead' && value.kind !== 'AuditRemoval')) return undefined;
    const { sequence, hash, time, key, signature } = value;
    const isWhole = [hash, time, key, signature].every((field) => typeof field === 'string');
    return isWhole && Number.isSafeInteger(sequence) ? (value as AuditStatement) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
