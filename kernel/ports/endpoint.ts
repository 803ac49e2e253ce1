import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { Credentials, UserInfo } from './auth.ts';
import type { ResourceContext } from './resources.ts';

/** A request, whatever transport carried it. */
export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Decoded later, part by part; starts with `/`, has no query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  /** Reads the whole body. @throws {ApiError} `RequestEntityTooLarge` beyond `bytesMax`. */
  readonly readBody: (bytesMax: number) => Promise<Uint8Array>;
  /** Aborts when the client has gone or the server stops. */
  readonly signal: AbortSignal;
  readonly receivedAtMs: number;
  readonly requestId: string;
  /** Path and query as they were sent; absent where nobody wrote them down. */
  readonly uri?: string;
  /** Address of who sent it; the same list for all requests of a connection. */
  readonly remoteAddresses?: readonly string[];
  /** False while clients leave so many answers unread that a large one would not be sent; asked before it is made. */
  hasRoom?(): boolean;
  /** Told who sends it, once that is known and before its body is read, where bodies and answers are counted by user. */
  sentBy?(user: UserInfo): void;
}

/**
 * An answer. A stream body is pulled as fast as the client takes it and is stopped by `return()`, or by `close()` where
 * the transport takes from it as the `Feed` it may be.
 */
export interface ApiResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The body goes on until somebody ends it (watch, `log -f`): transports end it at once when they drain. Default false. */
  readonly isLongRunning?: boolean;
}

/** The one handler in front of everything; HTTP, the tunnel and the simulator are transports in front of it. */
export interface RequestHandler {
  /** Never throws for what a client can cause: refusals are `v1.Status` responses. */
  handle(request: ApiRequest): Promise<ApiResponse>;
}

/** An API request whose path was understood, whose user is known and who was authorized. */
export interface SubresourceRequest {
  readonly method: string;
  readonly definition: KindDefinition;
  readonly namespace: string;
  readonly name: string;
  /** What follows the subresource in the path, decoded, without empty parts. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly user: UserInfo;
  readonly credentials: Credentials;
  readonly readBody: (bytesMax: number) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/**
 * A subresource that is more than fields of an object: `pods/log`, `works/blobs`, `sites/sync`. Registered by
 * programs; the server parses, authenticates and authorizes (verb from `verbs`), then hands over.
 */
export interface SubresourceHandler {
  /** `pods`, `sites.management.planform.dev`. */
  readonly resource: string;
  readonly subresource: string;
  /** HTTP method → authorization verb: `{ GET: 'get', POST: 'create' }`. Other methods answer 405. */
  readonly verbs: Readonly<Record<string, string>>;
  /** Its answers go on for as long as the client likes, so they take no seats of flow control. Default false. */
  readonly isLongRunning?: boolean;
  /** Kind shown in discovery; default that of the resource. */
  readonly kind?: string;
  /** What it takes and gives, where that is of another group or version than the resource. */
  readonly takes?: KindDefinition;
  /** @throws {ApiError} to refuse. */
  handle(request: SubresourceRequest): Promise<ApiResponse>;
}

/** A POST of a computed resource: decoded, its user known and authorized to `create`. */
export interface ComputedRequest {
  readonly body: JsonObject;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly user: UserInfo;
  readonly receivedAtMs: number;
  readonly signal: AbortSignal;
}

/** The request behind a `ComputedRequest`, for answers that write. */
export interface ComputedCallInfo {
  readonly context: ResourceContext;
  /** From the query. */
  readonly options: WriteOptions;
  /** Paths of fields that stood twice in the body. */
  readonly duplicateFields: readonly string[];
}

/** A resource that is answered but never stored, such as SelfSubjectAccessReview. It takes POST only. */
export interface ComputedResource {
  /** Shown in discovery and OpenAPI. */
  readonly definition: KindDefinition;
  /** @returns the body with its answer filled in. @throws {ApiError} to refuse. */
  create(request: ComputedRequest, call: ComputedCallInfo): Promise<JsonObject>;
}

/**
 * A subresource that takes an object by POST and gives it back answered, such as `serviceaccounts/token`. The server makes a
 * `SubresourceHandler` of it.
 */
export interface ComputedSubresource {
  /** `pods`, `sites.management.planform.dev`. */
  readonly resource: string;
  readonly subresource: string;
  /** What it takes and gives: `TokenRequest`. */
  readonly definition: KindDefinition;
  /** @param name of the object whose subresource it is. @returns the body with its answer. @throws {ApiError} to refuse. */
  create(request: ComputedRequest, name: string): Promise<JsonObject>;
}

/**
 * Paths outside the resource API, for example a console. The server authenticates; `isPublic` paths are not
 * authorized, others as the non-resource path they are.
 */
export interface PathHandler {
  /** `/console`: serves this path and everything below it. */
  readonly prefix: string;
  readonly isPublic: boolean;
  /** @throws {ApiError} to refuse. */
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
}

/** Options all writes share. */
export interface WriteOptions {
  /** Runs everything but storage. */
  readonly dryRun?: boolean;
  /** Name under which managedFields records the writer; the kernel derives one from the user agent if absent. */
  readonly fieldManager?: string;
  /** What to do with unknown and duplicate fields. Default Warn. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Server-side apply: take over fields owned by others. */
  readonly force?: boolean;
  /**
   * Apply, and updates that may create: answer `NotFound` instead of creating an absent object. The server sets it for
   * users who may change but not create.
   */
  readonly noCreate?: boolean;
}

/** `metav1.DeleteOptions`. */
export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** An object as the kernel keeps it: encoded once, parsed when somebody looks. */
export interface StoredObject {
  /** JSON in the version that was asked for, resourceVersion included. */
  readonly bytes: Uint8Array;
  readonly revision: number;
  /** The frozen, shared parsed form. */
  parsed(): KubeObject;
  /** `apiVersion`, `kind` and `metadata`, maybe more; managedFields may be missing. Costs less than `parsed`. */
  header(): KubeObject;
}
