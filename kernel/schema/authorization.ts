import type { ObjectKey } from '../meta/key.ts';

/** Rights on resources, as in `rbac.authorization.k8s.io/v1` PolicyRule. `*` matches everything. */
export interface AccessRule {
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

/** The user an object stands for, and where that user's paths through the graph of objects begin. */
export interface Identity {
  readonly user: string;
  /** Counts only for requests that carry this group as well. */
  readonly group: string;
  /** At most `identityRulesMax`: all are looked at for every request of the user. */
  readonly rules: readonly AccessRule[];
  /** Shown as the reason of the decision. */
  readonly reason: string;
}

/** Most rules of one identity. */
export const identityRulesMax = 32;

/** A way from one object to another. */
export interface Edge {
  readonly to: ObjectKey;
  /** The edge holds only while the other object is that content. Absent: whatever it is. */
  readonly digest?: string;
}

/** Most edges of one object. */
export const edgesMax = 64;

/** Content of the blob store that an object stands for. */
export interface Content {
  /** Of the whole. */
  readonly digest: string;
  /** Digests of everything that belongs to it, the whole included. */
  readonly parts: readonly string[];
}

/**
 * What objects of a kind are in the graph that rights follow (as nodes, pods and secrets are for the node authorizer of Kubernetes):
 * some are users, some lead to others, some stand for content. Pure functions of the stored object.
 */
export interface AuthorizationEdges<T> {
  /** @returns `undefined` for objects that are no user. */
  identity?(object: T): Identity | undefined;
  /** At most `edgesMax`; more are ignored. */
  leadsTo?(object: T): readonly Edge[];
  content?(object: T): Content;
}
