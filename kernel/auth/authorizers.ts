import {
  anonymousUser,
  type AuthorizationAttributes,
  type AuthorizationDecision,
  type Authorizer,
  type PolicyRule,
  type UserInfo,
} from '../ports/auth.ts';
import { authenticatedGroup } from './authenticators.ts';
import { type PathRule, pathRuleAllows, ruleAllows } from './rules.ts';

const noOpinion: AuthorizationDecision = { verdict: 'noOpinion', reason: '' };

/** The first authorizer that allows or denies decides. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(attributes) {
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes);
        if (decision.verdict !== 'noOpinion') return decision;
      }
      return noOpinion;
    },
  };
}

/** Allows everything to members of `system:masters`: the administrator made at first start. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) =>
    user.groups.includes('system:masters') ? { verdict: 'allow', reason: 'member of system:masters' } : noOpinion,
};

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
  };
}

const healthPaths = ['/healthz', '/healthz/*', '/livez', '/livez/*', '/readyz', '/readyz/*', '/version', '/version/'];
const discoveryPaths = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', '/'];

/**
 * What everybody may do: look at health and version, and once authenticated at discovery and at what they themselves
 * are and may do (Kubernetes roles system:public-info-viewer, system:discovery, system:basic-user).
 */
export const basicAuthorizer: Authorizer = fixedRules([
  { user: anonymousUser.name, paths: [{ verbs: ['get'], paths: healthPaths }], reason: 'public information' },
  {
    group: authenticatedGroup,
    paths: [{ verbs: ['get'], paths: [...healthPaths, ...discoveryPaths] }],
    rules: [
      {
        verbs: ['create'],
        groups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
    ],
    reason: 'every authenticated user',
  },
]);

function isSubject({ user, userPrefix, group }: GrantSubject, who: UserInfo): boolean {
  if (user !== undefined && user !== who.name) return false;
  if (userPrefix !== undefined && !who.name.startsWith(userPrefix)) return false;
  return group === undefined || who.groups.includes(group);
}

function isGranted(grant: Grant, attributes: AuthorizationAttributes): boolean {
  const { path, verb, user } = attributes;
  if (path !== undefined) return grant.paths?.some((rule) => pathRuleAllows(rule, verb, path)) === true;
  const rules =
    typeof grant.rules === 'function' ? grant.rules(user.name.slice(grant.userPrefix?.length ?? 0)) : grant.rules;
  return rules?.some((rule) => ruleAllows(rule, attributes)) === true;
}
