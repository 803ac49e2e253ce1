import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import type { Connection } from '../cli/connect.ts';
import { objects, text } from './served-resources.ts';

const path = '/apis/kernel.planform.dev/v1alpha1/transactions';

/** How a command writes. */
export interface WriteChoices {
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Posts a Transaction. @returns what became of the items (`created`, `configured` …), in their order. @throws {ApiError} when it is refused. */
export async function writeTogether(
  server: Connection,
  spec: { readonly items: readonly JsonObject[] } & JsonObject,
  { reason, dryRun }: WriteChoices,
): Promise<readonly string[]> {
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
  const items = objects(isJsonObject(value) ? value['status'] : undefined, 'items');
  return items.map((item) => text(item, 'result'));
}

/** ` (server dry run)`, as kubectl says it. */
export function dryRunText({ dryRun }: WriteChoices): string {
  return dryRun === true ? ' (server dry run)' : '';
}
