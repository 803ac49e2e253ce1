/**
 * Asks a running program over the network whether it is well. Commands inside a container go through `Runtime.exec`
 * instead.
 */
export interface Prober {
  /**
   * One attempt, from connecting to the answer, within `timeoutMs`. A program that does not answer or answers badly is
   * a result, not a failure. @throws the abort reason, and nothing else.
   */
  probe(target: ProbeTarget, options: { readonly timeoutMs: number }, signal: AbortSignal): Promise<ProbeResult>;
}

/** What to ask. */
export type ProbeTarget =
  | {
      readonly kind: 'http';
      readonly scheme: 'HTTP' | 'HTTPS';
      readonly address: string;
      readonly port: number;
      /** With the query, starting with `/`. */
      readonly path: string;
      readonly headers: readonly { readonly name: string; readonly value: string }[];
    }
  /** Well when the connection is accepted. */
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number };

/** The answer. HTTP is well with a status from 200 to 399. */
export interface ProbeResult {
  readonly ok: boolean;
  /** For people and events, worded as Kubernetes does: `HTTP probe failed with statuscode: 500`. */
  readonly message: string;
}
