import { restorationKind, type Restoration } from '../../kernel/kinds/restoration/type.ts';
import { findCondition } from '../../kernel/meta/conditions.ts';
import { randomSuffix } from '../../kernel/base/random.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { Connection } from '../cli/connect.ts';
import { CommandError, UsageError } from '../cli/exit.ts';
import { note, print } from '../cli/output.ts';

/** How long a command waits for a restoration, which goes on without it. */
export const restorationMsMax = 3_600_000;

/** What comes back. */
export interface ManyChoices {
  readonly revision: number;
  readonly existing: 'Keep' | 'RollBack';
  readonly root?: NonNullable<Restoration['spec']['root']>;
  /** What came later goes. */
  readonly prune?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** @throws {UsageError} when what came after something else than a whole namespace is to go. */
export function refusePrune({ prune }: { readonly prune?: boolean | undefined }): void {
  if (prune !== true) return;
  throw new UsageError('--prune is for a whole namespace', 'planform restore all --to REVISION --prune');
}

/** Makes a Restoration in the namespace of the command and waits for its end; it goes on by itself when nobody waits. @throws {CommandError} when it failed. */
export async function restoreMany(server: Connection, choices: ManyChoices): Promise<void> {
  const { namespace } = server;
  const name = `cli-${randomSuffix(systemRandom, 8)}`;
  const spec = specOf(choices);
  const { client, signal } = server;
  const made = await client.create(restorationKind, { metadata: { name, namespace }, spec }, {}, signal);
  note(
    `restoration/${name} in namespace ${namespace} goes on by itself; kubectl -n ${namespace} get restoration ${name}`,
  );
  const done = await ended(server, made);
  const complete = findCondition(done.status?.conditions, 'Complete');
  const failed = findCondition(done.status?.conditions, 'Failed');
  for (const skipped of done.status?.skipped ?? []) note(`left out ${skipped}: you may not list it`);
  if (failed?.status === 'True') {
    const failures = done.status?.failures ?? [];
    throw new CommandError(`restoration/${name}: ${complete?.message ?? ''}`, failures.join('\n  ') || undefined);
  }
  for (const line of [...(done.status?.planned ?? []), ...removed(done)]) print(line);
  const how = done.status?.atomic === true ? ' in one commit' : '';
  print(`restoration/${name} complete: ${complete?.message ?? ''}${how}`);
}

function specOf({ revision, existing, root, reason, prune, dryRun }: ManyChoices): Restoration['spec'] {
  return {
    revision: String(revision),
    existing,
    ...(root === undefined ? {} : { root }),
    ...(reason === undefined ? {} : { reason }),
    ...(prune === true ? { prune } : {}),
    ...(dryRun === true ? { dryRun } : {}),
  };
}

/** What was deleted, as `kubectl delete` says it. */
function removed({ status }: Restoration): readonly string[] {
  return (status?.removals ?? []).map((name) => `${name} deleted`);
}

async function ended({ client, signal }: Connection, made: Restoration): Promise<Restoration> {
  const { namespace = '', name, resourceVersion } = made.metadata;
  const query = { namespace, fieldSelector: `metadata.name=${name}`, resourceVersion };
  let shown = -1;
  for await (const event of client.watch(restorationKind, query, signal)) {
    if (event.type === 'BOOKMARK') continue;
    const { status } = event.object;
    if (event.type === 'DELETED' || findCondition(status?.conditions, 'Complete')?.status === 'True')
      return event.object;
    if (status?.done !== undefined && status.done !== shown) note(`${status.done} of ${status.total}`);
    shown = status?.done ?? shown;
  }
  throw new CommandError(
    `Nobody knows how restoration/${name} ended: the server closed the watch`,
    'look at the object',
  );
}
