import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { Draft } from '../../../kernel/meta/object.ts';
import type { EndpointSlice, Service } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { ignoringGone } from '../workload/adopt.ts';
import { hasLabels } from '../workload/selector.ts';
import { nameOf } from '../workload/watch.ts';
import { planSlices } from './plan.ts';
import { endpointSliceKind, managedBy, managedByLabel } from './type.ts';

/** Keeps the slices of one Service as its pods are. Without a selector they are somebody else's business. */
export async function reconcileSlices(pass: Pass<Service>): Promise<Outcome> {
  const { object: service, view } = pass;
  const { metadata, spec } = service;
  const isOurs = Object.keys(spec?.selector ?? {}).length > 0 && spec?.type !== 'ExternalName';
  if (!isOurs || metadata.deletionTimestamp !== undefined) return settled;
  const pods = view.list(podKind, metadata.namespace).filter((pod) => hasLabels(spec?.selector, pod.metadata.labels));
  const wanted = new Map(planSlices(service, pods).map((slice) => [slice.metadata?.name ?? '', slice]));
  const own = view
    .listOwned(endpointSliceKind, metadata.uid)
    .filter((slice) => slice.metadata.labels?.[managedByLabel] === managedBy);
  for (const slice of own) if (!wanted.has(slice.metadata.name)) await dropSlice(pass, slice);
  for (const [name, slice] of wanted) {
    await writeSlice(
      pass,
      slice,
      own.find((existing) => existing.metadata.name === name),
    );
  }
  return settled;
}

async function writeSlice(
  { client, signal }: Pass<Service>,
  wanted: Draft<EndpointSlice>,
  existing: EndpointSlice | undefined,
): Promise<void> {
  if (existing === undefined) {
    await client.create(endpointSliceKind, wanted, {}, signal);
    return;
  }
  const { endpoints } = wanted;
  if (jsonEquals(existing.endpoints ?? [], endpoints)) return;
  const body = { metadata: { uid: existing.metadata.uid }, endpoints };
  await client.patch(endpointSliceKind, nameOf(existing), { type: 'merge', body }, {}, signal);
}

async function dropSlice({ client, signal }: Pass<Service>, slice: EndpointSlice): Promise<void> {
  const preconditions = { uid: slice.metadata.uid };
  await ignoringGone(() => client.delete(endpointSliceKind, nameOf(slice), { preconditions }, signal));
}
