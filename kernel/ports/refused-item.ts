import { ApiError, isApiError, type StatusCause } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { TransactionItem } from './resources.ts';

/** The refusal of a whole transaction for one of its items. */
export class RefusedItem extends ApiError {
  override readonly name = 'RefusedItem';
  /** Which item, from 0. */
  readonly index: number;

  constructor(error: ApiError, { verb, target }: Pick<TransactionItem, 'verb' | 'target'>, index: number) {
    const { group, plural } = target.definition;
    const resource = formatResource(plural, group);
    const subject = target.name === '' ? resource : `${resource} "${target.name}"`;
    const where = target.namespace === '' ? '' : ` in namespace "${target.namespace}"`;
    const message = `transaction refused at item ${index} (${verb} ${subject}${where}): ${error.message}`;
    super(error.reason, message, { ...error.details, causes: causesOf(error, index) }, { cause: error });
    this.index = index;
  }
}

/** First the item with reason and message of its refusal, then the causes of that. */
function causesOf({ reason, message, details }: ApiError, index: number): readonly StatusCause[] {
  const item = `spec.items[${index}]`;
  const causes = (details.causes ?? []).map((cause) => {
    const field = cause.field === undefined ? item : `${item}.object.${cause.field.replace(/^\./, '')}`;
    return { ...cause, field };
  });
  return [{ reason, message, field: item }, ...causes];
}

/** What is thrown for an item that failed. What is not an answer to the client passes as it is. */
export function refusedItem(error: unknown, item: Pick<TransactionItem, 'verb' | 'target'>, index: number): unknown {
  return isApiError(error) && !(error instanceof RefusedItem) ? new RefusedItem(error, item, index) : error;
}
