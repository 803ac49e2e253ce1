import type {
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
  PathRule,
  PolicyRule,
  UserInfo,
  UserRules,
} from '../ports/auth.ts';
import { pathRuleAllows, ruleAllows, rulesInNamespace } from './rules.ts';

const noOpinion: AuthorizationDecision = { verdict: 'noOpinion', reason: '' };

const noRules: UserRules = { resourceRules: [], pathRules: [], problems: [] };

/** The first authorizer that allows or denies decides. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Required<Authorizer> {
  return {
    authorize(attributes) {
      let refusal = noOpinion;
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes);
        if (decision.verdict !== 'noOpinion') return decision;
        if (decision.reason !== '') refusal = decision;
      }
      return refusal;
    },
    rulesFor(user, namespace) {
      const all = authorizers.map((authorizer) => authorizer.rulesFor?.(user, namespace) ?? unlisted);
      return {
        resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
        pathRules: all.flatMap(({ pathRules }) => pathRules),
        problems: all.flatMap(({ problems }) => problems),
      };
    },
  };
}

/** The same authorizer, asked in another way: for those who count or time its decisions. */
export function askedThrough(authorizer: Authorizer, authorize: Authorizer['authorize']): Authorizer {
  const rulesFor = authorizer.rulesFor?.bind(authorizer);
  return rulesFor === undefined ? { authorize } : { authorize, rulesFor };
}

const unlisted: UserRules = { ...noRules, problems: ['an authorizer does not list its rules'] };

const everything: UserRules = {
  resourceRules: [{ verbs: ['*'], groups: ['*'], resources: ['*'] }],
  pathRules: [{ verbs: ['*'], paths: ['*'] }],
  problems: [],
};

/** Allows everything to members of `system:masters`: the administrator made at first start. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) => (isMaster(user) ? { verdict: 'allow', reason: 'member of system:masters' } : noOpinion),
  rulesFor: (user) => (isMaster(user) ? everything : noRules),
};

function isMaster({ groups }: UserInfo): boolean {
  return groups.includes('system:masters');
}

/** Whom a grant is for; every given part must match. */
interface GrantSubject {
  readonly user?: string;
  /** Users whose name starts so; the rest of the name is handed to `rules`. */
  readonly userPrefix?: string;
  readonly group?: string;
}

/** Rights of a user, of a group, or of each user of a family such as all sites. */
export interface Grant extends GrantSubject {
  /** Fixed, or made from the part of the user's name after `userPrefix`. */
  readonly rules?: readonly PolicyRule[] | ((nameRest: string) => readonly PolicyRule[]);
  readonly paths?: readonly PathRule[];
  /** Shown as the reason of the decision. */
  readonly reason: string;
}

/** Grants that are known when the program is composed. Only allows, never denies. */
export function fixedRules(grants: readonly Grant[]): Authorizer {
  return {
    authorize(attributes) {
      for (const grant of grants) {
        if (isSubject(grant, attributes.user) && isGranted(grant, attributes)) {
          return { verdict: 'allow', reason: grant.reason };
        }
      }
      return noOpinion;
    },
    rulesFor(user, namespace) {
      const own = grants.filter((grant) => isSubject(grant, user));
      return {
        resourceRules: own.flatMap((grant) => rulesInNamespace(rulesOf(grant, user) ?? [], namespace)),
        pathRules: own.flatMap(({ paths = [] }) => paths),
        problems: [],
      };
    },
  };
}

/**
 * Rights of single users, looked up by name at every request: `ControllerHost.rules`, or any other table that
 * grows while a program is put together.
 */
export function userRules(rulesByUser: ReadonlyMap<string, readonly PolicyRule[]>): Authorizer {
  return {
    authorize(attributes) {
      const rules = rulesByUser.get(attributes.user.name);
      if (rules === undefined || attributes.path !== undefined) return noOpinion;
      const isAllowed = rules.some((rule) => ruleAllows(rule, attributes));
      return isAllowed ? { verdict: 'allow', reason: `rules of ${attributes.user.name}` } : noOpinion;
    },
    rulesFor({ name }, namespace) {
      return { ...noRules, resourceRules: rulesInNamespace(rulesByUser.get(name) ?? [], namespace) };
    },
  };
}

function isSubject({ user, userPrefix, group }: GrantSubject, who: UserInfo): boolean {
  if (user !== undefined && user !== who.name) return false;
  if (userPrefix !== undefined && !who.name.startsWith(userPrefix)) return false;
  return group === undefined || who.groups.includes(group);
}

function isGranted(grant: Grant, attributes: AuthorizationAttributes): boolean {
  const { path, verb, user } = attributes;
  if (path !== undefined) return grant.paths?.some((rule) => pathRuleAllows(rule, verb, path)) === true;
  return rulesOf(grant, user)?.some((rule) => ruleAllows(rule, attributes)) === true;
}

function rulesOf({ rules, userPrefix = '' }: Grant, user: UserInfo): readonly PolicyRule[] | undefined {
  return typeof rules === 'function' ? rules(user.name.slice(userPrefix.length)) : rules;
}
