import type { JsonObject } from '../../meta/object.ts';

/** Where a document of an issuer is and how its server is known. */
export interface DocumentAddress {
  /** https. */
  readonly url: string;
  /** Authorities the server is checked against, PEM; absent: those of the system. */
  readonly caPem?: string;
}

/**
 * Fetches a JSON document. Bounded in time and size, follows no redirects.
 * @throws {Error} saying what went wrong; the abort reason when given up.
 */
export type FetchDocument = (address: DocumentAddress, signal: AbortSignal) => Promise<JsonObject>;
