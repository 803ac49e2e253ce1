import { labelSelectorFromObject, matchesLabels } from '../../../kernel/meta/selectors.ts';
import type { Site } from '../site/type.ts';
import type { Placement } from './type.ts';

/**
 * Names of the sites a Placement chooses, sorted. Labels and acceptance decide; whether a site can be reached does
 * not: a site that is out of reach keeps what it was given.
 */
export function chooseSites(placement: Placement, sites: readonly Site[]): readonly string[] {
  const selector = labelSelectorFromObject(placement.spec.siteSelector);
  return sites
    .filter(
      (site) =>
        site.spec?.accepted === true &&
        site.metadata.deletionTimestamp === undefined &&
        matchesLabels(selector, site.metadata.labels),
    )
    .map((site) => site.metadata.name)
    .sort();
}
