import type { MetricSource } from '../base/metrics.ts';
import type { UserInfo } from './auth.ts';
import type { StoredObject } from './endpoint.ts';

/** How much of a request is recorded, from nothing to everything (`audit.k8s.io/v1` Level). */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** What a request is about, as policies and records name it (kube-apiserver RequestInfo). */
export interface AuditTarget {
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the lower-case HTTP method. */
  readonly verb: string;
  /** False for paths such as /healthz: the fields below are empty then. */
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A request whose sender is known. */
export interface AuditedRequest {
  /** Also in the `Audit-ID` header of the answer. */
  readonly auditId: string;
  /** Path and query as they were sent. */
  readonly uri: string;
  readonly userAgent: string;
  /** From the first to the last known; only the last one is certain. */
  readonly sourceIps: readonly string[];
  readonly receivedAtMs: number;
  /** Who sent it; absent when nobody accepted the credentials. */
  readonly user: UserInfo | undefined;
  readonly target: AuditTarget;
}

/** One object as a commit leaves it; for a delete its last state. */
export interface AuditedChange {
  readonly operation: 'create' | 'update' | 'delete';
  readonly object: StoredObject;
}

/** How a request was answered. */
export interface AuditOutcome {
  readonly code: number;
  /** The `v1.Status` of a refusal, or of a delete. */
  readonly status?: object;
  /** JSON that was answered, where it is at hand as a whole. */
  readonly body?: Uint8Array;
  /** The answer goes on: `ended` will be called. */
  readonly isLongRunning?: boolean;
}

/** The record of one request as it comes about. */
export interface RequestAudit {
  /** As whom the request is answered, where that is somebody else. */
  actsAs(user: UserInfo): void;
  /** What authorization said of the request. The first word counts. */
  decided(isAllowed: boolean, reason: string): void;
  /** Adds an annotation; the first value of a key counts. */
  annotate(key: string, value: string): void;
  /** Tells the decoded body. Looked at only where the policy asks for it. */
  sent(body: unknown): void;
  /**
   * Called inside the commit step: what is to be durable with these changes. Called again if the commit has to be tried again.
   * Synchronous, never throws.
   */
  committing(changes: readonly AuditedChange[]): readonly Uint8Array[];
  /**
   * Called once, before the answer leaves. @returns when the record is durable; `undefined` when there is nothing to wait for.
   * @throws {ApiError} by the promise: `InsufficientStorage` and others when it cannot be made durable.
   */
  answered(outcome: AuditOutcome): Promise<void> | undefined;
  /** The end of an answer that went on. */
  ended(): void;
}

/** Records requests. */
export interface Auditor {
  /** A request has come in. @returns the record to fill in; `undefined` when the policy wants none. */
  begin(request: AuditedRequest): RequestAudit | undefined;
  /**
   * What a recorded request has to wait for before it starts, so that memory and disk stay bounded; `undefined`: nothing.
   * @throws {ApiError} by the promise: `TooManyRequests` when it takes too long.
   */
  room(request: { readonly signal: AbortSignal }): Promise<void> | undefined;
  readonly metrics: MetricSource;
}
