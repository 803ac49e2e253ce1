import { ApiError } from '../../../kernel/meta/errors.ts';
import type { Authenticator } from '../../../kernel/ports/auth.ts';
import { siteUserName, sitesGroup } from '../identity/users.ts';
import type { Site } from './type.ts';

/** What the hub has of all Sites in memory. */
export interface SiteLookup {
  /** False while it is still being read: nobody can be judged yet. */
  readonly isComplete: boolean;
  /** `undefined` when there is no Site of that name. */
  find(name: string): Site | undefined;
}

/**
 * Refuses certificates of sites that the hub no longer stands by: the Site is gone, or has joined with another key
 * since. This is how a certificate is revoked, for every request and not only for the hello. Whose certificate it is
 * otherwise is left to the next authenticator.
 */
export function siteAuthenticator(lookUp: () => SiteLookup): Authenticator {
  return {
    authenticate({ certificate }) {
      if (certificate?.organizations.includes(sitesGroup) !== true) return undefined;
      const sites = lookUp();
      if (!sites.isComplete) {
        throw new ApiError('ServiceUnavailable', 'The hub has just started and does not know its sites yet: try again');
      }
      const name = certificate.commonName.slice(siteUserName('').length);
      const site = sites.find(name);
      if (site === undefined || certificate.commonName !== siteUserName(site.metadata.name)) {
        throw new ApiError('Unauthorized', `Site "${name}" is not known at this hub: join again`);
      }
      if (site.status?.identity?.publicKeyFingerprint !== certificate.publicKeyFingerprint) {
        throw new ApiError(
          'Unauthorized',
          `Site "${name}" has joined with another key since: this one is no longer valid`,
        );
      }
      return undefined;
    },
  };
}
