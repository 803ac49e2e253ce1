import type { ObjectKey } from '../meta/key.ts';
import type { AccessRule } from '../schema/authorization.ts';

/** Who asks, as established by authentication. Never taken from what the client claims. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The user of requests without credentials. */
export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** What a connection or request carried to prove who it is. */
export interface Credentials {
  /** Client certificate that the TLS layer verified against one of our authorities. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    /** sha256 of the DER bytes, lower-case hex. */
    readonly fingerprint: string;
    /** sha256 of the public key (SPKI DER), lower-case hex. */
    readonly publicKeyFingerprint: string;
  };
  /** Why a client certificate that was shown does not count: unknown authority, expired … */
  readonly refusedCertificate?: string;
  /** `Authorization: Bearer` without the scheme. */
  readonly bearerToken?: string;
}

/** Turns credentials into a user. */
export interface Authenticator {
  /**
   * Answers at once where it can, since every request comes by; only what has to be worked out first (a signature never
   * seen before) takes a promise.
   * @returns the user, or `undefined` when these credentials are not of this authenticator's kind.
   * @throws {ApiError} `Unauthorized` when they are, but wrong or expired.
   */
  authenticate(credentials: Credentials, nowMs: number): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** Says whose a token is to those who were handed it (TokenReview). */
export interface TokenReviewer {
  /** @param audiences whom the token must be for, one of them at least; empty: this server. */
  reviewToken(token: string, audiences: readonly string[], nowMs: number): Promise<TokenVerdict>;
}

/** Whose a token is and which of the audiences that were asked for it is for, or why it does not count. */
export type TokenVerdict =
  | { readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly refusal: string };

/** An object a token stands for or is bound to. */
export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

/** What the token of a ServiceAccount says (KEP-1205, KEP-4193), besides its issuer. Times are kept in whole seconds. */
export interface TokenClaims {
  readonly audiences: readonly string[];
  readonly issuedAtMs: number;
  readonly notBeforeMs: number;
  readonly expiresAtMs: number;
  /** `jti`. */
  readonly tokenId: string | undefined;
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  readonly node?: ObjectReference;
}

/** Makes tokens of ServiceAccounts. */
export interface TokenIssuer {
  /** Audience of tokens that are for this server. */
  readonly ownAudience: string;
  issueToken(claims: TokenClaims): Promise<string>;
}

/** What is being asked for. */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the lower-case HTTP method. */
  readonly verb: string;
  /** Empty for non-resource requests. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Set for non-resource requests such as /healthz. */
  readonly path?: string;
}

/** An authorizer's word. `noOpinion` leaves it to the next one; if nobody allows, the request is forbidden. */
export interface AuthorizationDecision {
  readonly verdict: 'allow' | 'deny' | 'noOpinion';
  /** For people: which rule, or why not. */
  readonly reason: string;
}

/** Decides whether a user may do something. Synchronous: it decides on memory. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): AuthorizationDecision;
  /**
   * The rules it would allow a user's requests by, in one namespace (or, empty, at the cluster scope). Absent: it cannot
   * tell, and answers that list rules say that they are incomplete.
   */
  rulesFor?(user: UserInfo, namespace: string): UserRules;
}

/** What a user may do, as far as rules can say. */
export interface UserRules {
  readonly resourceRules: readonly PolicyRule[];
  readonly pathRules: readonly PathRule[];
  /** Why there may be more than is listed: a role that is missing, an authorizer that cannot list. */
  readonly problems: readonly string[];
}

/** Rights on paths that are not resources, such as `/healthz`. A trailing `*` matches any rest. */
export interface PathRule {
  /** Lower-case HTTP methods; `*` for all. */
  readonly verbs: readonly string[];
  readonly paths: readonly string[];
}

/** Rights on resources. */
export type PolicyRule = AccessRule;

/** Where edges between objects lead (`AuthorizationEdges` of their kinds). */
export interface ContentEdges {
  /** True if the object leads to one whose content a digest is part of. Knowing a digest is no right to it. */
  leadsTo(from: ObjectKey, digest: string): boolean;
}
