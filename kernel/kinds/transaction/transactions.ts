import { formatTime } from '../../base/clock.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { ComputedResource, WriteOptions } from '../../ports/endpoint.ts';
import type { ResourceApi, WriteResult } from '../../ports/resources.ts';
import { readItems, readSpec } from './items.ts';
import { transactionKind } from './type.ts';

/** What transactions work on. */
export interface TransactionPorts {
  readonly kinds: Pick<KindLookup, 'findKind'>;
  /** Authorizes each item for the user of the request. */
  readonly resources: Pick<ResourceApi, 'transact'>;
}

/** `POST /apis/kernel.planform.dev/v1alpha1/transactions`: writes all items in one commit, or none of them. */
export function transactions({ kinds, resources }: TransactionPorts): ComputedResource {
  return {
    definition: transactionKind,
    async create({ body, receivedAtMs }, { context, options, duplicateFields }) {
      const spec = readSpec(body);
      const { fieldManager, fieldValidation } = { ...options, ...spec };
      const shared: WriteOptions = {
        ...(fieldManager === undefined ? {} : { fieldManager }),
        ...(fieldValidation === undefined ? {} : { fieldValidation }),
      };
      const items = readItems(spec, { kinds, options: shared, duplicateFields });
      const dryRun = spec.dryRun === true || options.dryRun === true;
      const { results, revisions } = await resources.transact(context, items, { dryRun });
      const status = {
        ...(revisions === undefined
          ? {}
          : { firstRevision: String(revisions.first), lastRevision: String(revisions.last) }),
        items: results.map((result) => ({ result: resultText(result), object: result.object.parsed() })),
      };
      const metadata = { creationTimestamp: formatTime(receivedAtMs) };
      return { ...body, metadata, status } as object as typeof body & KubeObject;
    },
  };
}

function resultText({ created, deleted, unchanged }: WriteResult): string {
  if (deleted === true) return 'deleted';
  if (created) return 'created';
  return unchanged === true ? 'unchanged' : 'configured';
}
