import { formatTime } from '../../base/clock.ts';
import { ApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { ComputedResource, WriteOptions } from '../../ports/endpoint.ts';
import type { ResourceApi, WriteResult } from '../../ports/resources.ts';
import { unknownFieldText } from '../../schema/compile.ts';
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
      const { spec, unknownFields } = readSpec(body);
      const { fieldManager, fieldValidation } = { ...options, ...spec };
      reportUnknown(unknownFields, fieldValidation, context.warn);
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

/** As for objects: refused, warned of, or ignored. @throws {ApiError} `BadRequest` when the client wants none. */
function reportUnknown(
  paths: readonly string[],
  fieldValidation: WriteOptions['fieldValidation'] = 'Warn',
  warn: (text: string) => void,
): void {
  const problems = paths.map(unknownFieldText);
  if (fieldValidation === 'Warn') for (const problem of problems) warn(problem);
  if (fieldValidation !== 'Strict' || problems.length === 0) return;
  const subject = 'Transaction in version "v1alpha1" cannot be handled as a Transaction';
  throw new ApiError('BadRequest', `${subject}: strict decoding error: ${problems.join(', ')}`);
}

function resultText({ created, deleted, unchanged }: WriteResult): string {
  if (deleted === true) return 'deleted';
  if (created) return 'created';
  return unchanged === true ? 'unchanged' : 'configured';
}
