import { ApiError } from '../../../kernel/meta/errors.ts';
import { parseJson } from '../../../kernel/meta/json.ts';
import { isJsonObject } from '../../../kernel/meta/object.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';

/** Everything a machine needs to join a hub. A file with the rights of a password: mode 0600, used once. */
export interface JoinFile {
  /** `https://…` addresses of the hub, in order of preference. */
  readonly hubUrls: readonly string[];
  /** Certificate authority of the hub; nothing else is trusted. */
  readonly caPem: string;
  /** See `formatJoinToken`. */
  readonly token: string;
}

/** The token as it stands in a join file and in `Authorization: Bearer`: `<name of the JoinToken>.<secret>`. */
export function formatJoinToken(name: string, secret: string): string {
  return `${name}.${secret}`;
}

/** Splits a token; `undefined` when the text cannot be a join token. */
export function parseJoinToken(token: string): { readonly name: string; readonly secret: string } | undefined {
  const dot = token.lastIndexOf('.');
  const [name, secret] = [token.slice(0, Math.max(0, dot)), token.slice(dot + 1)];
  const isToken = checkDnsSubdomain(name).length === 0 && /^[A-Za-z0-9_-]{16,128}$/.test(secret);
  return isToken ? { name, secret } : undefined;
}

/** Reads a join file. @throws {ApiError} `BadRequest` naming what is missing. */
export function parseJoinFile(text: string): JoinFile {
  const { value } = parseJson(text);
  if (!isJsonObject(value)) throw new ApiError('BadRequest', 'Cannot read the join file: it must be a JSON object');
  const { hubUrls, caPem, token } = value;
  if (!Array.isArray(hubUrls) || hubUrls.length === 0 || !hubUrls.every((url) => typeof url === 'string')) {
    throw new ApiError('BadRequest', 'Cannot read the join file: "hubUrls" must be a list of addresses');
  }
  if (typeof caPem !== 'string' || !caPem.includes('BEGIN CERTIFICATE')) {
    throw new ApiError('BadRequest', 'Cannot read the join file: "caPem" must be a certificate in PEM form');
  }
  if (typeof token !== 'string' || parseJoinToken(token) === undefined) {
    throw new ApiError('BadRequest', 'Cannot read the join file: "token" must be <name>.<secret>');
  }
  return { hubUrls: hubUrls, caPem, token };
}
