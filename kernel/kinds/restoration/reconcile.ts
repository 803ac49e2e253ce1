import type { Pass } from '../../controller/controller.ts';
import { type Outcome, settled } from '../../controller/outcome.ts';
import { isConditionTrue, setCondition } from '../../meta/conditions.ts';
import { ApiError, isApiError } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import type { KindLookup } from '../../ports/client.ts';
import { RefusedItem } from '../../ports/refused-item.ts';
import type { ResourceApi, ResourceContext, ResourceTarget, TransactionItem } from '../../ports/resources.ts';
import { commitObjectsMax } from '../../ports/store.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { type Candidate, candidateOf, planRestoration } from './plan.ts';
import type { Restoration } from './type.ts';

/** What restorations are done with. */
export interface RestorationPorts {
  readonly kinds: Pick<KindLookup, 'listKinds'>;
  /** Authorizes everything for the user who asked. */
  readonly resources: () => Pick<ResourceApi, 'get' | 'list' | 'transact'>;
}

/** Objects read at once. */
const pageItems = 500;
/** Objects one restoration looks at; what it plans with is kept in memory. */
const candidatesMax = 50_000;
/** Commits of one pass; its status is written after them. */
const commitsPerPass = 10;
const failuresShown = 20;

type RestorationPass = Pass<Restoration>;

/**
 * Restores the next objects. What there was follows from the revision alone and so do the uids of what comes back: a pass that
 * was cut short is simply done again. Up to the limits of a commit everything is one transaction.
 */
export async function reconcileRestoration(pass: RestorationPass, ports: RestorationPorts): Promise<Outcome> {
  const { object, status } = pass;
  if (object.metadata.deletionTimestamp !== undefined) return settled;
  if (isConditionTrue(object.status?.conditions, 'Complete')) return settled;
  const context = contextOf(pass);
  let plan: readonly Candidate[];
  try {
    plan = planRestoration(await readCandidates(pass, ports, context), object.spec);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return finish(pass, 'CannotRead', error.message);
  }
  status.total = plan.length;
  if (plan.length === 0) return finish(pass, 'NothingFound', `Nothing to restore at revision ${object.spec.revision}`);
  if (status.done === undefined && plan.length <= commitObjectsMax) {
    const outcome = await restoreSome(pass, ports, context, plan);
    status.atomic = outcome.kind === 'restored';
    if (outcome.kind === 'restored') return finishRestored(pass);
    if (outcome.kind === 'refused') {
      fail(pass, outcome.message, plan.length);
      return finish(pass, 'Refused', outcome.message);
    }
  }
  return restoreInParts(pass, ports, context, plan);
}

