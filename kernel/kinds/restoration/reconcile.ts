import { type Outcome, settled } from '../../controller/outcome.ts';
import { isConditionTrue, setCondition } from '../../meta/conditions.ts';
import { isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import { RefusedItem } from '../../ports/refused-item.ts';
import type { ResourceContext, TransactionItem, WriteResult } from '../../ports/resources.ts';
import { commitObjectsMax } from '../../ports/store.ts';
import { type Plan, planRemovals, planRestoration, type Step, stepName } from './plan.ts';
import {
  isUnreadable,
  readCandidates,
  type Reading,
  readLater,
  type RestorationPass,
  type RestorationPorts,
  targetOf,
} from './read.ts';
import { listedMax } from './type.ts';

/** Commits of one pass; its status is written after them. */
const commitsPerPass = 10;
const failuresShown = 20;

/**
 * Restores the next objects. What there was follows from the revision alone and so do the uids of what comes back; what came later
 * follows from the revision at which the restoration was first looked at: a pass that was cut short is simply done again. Up to the
 * limits of a commit everything is one transaction.
 */
export async function reconcileRestoration(pass: RestorationPass, ports: RestorationPorts): Promise<Outcome> {
  const { object, status } = pass;
  if (object.metadata.deletionTimestamp !== undefined) return settled;
  if (isConditionTrue(object.status?.conditions, 'Complete')) return settled;
  const work: Reading = { pass, ports, context: contextOf(pass) };
  let plan: Plan;
  try {
    plan = await planOf(work);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return finish(pass, 'CannotRead', error.message);
  }
  const steps = [...plan.removals, ...plan.restores];
  status.total = steps.length;
  if (steps.length === 0) return finish(pass, 'NothingFound', `Nothing to restore at revision ${object.spec.revision}`);
  if (object.spec.dryRun === true) return tellPlan(work, steps);
  if (status.done === undefined && steps.length <= commitObjectsMax) {
    const outcome = await doSome(work, steps);
    status.atomic = outcome.kind === 'done';
    if (outcome.kind === 'done') return finishRestored(pass);
    if (outcome.kind === 'refused') {
      fail(pass, outcome.message, steps.length);
      return finish(pass, 'Refused', outcome.message);
    }
  }
  return restoreInParts(work, plan);
}

async function planOf(work: Reading): Promise<Plan> {
  const { object, status } = work.pass;
  const there = planRestoration(await readCandidates(work), object.spec);
  const restores = there.map((one): Step => ({ ...one, what: 'restore' }));
  if (object.spec.prune !== true) return { restores, removals: [] };
  status.pruneRevision ??= object.metadata.resourceVersion;
  const later = planRemovals(await readLater(work, status.pruneRevision));
  return { restores, removals: later.map((one): Step => ({ ...one, what: 'remove' })) };
}

/** The user who asked, as in a request of its own. */
function contextOf({ object, clock, random, signal }: RestorationPass): ResourceContext {
  const { requestedBy, reason } = object.spec;
  const { username = '', uid, groups = [], extra } = requestedBy ?? {};
  return {
    user: {
      name: username,
      groups,
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    },
    requestId: random.uuid(),
    receivedAtMs: clock.nowMs(),
    userAgent: 'planform-restoration',
    signal,
    changeReason: reason ?? `restoration ${object.metadata.name}`,
    warn: () => undefined,
  };
}

/** Says what would be done; up to the limits of a commit it is also tried out. */
async function tellPlan(work: Reading, steps: readonly Step[]): Promise<Outcome> {
  const { pass } = work;
  const { status } = pass;
  const wanted: { readonly step: Step; readonly how: string }[] = [];
  for (const step of steps) {
    const current = await currentOf(work, step);
    if (isLeft(pass, step, current)) continue;
    wanted.push({ step, how: step.what === 'remove' || current === undefined ? step.what : 'roll back' });
  }
  let planned = wanted;
  if (wanted.length > 0 && wanted.length <= commitObjectsMax) {
    const sent = wanted.map(({ step }) => step);
    const outcome = await tried(sent, () => transact(work, sent, true));
    if (outcome.kind === 'refused') return finish(pass, 'Refused', outcome.message);
    if (outcome.kind === 'done') planned = wanted.filter((_, index) => outcome.results[index]?.unchanged !== true);
  }
  status.planned = planned.slice(0, listedMax).map(({ step, how }) => `${how} ${stepName(step)}`);
  status.done = steps.length;
  status.unchanged = steps.length - planned.length;
  const removed = planned.filter(({ how }) => how === 'remove').length;
  const message = `${planned.length - removed} would be restored, ${removed} removed, ${status.unchanged} left as they are`;
  return finish(pass, 'Planned', message);
}

async function restoreInParts(work: Reading, { restores, removals }: Plan): Promise<Outcome> {
  const { pass } = work;
  const { status } = pass;
  status.atomic = false;
  let done = status.done ?? 0;
  const total = restores.length + removals.length;
  for (let commits = 0; commits < commitsPerPass && done < total; commits++) {
    const isBack = done >= restores.length;
    // Nothing goes for what did not come back.
    if (isBack && (status.failed ?? 0) > 0)
      return finishRestored(pass, ', nothing was removed: not everything came back');
    const [list, first] = isBack ? [removals, done - restores.length] : [restores, done];
    done += await doNext(work, list.slice(first, first + commitObjectsMax));
    status.done = done;
  }
  if (done >= total) return finishRestored(pass);
  const message = `${done} of ${total} objects were looked at`;
  progress(pass, message);
  return { kind: 'waiting', afterMs: 0, reason: 'Restoring', message };
}

/** Does a part as large as a commit takes; what is refused is noted and left out. @returns how many were dealt with. */
async function doNext(work: Reading, part: readonly Step[]): Promise<number> {
  let left = part;
  while (left.length > 0) {
    const outcome = await doSome(work, left);
    if (outcome.kind === 'done') return part.length;
    if (outcome.kind === 'tooLarge' && left.length > 1) {
      return doNext(work, part.slice(0, Math.ceil(part.length / 2)));
    }
    const { message, refused = left[0] } = { refused: undefined, ...outcome };
    fail(work.pass, message, 1);
    left = left.filter((one) => one !== refused);
  }
  return part.length;
}

/** How a part ended. */
type PartOutcome =
  | { readonly kind: 'done'; readonly results: readonly WriteResult[] }
  | { readonly kind: 'tooLarge'; readonly message: string }
  /** Trying again would not change it. Nothing of the part was written. */
  | { readonly kind: 'refused'; readonly message: string; readonly refused: Step | undefined };

/** One transaction; counts in the status what it did. @throws {ApiError} what may pass by itself. */
async function doSome(work: Reading, part: readonly Step[]): Promise<PartOutcome> {
  const { pass } = work;
  const { status } = pass;
  const sent: Step[] = [];
  // Whose turn it is: what cannot be looked at is what is refused.
  let next: Step | undefined;
  const outcome = await tried(sent, async () => {
    for (next of part) if (!isLeft(pass, next, await currentOf(work, next))) sent.push(next);
    return sent.length === 0 ? [] : transact(work, sent, false);
  });
  if (outcome.kind === 'refused') return { ...outcome, refused: outcome.refused ?? next };
  if (outcome.kind !== 'done') return outcome;
  const changed = sent.filter((_, index) => outcome.results[index]?.unchanged !== true);
  const removed = changed.filter(({ what }) => what === 'remove');
  status.restored = (status.restored ?? 0) + changed.length - removed.length;
  status.unchanged = (status.unchanged ?? 0) + part.length - changed.length;
  if (removed.length === 0) return outcome;
  status.removed = (status.removed ?? 0) + removed.length;
  status.removals = [...(status.removals ?? []), ...removed.map(stepName)].slice(0, listedMax);
  return outcome;
}

/** @throws {ApiError} what may pass by itself. */
async function tried(sent: readonly Step[], write: () => Promise<readonly WriteResult[]>): Promise<PartOutcome> {
  try {
    return { kind: 'done', results: await write() };
  } catch (error) {
    if (isApiError(error, 'RequestEntityTooLarge')) return { kind: 'tooLarge', message: error.message };
    if (!isApiError(error, ...refusals)) throw error;
    const refused = error instanceof RefusedItem ? sent[error.index] : undefined;
    return { kind: 'refused', message: error.message, refused };
  }
}

/** What trying again would not change. */
const refusals = ['Forbidden', 'Invalid', 'BadRequest', 'NotFound', 'Conflict', 'Expired'] as const;

async function transact(
  { pass, ports, context }: Reading,
  steps: readonly Step[],
  dryRun: boolean,
): Promise<readonly WriteResult[]> {
  const { metadata, spec } = pass.object;
  const { namespace = '', uid: uidSeed } = metadata;
  const items = steps.map(({ what, definition, name, uid }): TransactionItem => {
    const target = targetOf(definition, namespace, name);
    if (what === 'remove') return { verb: 'delete', target, options: { preconditions: { uid } } };
    return { verb: 'restore', target, revision: Number(spec.revision), uidSeed, options: {} };
  });
  const { results } = await ports.resources().transact(context, items, { dryRun });
  return results;
}

/** True for what needs nothing: it is there and is to stay as it is, or has gone already. */
function isLeft({ object: { spec } }: RestorationPass, { what, uid }: Step, current: KubeObject | undefined): boolean {
  if (what === 'restore') return current !== undefined && spec.existing !== 'RollBack';
  return current?.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined;
}

async function currentOf(
  { pass, ports, context }: Reading,
  { what, definition, name }: Step,
): Promise<KubeObject | undefined> {
  const { object } = pass;
  // What is rolled back is looked at when it is decided.
  if (what === 'restore' && object.spec.existing === 'RollBack' && object.spec.dryRun !== true) return undefined;
  const { namespace = '' } = object.metadata;
  try {
    return (await ports.resources().get(context, targetOf(definition, namespace, name), {})).header();
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function fail({ status }: RestorationPass, message: string, count: number): void {
  status.failed = (status.failed ?? 0) + count;
  const failures = status.failures ?? [];
  if (failures.length < failuresShown) status.failures = [...failures, message.slice(0, 1_024)];
}

function finishRestored(pass: RestorationPass, more = ''): Outcome {
  const { object, status } = pass;
  status.done = status.total ?? 0;
  const { restored = 0, removed = 0, unchanged = 0, failed = 0 } = status;
  const removals = object.spec.prune === true ? `${removed} removed, ` : '';
  const counts = `${restored} restored, ${removals}${unchanged} left as they are, ${failed} failed${more}`;
  return finish(pass, failed > 0 ? 'RestoredInPart' : 'Restored', counts);
}

/** Reasons of an end with which everything is as it should be. */
const goodEnds: ReadonlySet<string> = new Set(['Restored', 'NothingFound', 'Planned']);

function finish({ object, status, clock }: RestorationPass, reason: string, message: string): Outcome {
  const { generation } = object.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const nowMs = clock.nowMs();
  const complete = { type: 'Complete', status: 'True', reason, message, ...observed } as const;
  const isFailed = !goodEnds.has(reason);
  const failed = { type: 'Failed', status: isFailed ? 'True' : 'False', reason, message, ...observed } as const;
  status.conditions = [...setCondition(setCondition(object.status?.conditions, complete, nowMs), failed, nowMs)];
  return settled;
}

function progress({ object, status, clock }: RestorationPass, message: string): void {
  const draft = { type: 'Complete', status: 'False', reason: 'Restoring', message } as const;
  status.conditions = [...setCondition(object.status?.conditions, draft, clock.nowMs())];
}
