import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { AdmissionChain } from './admission-chain.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { Store } from '../ports/store.ts';
import type { Catalog } from './catalog.ts';
import type { CommitLog } from './commit-log.ts';
import type { Conversions } from './convert.ts';

/** What all verbs of a registry work with. */
export interface RegistryCore {
  readonly catalog: Catalog;
  readonly cache: ObjectCache;
  readonly commits: CommitLog;
  readonly admission: AdmissionChain;
  readonly conversions: Conversions;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
