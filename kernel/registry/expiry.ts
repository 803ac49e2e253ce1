import type { CachedObject } from '../cache/cached-object.ts';
import { errorText, isApiError } from '../meta/errors.ts';
import type { UserInfo } from '../ports/auth.ts';
import type { ResourceContext } from '../ports/resources.ts';
import { commitWrite } from './commit-loop.ts';
import type { CompiledKind } from './compiled-kind.ts';
import type { RegistryCore } from './core.ts';
import { deletionOf } from './delete.ts';
import { RevisionTimes } from './revision-times.ts';
import { writeRequest } from './write-request.ts';

/** Time between two sweeps. */
export const expiryIntervalMs = 60_000;
/** Most objects removed in one sweep; the rest go in the next ones. */
const expiredPerSweepMax = 5_000;
/** Longest `ttlSeconds` that is honoured, milliseconds. */
const ttlMaxMs = 24 * 3_600_000;
/** Deletes running side by side. */
const deletesAtOnceMax = 100;

/** The user in whose name expired objects go. */
const expiryUser: UserInfo = { name: 'system:planform:expiry', groups: ['system:authenticated'] };

/**
 * Removes objects of kinds with `ttlSeconds` once a minute, when their last write is that long ago; what was written
 * before the program started counts from its start. Run it as a task of the program; it ends by throwing the abort
 * reason.
 */
export async function runExpiry(core: RegistryCore, signal: AbortSignal): Promise<void> {
  const times = new RevisionTimes(ttlMaxMs);
  for (;;) {
    times.note(core.clock.monotonicMs(), core.cache.head);
    await core.clock.sleep(expiryIntervalMs, signal);
    try {
      await sweepExpired(core, times, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      core.log.error('expiry failed', { error: errorText(error) });
    }
  }
}

/** One sweep. @returns how many objects were found expired, at most `expiredPerSweepMax` per kind. */
async function sweepExpired(core: RegistryCore, times: RevisionTimes, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (const definition of core.catalog.list()) {
    if (definition.ttlSeconds === undefined) continue;
    const kind = core.catalog.compiled(definition);
    const expired = findExpired(core, kind, times.headAt(core.clock.monotonicMs() - definition.ttlSeconds * 1000));
    for (let start = 0; start < expired.length; start += deletesAtOnceMax) {
      const batch = expired.slice(start, start + deletesAtOnceMax);
      await Promise.all(batch.map((object) => removeExpired(core, kind, object, signal)));
    }
    count += expired.length;
  }
  return count;
}

/** Objects last written at or before a revision. */
function findExpired(core: RegistryCore, kind: CompiledKind, revision: number): readonly CachedObject[] {
  const expired: CachedObject[] = [];
  core.cache.resource(kind.resource).visit('', (object) => {
    if (object.revision <= revision) expired.push(object);
    return expired.length < expiredPerSweepMax;
  });
  return expired;
}

/** Removes one object unless it was written again meanwhile. */
async function removeExpired(
  core: RegistryCore,
  kind: CompiledKind,
  object: CachedObject,
  signal: AbortSignal,
): Promise<void> {
  const context: ResourceContext = {
    user: expiryUser,
    requestId: '',
    receivedAtMs: core.clock.nowMs(),
    userAgent: 'expiry',
    signal,
    warn: () => undefined,
  };
  const { namespace, name } = object.row;
  const { definition } = kind;
  const target = { definition, version: definition.storageVersion, namespace, name, subresource: '' } as const;
  const preconditions = { resourceVersion: String(object.revision) };
  try {
    await commitWrite(deletionOf(writeRequest(core, context, target, {}), { preconditions }));
  } catch (error) {
    if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
  }
}
