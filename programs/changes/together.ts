import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import type { Connection } from '../cli/connect.ts';
import { objects } from './served-resources.ts';

const path = '/apis/kernel.planform.dev/v1alpha1/transactions';

/** One item of a Transaction, as it is posted. */
export type PostedItem = JsonObject;

/** How a command writes. */
export interface WriteChoices {
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** What became of one item. */
export interface ItemResult {
  readonly result: string;
  readonly object: JsonObject;
}

/** Posts a Transaction. @returns what became of the items, in their order. @throws {ApiError} when it is refused. */
export async function writeTogether(
  server: Connection,
  spec: { readonly items: readonly PostedItem[] } & JsonObject,
  { reason, dryRun }: WriteChoices,
): Promise<readonly ItemResult[]> {
  const { value } = await server.request({
    method: 'POST',
    path,
    body: {
      apiVersion: 'kernel.planform.dev/v1alpha1',
      kind: 'Transaction',
      spec: { ...spec, ...(dryRun === true ? { dryRun } : {}) },
    },
    ...(reason === undefined ? {} : { changeReason: reason }),
  });
  return objects(isJsonObject(value) ? value['status'] : undefined, 'items').map(({ result, object }) => ({
    result: String(result),
    object: isJsonObject(object) ? object : {},
  }));
}

/** ` (server dry run)`, as kubectl says it. */
export function dryRunText({ dryRun }: WriteChoices): string {
  return dryRun === true ? ' (server dry run)' : '';
}
