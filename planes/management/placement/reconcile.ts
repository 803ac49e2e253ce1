import { formatCount } from '../../../kernel/base/count.ts';
import { setCondition } from '../../../kernel/meta/conditions.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { siteKind } from '../site/type.ts';
import { chooseSites } from './plan.ts';
import type { Placement } from './type.ts';

/** Shows how many sites are chosen; whoever follows the Placement is woken when the set changes. */
export function reconcilePlacement({ object, status, view, clock }: Pass<Placement>): Promise<Outcome> {
  const chosen = chooseSites(object, view.list(siteKind));
  status.observedGeneration = object.metadata.generation ?? 0;
  status.decisions = chosen.length;
  status.decisionDigest = sha256Digest(chosen.join('\n'));
  const draft =
    chosen.length > 0
      ? ({ status: 'True', reason: 'SitesChosen', message: `${formatCount(chosen.length, 'site')} chosen` } as const)
      : ({
          status: 'False',
          reason: 'NoSiteMatches',
          message: 'No accepted site has the labels that are asked for',
        } as const);
  const condition = { type: 'Satisfied', ...draft, observedGeneration: status.observedGeneration };
  status.conditions = [...setCondition(status.conditions, condition, clock.nowMs())];
  return Promise.resolve(settled);
}
