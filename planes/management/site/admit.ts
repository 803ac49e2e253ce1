import { addFinalizer } from '../../../kernel/meta/finalizers.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Site } from './type.ts';

/** Longest name of a site: `site-<name>` must be a DNS label. */
const siteNameLengthMax = 58;
/** Keeps a Site until its Works and its namespace are gone. */
export const siteFinalizer = 'management.planform.dev/works';

/** Everything wrong with the name of a site, in words; empty when it is fine. */
export function checkSiteName(name: string): readonly string[] {
  const problems = checkDnsLabel(name);
  return name.length <= siteNameLengthMax
    ? problems
    : [...problems, `must be no more than ${siteNameLengthMax} characters`];
}

/** Admission of Site: the name fits a namespace, and the Site outlives its Works. */
export const admitSite: KindAdmission<Site> = {
  mutate(draft, _old, { operation, subresource }) {
    if (operation === 'create' && subresource === '') addFinalizer(draft, siteFinalizer);
  },
  validate(site, _old, { operation }) {
    const { name } = site.metadata;
    if (operation !== 'create') return [];
    return checkSiteName(name).map((detail) => ({ type: 'Invalid', path: 'metadata.name', value: name, detail }));
  },
};