/** What looking again would not change. A revision that is still to come is a mistake: nobody knows what it will be. */
function isUnreadable(error: unknown): error is ApiError {
  if (isApiError(error, 'Expired', 'BadRequest', 'NotFound', 'RequestEntityTooLarge')) return true;
  const causes = isApiError(error, 'Timeout') ? (error.details.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
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

async function readCandidates(
  pass: RestorationPass,
  ports: RestorationPorts,
  context: ResourceContext,
): Promise<readonly Candidate[]> {
  const { resources: wanted } = pass.object.spec;
  const found: Candidate[] = [];
  const skipped: string[] = [];
  for (const definition of ports.kinds.listKinds()) {
    const resource = formatResource(definition.plural, definition.group);
    if (!isRestorable(definition) || wanted?.includes(resource) === false) continue;
    try {
      for await (const one of pastObjects(pass, ports, context, definition)) found.push(one);
    } catch (error) {
      // Whoever asks for certain resources is told that one of them is out of reach.
      if (!isApiError(error, 'Forbidden') || wanted !== undefined) throw asUnreadable(error);
      skipped.push(resource);
    }
    if (found.length > candidatesMax) {
      const limit = `limit is ${candidatesMax}: name resources or a labelSelector`;
      throw new ApiError(
        'RequestEntityTooLarge',
        `Cannot restore more than ${candidatesMax} objects at once, ${limit}`,
      );
    }
  }
  pass.status.skipped = skipped;
  return found;
}

function isRestorable({ scope, history, storedAs, group, plural }: KindDefinition): boolean {
  const isOwn = group === 'kernel.planform.dev' && plural === 'restorations';
  return scope === 'Namespaced' && history !== 'none' && storedAs === undefined && !isOwn;
}

function asUnreadable(error: unknown): unknown {
  return isApiError(error, 'Forbidden') ? new ApiError('BadRequest', error.message, {}, { cause: error }) : error;
}

async function* pastObjects(
  { object: { metadata, spec } }: RestorationPass,
  ports: RestorationPorts,
  context: ResourceContext,
  definition: KindDefinition,
): AsyncGenerator<Candidate, void, undefined> {
  const { namespace = '' } = metadata;
  const target = targetOf(definition, namespace, '');
  const selectors = spec.labelSelector === undefined ? {} : { labelSelector: spec.labelSelector };
  const first = { resourceVersion: spec.revision, resourceVersionMatch: 'Exact' };
  let continueToken: string | undefined;
  do {
    const where = continueToken === undefined ? first : { continueToken };
    const query = { ...selectors, ...where, limit: pageItems, anyVersion: true };
    const page = await ports.resources().list(context, target, query);
    for (const item of page.items) {
      const candidate = candidateOf(definition, item.header());
      if (candidate !== undefined) yield candidate;
    }
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
}

function targetOf(definition: KindDefinition, namespace: string, name: string): ResourceTarget {
  return { definition, version: definition.storageVersion, namespace, name, subresource: '' };
}

async function restoreInParts(
  pass: RestorationPass,
  ports: RestorationPorts,
  context: ResourceContext,
  plan: readonly Candidate[],
): Promise<Outcome> {
  const { status } = pass;
  status.atomic = false;
  let done = status.done ?? 0;
  for (let commits = 0; commits < commitsPerPass && done < plan.length; commits++) {
    done += await restoreNext(pass, ports, context, plan.slice(done, done + commitObjectsMax));
    status.done = done;
  }
  if (done >= plan.length) return finishRestored(pass);
  const message = `${done} of ${plan.length} objects were looked at`;
  progress(pass, message);
  return { kind: 'waiting', afterMs: 0, reason: 'Restoring', message };
}

/** Restores a part as large as a commit takes; what is refused is noted and left out. @returns how many were dealt with. */
async function restoreNext(
  pass: RestorationPass,
  ports: RestorationPorts,
  context: ResourceContext,
  part: readonly Candidate[],
): Promise<number> {
  let left = part;
  while (left.length > 0) {
    const outcome = await restoreSome(pass, ports, context, left);
    if (outcome.kind === 'restored') return part.length;
    if (outcome.kind === 'tooLarge' && left.length > 1) {
      return restoreNext(pass, ports, context, part.slice(0, Math.ceil(part.length / 2)));
    }
    const { message, refused = left[0] } = { refused: undefined, ...outcome };
    fail(pass, message, 1);
    left = left.filter((one) => one !== refused);
  }
  return part.length;
}

/** How restoring a part ended. */
type PartOutcome =
  | { readonly kind: 'restored' }
  | { readonly kind: 'tooLarge'; readonly message: string }
  /** Trying again would not change it. Nothing of the part was written. */
  | { readonly kind: 'refused'; readonly message: string; readonly refused: Candidate | undefined };

/** One transaction. @throws {ApiError} what may pass by itself. */
async function restoreSome(
  pass: RestorationPass,
  ports: RestorationPorts,
  context: ResourceContext,
  part: readonly Candidate[],
): Promise<PartOutcome> {
  const { object, status } = pass;
  const { namespace = '', uid } = object.metadata;
  const resources = ports.resources();
  const sent: Candidate[] = [];
  try {
    for (const one of part) {
      const target = targetOf(one.definition, namespace, one.name);
      const isKept = object.spec.existing !== 'RollBack' && (await exists(resources, context, target));
      if (!isKept) sent.push(one);
    }
    const items = sent.map(({ definition, name }): TransactionItem => {
      const target = targetOf(definition, namespace, name);
      return { verb: 'restore', target, revision: Number(object.spec.revision), uidSeed: uid, options: {} };
    });
    const { results } = items.length === 0 ? { results: [] } : await resources.transact(context, items, {});
    const restored = results.filter(({ unchanged }) => unchanged !== true).length;
    status.restored = (status.restored ?? 0) + restored;
    status.unchanged = (status.unchanged ?? 0) + part.length - restored;
    return { kind: 'restored' };
  } catch (error) {
    if (isApiError(error, 'RequestEntityTooLarge')) return { kind: 'tooLarge', message: error.message };
    if (!isApiError(error, ...refusals)) throw error;
    const refused = error instanceof RefusedItem ? sent[error.index] : part[sent.length];
    return { kind: 'refused', message: error.message, refused };
  }
}

/** What trying again would not change. */
const refusals = ['Forbidden', 'Invalid', 'BadRequest', 'NotFound', 'Conflict', 'Expired'] as const;

async function exists(
  resources: Pick<ResourceApi, 'get'>,
  context: ResourceContext,
  target: ResourceTarget,
): Promise<boolean> {
  try {
    await resources.get(context, target, {});
    return true;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}

function fail({ status }: RestorationPass, message: string, count: number): void {
  status.failed = (status.failed ?? 0) + count;
  const failures = status.failures ?? [];
  if (failures.length < failuresShown) status.failures = [...failures, message.slice(0, 1_024)];
}

function finishRestored(pass: RestorationPass): Outcome {
  const { status } = pass;
  status.done = status.total ?? 0;
  const { restored = 0, unchanged = 0, failed = 0 } = status;
  const counts = `${restored} restored, ${unchanged} left as they are, ${failed} failed`;
  return finish(pass, failed > 0 ? 'RestoredInPart' : 'Restored', counts);
}

/** Reasons of an end with which everything is as it should be. */
const goodEnds: ReadonlySet<string> = new Set(['Restored', 'NothingFound']);

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
