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
   * @returns the user, or `undefined` when these credentials are not of this authenticator's kind.
   * @throws {ApiError} `Unauthorized` when they are, but wrong or expired.
   */
  authenticate(credentials: Credentials, nowMs: number): UserInfo | undefined;
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
}

/** Rights on resources, as in `rbac.authorization.k8s.io/v1` PolicyRule. `*` matches everything. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  /** Plurals, or `pods/log` for a subresource. */
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  /** Limits the rule to these namespaces; absent: all, and cluster-scoped objects. */
  readonly namespaces?: readonly string[];
  /** Namespaces the rule does not reach, nor their Namespace objects; absent: none. */
  readonly exceptNamespaces?: readonly string[];
}
