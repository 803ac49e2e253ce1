import { AdmissionChain } from './admission-chain.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';
import type { ResourceApi } from '../ports/resources.ts';
import type { Store } from '../ports/store.ts';
import type { WebhookCaller } from '../ports/webhook.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { applyOf } from './apply.ts';
import { Catalog } from './catalog.ts';
import { CommitLog } from './commit-log.ts';
import { commitWrite } from './commit-loop.ts';
import { noWebhooks } from './convert-webhook.ts';
import { Conversions } from './convert.ts';
import type { RegistryCore } from './core.ts';
import { createObject } from './create.ts';
import { deleteObjects, deletionOf, writeOptionsOf } from './delete.ts';
import { loadCache } from './load.ts';
import { readHistory } from './past.ts';
import { patchOf } from './patch.ts';
import { getObject, listObjects, watchObjects } from './read.ts';
import { applyScale } from './scale-apply.ts';
import { patchScale, scaleOf, updateScale } from './scale.ts';
import { transact } from './transaction.ts';
import { orUnreadable } from './unreadable.ts';
import { updateOf } from './update.ts';
import { writeRequest } from './write-request.ts';

/** What a registry is made of. */
export interface RegistryOptions {
  /** Open; closed by the program after the registry. */
  readonly store: Store;
  /** Kinds served from the start. */
  readonly kinds: readonly KindDefinition[];
  /** In the order in which they run. */
  readonly admission: readonly AdmissionPlugin[];
  /** Calls the webhooks of custom kinds. Default: none is called. */
  readonly webhooks?: WebhookCaller | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The store failed beyond what can be answered: the program must exit; a restart finds out what is durable. */
  readonly onFatal: (error: Error) => void;
}

/** Objects of all kinds: reads from memory, writes through admission into the store. */
export interface Registry {
  readonly resources: ResourceApi;
  /** Kinds served now; add and remove them here. */
  readonly catalog: Catalog;
  readonly core: RegistryCore;
  /** Last durable revision. */
  readonly head: number;
  /** Ends all watches and waits for writes in flight. Does not close the store. */
  close(): Promise<void>;
}

/** Loads the current objects and the latest events of the store and starts serving. @throws {StoreError} */
export async function openRegistry(options: RegistryOptions, signal: AbortSignal): Promise<Registry> {
  const { store, clock, random, log, onFatal } = options;
  const catalog = new Catalog(options.kinds);
  const cache = await loadCache({ store, catalog, clock, signal });
  catalog.onChange((resource) => cache.reindex(resource, catalog.findResource(resource)));
  const commits = new CommitLog({ store, cache, log, onFatal });
  const admission = new AdmissionChain(options.admission, clock);
  const closing = new AbortController();
  const conversions = new Conversions({ webhooks: options.webhooks ?? noWebhooks, random, signal: closing.signal });
  const core: RegistryCore = { catalog, cache, commits, admission, conversions, store, clock, random, log };
  return {
    resources: resourceApi(core),
    catalog,
    core,
    get head() {
      return cache.head;
    },
    async close() {
      closing.abort(new DOMException('The registry was closed', 'AbortError'));
      cache[Symbol.dispose]();
      await commits.drain();
    },
  };
}

function resourceApi(core: RegistryCore): ResourceApi {
  return {
    async get(context, target, { resourceVersion = '' }) {
      const object = getObject(core, context, target, resourceVersion);
      if (target.subresource !== 'scale') return object;
      return scaleOf(core.catalog.compiled(target.definition), target.version, await object);
    },
    list: (context, target, query) => listObjects(core, context, target, query),
    watch: (context, target, query) => watchObjects(core, context, target, query),
    async create(context, target, body, options) {
      const request = writeRequest(core, context, target, options);
      return orUnreadable(request, createObject(request, body));
    },
    async update(context, target, body, options) {
      const request = writeRequest(core, context, target, options);
      if (target.subresource === 'scale') return updateScale(request, body);
      return orUnreadable(request, commitWrite(updateOf(request, body)));
    },
    async patch(context, target, patch, options) {
      const request = writeRequest(core, context, target, options);
      return target.subresource === 'scale' ? patchScale(request, patch) : commitWrite(patchOf(request, patch));
    },
    async apply(context, target, body, options) {
      const request = writeRequest(core, context, target, options);
      return target.subresource === 'scale' ? applyScale(request, body) : commitWrite(applyOf(request, body));
    },
    delete: async (context, target, options) =>
      commitWrite(deletionOf(writeRequest(core, context, target, writeOptionsOf(options)), options)),
    deleteCollection: (context, target, query, options) => deleteObjects(core, context, target, query, options),
    transact: (context, items, options) => transact(core, context, items, options),
    history: (context, target, limit, before) => readHistory(core, context, target, { limit, before }),
  };
}
