import type { WebhookAddress } from '../schema/kind.ts';

/** One call of a webhook. */
export interface WebhookCall {
  readonly address: WebhookAddress;
  /** Sent as JSON. */
  readonly body: unknown;
  /** Sent besides those it always has; lower-case names. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The call is given up after this long, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Calls web servers that people run beside the kernel: conversion, admission. */
export interface WebhookCaller {
  /**
   * Posts JSON and reads the answer as JSON. How many calls run at once and how long an answer may be is bounded.
   * @throws {Error} saying what is wrong (no such service, no trust, no answer in time, no JSON); the abort reason.
   */
  post(call: WebhookCall): Promise<unknown>;
}
