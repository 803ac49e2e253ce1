import { assert } from '../../base/assert.ts';
import { formatResource, type ObjectKey } from '../../meta/key.ts';
import type { KubeObject } from '../../meta/object.ts';
import type {
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
  ContentEdges,
  UserInfo,
  UserRules,
} from '../../ports/auth.ts';
import { type Content, type Edge, edgesMax, type Identity, identityRulesMax } from '../../schema/authorization.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { ruleAllows, rulesInNamespace } from '../rules.ts';

const noOpinion: AuthorizationDecision = { verdict: 'noOpinion', reason: '' };

/** An object in the graph. */
export interface GraphObject {
  readonly namespace: string;
  readonly name: string;
  /** Shared and frozen; called when something about the object is first asked. */
  parsed(): KubeObject;
}

/** An object, and what was found out about it. */
interface Vertex {
  readonly definition: KindDefinition;
  readonly object: GraphObject;
  edges?: readonly Edge[];
  content?: { readonly digest: string; readonly parts: ReadonlySet<string> } | null;
}

/** One user, for as long as an object says so. */
interface Identified {
  readonly key: string;
  readonly identity: Identity;
}

/**
 * Decides by the edges that kinds declare (`KindDefinition.authorization`): the user that an object is has the rights the object
 * says, and what an object leads to can be reached through it. Only allows, never denies.
 *
 * It is told of every change in the step in which the change becomes visible and holds one small entry for each object; what
 * an object says is worked out when it is first asked for. A decision looks at the rules of one identity, a question about
 * content at the edges of one object: neither grows with the number of objects.
 */
export class GraphAuthorizer implements Required<Authorizer>, ContentEdges {
  readonly #vertices = new Map<string, Vertex>();
  /** By name of the user. More than one object may claim a user; each counts. */
  readonly #identities = new Map<string, readonly Identified[]>();
  /** Users by object. */
  readonly #users = new Map<string, string>();

  /** An object is there, or has changed. */
  put(definition: KindDefinition, object: GraphObject): void {
    const key = vertexKey(keyOf(definition, object));
    this.#vertices.set(key, { definition, object });
    const { authorization } = definition;
    if (authorization?.identity === undefined) return;
    this.#forget(key);
    const identity = authorization.identity(object.parsed());
    if (identity === undefined) return;
    assert(identity.rules.length <= identityRulesMax, 'An identity has few rules');
    this.#users.set(key, identity.user);
    this.#identities.set(identity.user, [...(this.#identities.get(identity.user) ?? []), { key, identity }]);
  }

  /** An object is gone. */
  remove(definition: KindDefinition, object: Pick<GraphObject, 'namespace' | 'name'>): void {
    const key = vertexKey(keyOf(definition, object));
    this.#vertices.delete(key);
    this.#forget(key);
  }

  #forget(key: string): void {
    const user = this.#users.get(key);
    if (user === undefined) return;
    this.#users.delete(key);
    const others = (this.#identities.get(user) ?? []).filter((one) => one.key !== key);
    if (others.length === 0) this.#identities.delete(user);
    else this.#identities.set(user, others);
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    if (attributes.path !== undefined) return noOpinion;
    for (const { rules, reason } of this.#identitiesOf(attributes.user)) {
      if (rules.some((rule) => ruleAllows(rule, attributes))) return { verdict: 'allow', reason };
    }
    return noOpinion;
  }

  rulesFor(user: UserInfo, namespace: string): UserRules {
    const rules = this.#identitiesOf(user).flatMap((identity) => identity.rules);
    return { resourceRules: rulesInNamespace(rules, namespace), pathRules: [], problems: [] };
  }

  #identitiesOf({ name, groups }: UserInfo): readonly Identity[] {
    const known = this.#identities.get(name) ?? [];
    return known.map(({ identity }) => identity).filter(({ group }) => groups.includes(group));
  }

  leadsTo(from: ObjectKey, digest: string): boolean {
    const vertex = this.#vertices.get(vertexKey(from));
    if (vertex === undefined) return false;
    return edgesOf(vertex).some((edge) => {
      const target = this.#vertices.get(vertexKey(edge.to));
      const content = target === undefined ? null : contentOf(target);
      if (content === null || (edge.digest !== undefined && edge.digest !== content.digest)) return false;
      return content.parts.has(digest);
    });
  }
}

function keyOf({ plural, group }: KindDefinition, { namespace, name }: Pick<GraphObject, 'namespace' | 'name'>) {
  return { resource: formatResource(plural, group), namespace, name };
}

/** Neither resources nor namespaces hold blanks. */
function vertexKey({ resource, namespace, name }: ObjectKey): string {
  return `${resource} ${namespace} ${name}`;
}

function edgesOf(vertex: Vertex): readonly Edge[] {
  const { definition, object } = vertex;
  vertex.edges ??= definition.authorization?.leadsTo?.(object.parsed()).slice(0, edgesMax) ?? [];
  return vertex.edges;
}

function contentOf(vertex: Vertex): NonNullable<Vertex['content']> | null {
  const { definition, object } = vertex;
  if (vertex.content === undefined) {
    const content: Content | undefined = definition.authorization?.content?.(object.parsed());
    vertex.content = content === undefined ? null : { digest: content.digest, parts: new Set(content.parts) };
  }
  return vertex.content;
}
