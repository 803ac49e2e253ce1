import type { AccessRule, Identity } from '../../../kernel/schema/authorization.ts';
import { siteUserName, sitesGroup } from '../identity/users.ts';

/** What is needed of a Site to know its rights. */
interface JudgedSite {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly accepted?: boolean };
  readonly status?: { readonly fork?: object };
}

/** Names in rules. */
interface RuleNames {
  /** API group of the management plane. */
  readonly group: string;
  /** Namespace at the hub that holds what is meant for the site. */
  readonly namespace: string;
}

/** True if a site gets more than a refusal: a person accepted it, and its identity is in one place only. */
export function isServed({ spec, status }: JudgedSite): boolean {
  return spec?.accepted === true && status?.fork === undefined;
}

/**
 * The user a site is at the hub, with its rights: its own record, the Works in its own namespace and, through them, the digests
 * they refer to. Before a person accepted it and while it is quarantined it may learn why, no more.
 */
export function siteIdentity(site: JudgedSite, names: RuleNames): Identity {
  const { name } = site.metadata;
  const groups = [names.group];
  const toLearnWhy: readonly AccessRule[] = [
    { verbs: ['get'], groups, resources: ['sites'], names: [name] },
    { verbs: ['create'], groups, resources: ['sites/sync'], names: [name] },
  ];
  const rules = isServed(site) ? [...toLearnWhy, ...servedRules(name, groups, [names.namespace])] : toLearnWhy;
  return { user: siteUserName(name), group: sitesGroup, rules, reason: 'a site on what is its own' };
}

function servedRules(name: string, groups: readonly string[], namespaces: readonly string[]): readonly AccessRule[] {
  const own = ['sites/heartbeat', 'sites/journal', 'sites/renew'];
  return [
    { verbs: ['get'], groups, resources: ['sites/session'], names: [name] },
    { verbs: ['create'], groups, resources: own, names: [name] },
    { verbs: ['get', 'list', 'watch'], groups, resources: ['works'], namespaces },
    { verbs: ['get'], groups, resources: ['works/blobs'], namespaces },
    { verbs: ['patch', 'update'], groups, resources: ['works/status'], namespaces },
  ];
}
