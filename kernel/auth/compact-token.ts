import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../meta/object.ts';

/** Longest token that is looked at, characters. */
const tokenCharactersMax = 16_384;
/** Verified tokens that are remembered; beyond it the one that was verified first is forgotten. */
const rememberedMax = 4_096;

/** What a signed JWT (RFC 7519, three parts) claims, nothing of it verified; `undefined` for anything else. */
export function claimedBy(token: string): JsonObject | undefined {
  if (token.length > tokenCharactersMax) return undefined;
  const [, payload, signature, ...rest] = token.split('.', 4);
  if (payload === undefined || signature === undefined || rest.length > 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What is known of tokens whose signature was right. Holds digests, never tokens; bounded. */
export class RememberedTokens<T> {
  readonly #known = new Map<string, T>();

  get(token: string): T | undefined {
    return this.#known.get(digestOf(token));
  }

  set(token: string, value: T): void {
    const digest = digestOf(token);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= rememberedMax && oldest !== undefined && !this.#known.has(digest)) {
      this.#known.delete(oldest);
    }
    this.#known.set(digest, value);
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
