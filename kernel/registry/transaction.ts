import { ApiError } from '../meta/errors.ts';
import type { WriteOptions } from '../ports/endpoint.ts';
import type {
  ResourceContext,
  TransactionItem,
  TransactionOptions,
  TransactionResult,
  WritePreconditions,
} from '../ports/resources.ts';
import { refusedItem } from '../ports/refused-item.ts';
import { commitObjectsMax } from '../ports/store.ts';
import { applyOf } from './apply.ts';
import { commitTogether, type ObjectWrite } from './commit-loop.ts';
import type { RegistryCore } from './core.ts';
import { creationOf } from './create.ts';
import { deletionOf } from './delete.ts';
import { patchOf } from './patch.ts';
import { type Lives, restorationOf } from './restoration.ts';
import { orUnreadable } from './unreadable.ts';
import { checkPreconditions, updateOf } from './update.ts';
import { writeRequest, type WriteRequest } from './write-request.ts';

/** Writes several objects in one commit; see `ResourceApi.transact`. */
export async function transact(
  core: RegistryCore,
  context: ResourceContext,
  items: readonly TransactionItem[],
  options: TransactionOptions,
): Promise<TransactionResult> {
  checkCount(items.length);
  const together: Together = { dryRun: options.dryRun === true, lives: new Map(), newNamespaces: new Map() };
  const writes: ObjectWrite[] = [];
  const places = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    try {
      const write = await writeOf(core, context, item, together);
      requireOnce(places, write, index);
      writes.push(write);
    } catch (error) {
      throw refusedItem(error, item, index);
    }
  }
  const results = await commitTogether(writes, (error, index) =>
    refusedItem(error, items[index] as TransactionItem, index),
  );
  const written = results
    .filter(({ unchanged }) => unchanged !== true)
    .map((one) => one.revision ?? one.object.revision);
  if (options.dryRun === true || written.length === 0) return { results };
  return { results, revisions: { first: Math.min(...written), last: Math.max(...written) } };
}

function checkCount(count: number): void {
  if (count === 0) throw new ApiError('BadRequest', 'A transaction needs at least one item');
  if (count <= commitObjectsMax) return;
  const how = 'split it, or use a Restoration for what goes back to an earlier state';
  const what = `Cannot write ${count} objects in one transaction: limit is ${commitObjectsMax}`;
  throw new ApiError('RequestEntityTooLarge', `${what}; ${how}`);
}

interface Together {
  readonly dryRun: boolean;
  readonly lives: Lives;
  readonly newNamespaces: NonNullable<WriteRequest['newNamespaces']>;
}

async function writeOf(
  core: RegistryCore,
  context: ResourceContext,
  item: TransactionItem,
  { dryRun, lives, newNamespaces }: Together,
): Promise<ObjectWrite> {
  if (item.target.subresource === 'scale') {
    throw new ApiError('BadRequest', 'the subresource "scale" cannot be written in a transaction: write the object');
  }
  const { dryRun: _, ...options }: WriteOptions = item.verb === 'delete' ? {} : item.options;
  const alone = writeRequest(core, context, item.target, dryRun ? { ...options, dryRun } : options);
  const request: WriteRequest = { ...alone, newNamespaces };
  switch (item.verb) {
    case 'create':
      return readable(creationOf(request, item.body));
    case 'update':
      return guarded(readable(updateOf(request, item.body)), item.preconditions);
    case 'apply':
      return guarded(applyOf(request, item.body), item.preconditions);
    case 'patch':
      return guarded(patchOf(request, item.patch), item.preconditions);
    case 'delete':
      return deletionOf(request, item.options);
    case 'restore':
      return guarded(await restorationOf(request, item, lives), item.preconditions);
  }
}

function readable(write: ObjectWrite): ObjectWrite {
  return { ...write, decide: (current) => orUnreadable(write.request, write.decide(current)) };
}

/** A write that is refused unless the object is the one, and in the state, its author knew. */
function guarded(write: ObjectWrite, preconditions: WritePreconditions | undefined): ObjectWrite {
  if (preconditions === undefined) return write;
  return {
    ...write,
    async decide(current) {
      // What is absent is refused by the write itself, unless it would create it.
      if (current !== undefined) checkPreconditions(write.request, { ...preconditions }, current.parsed());
      else refuseAbsent(write.request, preconditions);
      return write.decide(current);
    },
  };
}

function refuseAbsent({ kind, target }: WriteRequest, { uid, resourceVersion }: WritePreconditions): void {
  if (uid === undefined && resourceVersion === undefined) return;
  const { resource, name } = kind.key(target.namespace, target.name);
  const relied = uid === undefined ? `resourceVersion "${resourceVersion}"` : `uid "${uid}"`;
  const why = `Precondition failed: it does not exist, and the write relies on its ${relied}`;
  throw new ApiError('Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
    kind: kind.definition.plural,
    group: kind.definition.group,
    name,
  });
}

/** All items are worked out against the state before the transaction, so none of them can build on another. */
function requireOnce(places: Map<string, number>, { request, name }: ObjectWrite, index: number): void {
  const { kind, target } = request;
  const place = `${kind.resource}/${target.namespace}/${name}`;
  const first = places.get(place);
  places.set(place, first ?? index);
  if (first === undefined) return;
  throw new ApiError('BadRequest', `it writes the same object as item ${first}: an object can be written once`);
}
