import type { Pass } from '../../controller/controller.ts';
import { ApiError, isApiError } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import { controllerOf, type KubeObject } from '../../meta/object.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { ResourceApi, ResourceContext, ResourceTarget } from '../../ports/resources.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { type Candidate, candidateOf } from './plan.ts';
import type { Restoration } from './type.ts';

/** What restorations are done with. */
export interface RestorationPorts {
  readonly kinds: Pick<KindLookup, 'listKinds'>;
  /** Authorizes everything for the user who asked. */
  readonly resources: () => Pick<ResourceApi, 'get' | 'list' | 'transact'>;
}

/** One look at a restoration. */
export type RestorationPass = Pass<Restoration>;

/** What a restoration reads with, and for whom. */
export interface Reading {
  readonly pass: RestorationPass;
  readonly ports: RestorationPorts;
  readonly context: ResourceContext;
}

/** Objects read at once. */
const pageItems = 500;
/** Objects one restoration looks at; what it plans with is kept in memory. */
const candidatesMax = 50_000;

/** What looking again would not change. A revision that is still to come is a mistake: nobody knows what it will be. */
export function isUnreadable(error: unknown): error is ApiError {
  if (isApiError(error, 'Expired', 'BadRequest', 'NotFound', 'RequestEntityTooLarge')) return true;
  const causes = isApiError(error, 'Timeout') ? (error.details.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'ResourceVersionTooLarge');
}

/** What there was at the revision; notes in the status what the user may not list. @throws {ApiError} see `isUnreadable`. */
export function readCandidates(reading: Reading): Promise<readonly Candidate[]> {
  const { revision, labelSelector } = reading.pass.object.spec;
  return readAll(reading, async (definition, found) => {
    for await (const object of objectsAt(reading, definition, revision, labelSelector)) {
      const candidate = candidateOf(definition, object);
      if (candidate !== undefined) found.push(candidate);
    }
  });
}

/**
 * What came later: there at `pruneRevision`, and not at the revision, whatever its labels were. What a controller made is its
 * controller's business: it goes with what it was made for. @throws {ApiError} see `isUnreadable`.
 */
export function readLater(reading: Reading, pruneRevision: string): Promise<readonly Candidate[]> {
  const { revision, labelSelector } = reading.pass.object.spec;
  return readAll(reading, async (definition, found) => {
    const present: Candidate[] = [];
    for await (const object of objectsAt(reading, definition, pruneRevision, labelSelector)) {
      const candidate = controllerOf(object) === undefined ? candidateOf(definition, object) : undefined;
      if (candidate !== undefined) present.push(candidate);
    }
    if (present.length === 0) return;
    const names = new Set<string>();
    for await (const { metadata } of objectsAt(reading, definition, revision, undefined)) names.add(metadata.name);
    found.push(...present.filter(({ name }) => !names.has(name)));
  });
}

/** Reads every resource the restoration is about. */
async function readAll(
  { pass, ports }: Reading,
  read: (definition: KindDefinition, found: Candidate[]) => Promise<void>,
): Promise<readonly Candidate[]> {
  const { resources: wanted } = pass.object.spec;
  const found: Candidate[] = [];
  const skipped: string[] = [];
  for (const definition of ports.kinds.listKinds()) {
    const resource = formatResource(definition.plural, definition.group);
    if (!isRestorable(definition) || wanted?.includes(resource) === false) continue;
    try {
      await read(definition, found);
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

async function* objectsAt(
  { pass, ports, context }: Reading,
  definition: KindDefinition,
  revision: string,
  labelSelector: string | undefined,
): AsyncGenerator<KubeObject, void, undefined> {
  const { namespace = '' } = pass.object.metadata;
  const target = targetOf(definition, namespace, '');
  const selectors = labelSelector === undefined ? {} : { labelSelector };
  const first = { resourceVersion: revision, resourceVersionMatch: 'Exact' };
  let continueToken: string | undefined;
  do {
    const where = continueToken === undefined ? first : { continueToken };
    const query = { ...selectors, ...where, limit: pageItems, anyVersion: true };
    const page = await ports.resources().list(context, target, query);
    for (const item of page.items) yield item.header();
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
}

/** One object of a kind, in the version in which it is stored; without a name all of them. */
export function targetOf(definition: KindDefinition, namespace: string, name: string): ResourceTarget {
  return { definition, version: definition.storageVersion, namespace, name, subresource: '' };
}
