import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import {
  builtInApiServices,
  fieldManager,
  type LocalApiService,
  managedLabel,
  planUpkeep,
} from '../../kernel/kinds/apiservice/plan.ts';
import { apiServiceKind } from '../../kernel/kinds/apiservice/type.ts';
import { selfSubjectAccessReviewKind } from '../../kernel/kinds/selfsubjectaccessreview/type.ts';
import { selfSubjectReviewKind } from '../../kernel/kinds/selfsubjectreview/type.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { Client } from '../../kernel/ports/client.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import type { APIService } from '../../kernel/schema/standard/types.ts';
import { unlessThere } from './start-objects.ts';

/** One of each group of reviews, which every server answers and none stores. */
const reviewKinds: readonly KindDefinition[] = [selfSubjectReviewKind, selfSubjectAccessReviewKind];

/** What `makeApiServices` looks at. */
export interface ApiServicesOptions {
  readonly cache: ObjectCache;
  /** Kinds a server has from its start. */
  readonly kinds: readonly KindDefinition[];
}

/**
 * Makes the APIServices of built-in kinds, and puts right those the server made before (Kubernetes `autoRegisterController`,
 * label value `onstart`). All writes are made at once, so that they share a disk sync.
 */
export async function makeApiServices(
  client: Client,
  { cache, kinds }: ApiServicesOptions,
  signal: AbortSignal,
): Promise<void> {
  const missing = new Map<string, LocalApiService>();
  for (const service of builtInApiServices([...kinds, ...reviewKinds])) missing.set(service.metadata.name, service);
  const writes: Promise<unknown>[] = [];
  for (const stored of storedIn(cache)) {
    const { name, labels, uid } = stored.metadata;
    const wanted = missing.get(name);
    missing.delete(name);
    if (labels?.[managedLabel] !== 'onstart') continue;
    const plan = planUpkeep(stored, wanted);
    if (plan === 'remove') writes.push(client.delete(apiServiceKind, { name }, { preconditions: { uid } }, signal));
    if (plan !== 'change' || wanted === undefined) continue;
    writes.push(client.update(apiServiceKind, { ...stored, spec: wanted.spec }, { fieldManager }, signal));
  }
  for (const service of missing.values()) {
    writes.push(unlessThere(client.create(apiServiceKind, service, { fieldManager }, signal)));
  }
  await Promise.all(writes);
}

function storedIn(cache: ObjectCache): readonly APIService[] {
  const found: APIService[] = [];
  cache.resource(formatResource(apiServiceKind.plural, apiServiceKind.group)).visit('', (stored) => {
    found.push(stored.parsed());
    return true;
  });
  return found;
}
