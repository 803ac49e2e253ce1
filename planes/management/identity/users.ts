import { ApiError } from '../../../kernel/meta/errors.ts';
import type { UserInfo } from '../../../kernel/ports/auth.ts';

/** Group of all sites, and the organization in their certificates. */
export const sitesGroup = 'system:planform:sites';
/** Group of requests that carry a join token. */
export const joiningGroup = 'system:planform:joining';
/** The user behind the hub's end of the line: it keeps Sites, JoinTokens and journals. */
export const hubLineUser: UserInfo = {
  name: 'system:planform:hub-line',
  groups: ['system:planform:controllers', 'system:authenticated'],
};
/** The user behind the site's end of the line: it keeps AppliedWorks and the HubMembership. */
export const siteLineUser: UserInfo = {
  name: 'system:planform:site-line',
  groups: ['system:planform:controllers', 'system:authenticated'],
};

/** Name of the user a site is at the hub; the common name in its certificate. */
export function siteUserName(siteName: string): string {
  return `system:planform:site:${siteName}`;
}

/** The user of a request that carries the join token with that id. */
export function joiningUser(tokenId: string): UserInfo {
  return { name: `system:planform:joining:${tokenId}`, groups: [joiningGroup, 'system:authenticated'] };
}

/** Group of the users as which hubs deliver to a site. */
export const deliveriesGroup = 'planform:deliveries';

/** The user, and field manager, as which everything from one hub is applied at a site. */
export function deliveryUser(hubId: string): UserInfo {
  return { name: `hub:${hubId}:delivery`, groups: [deliveriesGroup, 'system:authenticated'] };
}

/**
 * Makes sure that a request about a site comes from that site.
 * @throws {ApiError} `Forbidden`.
 */
export function requireSite(user: UserInfo, siteName: string): void {
  if (user.name === siteUserName(siteName)) return;
  throw new ApiError('Forbidden', `User "${user.name}" cannot speak for site "${siteName}"`);
}
