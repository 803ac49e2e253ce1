import type { Clock } from '../../base/clock.ts';
import type { StatusCause } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { formatResource } from '../../meta/key.ts';
import type { KubeObject } from '../../meta/object.ts';
import type {
  AdmissionAttributes,
  AdmissionPlugin,
  PendingChange,
  PendingFollower,
  PendingView,
} from '../../ports/admission.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ResourceQuota } from '../../schema/standard/types.ts';
import { increaseOf, QuotaAccount } from './account.ts';
import { findExceeded, forbidden, formatExceeded, nameBiggestUsers, type ObjectUsage } from './refusal.ts';

const quotas = 'resourcequotas';

/** How long it is remembered who uses most of a resource: refusals in a loop must not cost a look at every object each. */
const usersAgeMaxMs = 1_000;
/** Objects that are looked at to find out; those behind are not named. */
const usersObjectsMax = 1_000;

/** What happened, and how to undo it. */
interface JournalEntry {
  readonly revision: number;
  undo(): void;
}

/** What the ledger works on. */
export interface LedgerOptions {
  /** The kinds served now. */
  readonly kinds: () => readonly KindDefinition[];
  readonly clock: Clock;
}

/**
 * How much of every ResourceQuota is used, in the pending view: check and charge are in the same commit step, so that no
 * order of writes ever gets past a limit. Namespaces without a quota cost one look into a map. Limits are those of
 * `spec.hard`, at once. Texts and rules of the Kubernetes plugin; the causes of a refusal also name who uses most.
 */
export class QuotaLedger implements AdmissionPlugin, PendingFollower {
  readonly name = 'ResourceQuota';
  readonly #options: LedgerOptions;
  /** Namespace → quota → account. */
  readonly #accounts = new Map<string, Map<string, QuotaAccount>>();
  /** What is not durable yet, oldest first; bounded by the commits in flight. */
  #journal: JournalEntry[] = [];
  readonly #listeners: ((namespace: string, name: string) => void)[] = [];
  readonly #users = new WeakMap<QuotaAccount, Map<string, { atMs: number; causes: readonly StatusCause[] }>>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Counts what is there, once, before the first write is told. */
  start(view: PendingView): void {
    for (const quota of view.list(quotas)) this.#open(quota, view);
  }

  /** Calls `listener` when the use of a quota may have changed, for the life of the ledger. It must be quick and not throw. */
  onChange(listener: (namespace: string, name: string) => void): void {
    this.#listeners.push(listener);
  }

  /** `status.used` of a quota; `undefined` when there is none of that name. */
  used(namespace: string, name: string): Readonly<Record<string, string>> | undefined {
    return this.#accounts.get(namespace)?.get(name)?.usedTexts(this.#options.kinds());
  }

  handles({ operation, namespace, subresource }: AdmissionAttributes): boolean {
    return operation !== 'delete' && subresource !== 'status' && this.#accounts.has(namespace);
  }

  /** @throws {ApiError} `Forbidden` when a quota would be exceeded, or when the object hides what a quota limits. */
  commit(object: KubeObject | undefined, attributes: AdmissionAttributes, view: PendingView): void {
    const definition = attributes.definition.storedAs ?? attributes.definition;
    if (object === undefined) return;
    const accounts = [...this.#accountsOf(attributes.namespace)];
    const concerned = accounts.filter((account) => account.isAbout(definition, object));
    for (const account of concerned) checkComplete(account, definition, object, attributes);
    for (const account of concerned) {
      const increase = increaseOf(account.usageOf(definition, attributes.old), account.usageOf(definition, object));
      const exceeded = findExceeded(account, increase);
      if (exceeded.length === 0) continue;
      const causes = exceeded.flatMap((resource) => this.#biggestUsers(account, resource, attributes.namespace, view));
      throw forbidden(attributes, object, formatExceeded(account, increase, exceeded), causes);
    }
  }

  follows({ group, plural }: KindDefinition, namespace: string): boolean {
    return this.#accounts.has(namespace) || (plural === quotas && group === '');
  }

  posted({ definition, revision, namespace, name, before, after }: PendingChange, view: PendingView): void {
    for (const account of this.#accountsOf(namespace)) {
      if (account.limits(definition).length === 0) continue;
      const old = account.usageOf(definition, before?.parsed());
      const now = account.usageOf(definition, after?.parsed());
      if (old.size === 0 && now.size === 0) continue;
      const apply = (sign: 1 | -1) => {
        account.add(old, sign === 1 ? -1 : 1);
        account.add(now, sign);
        this.#changed(namespace, account.name);
      };
      apply(1);
      this.#journal.push({ revision, undo: () => apply(-1) });
    }
    if (definition.plural !== quotas || definition.group !== '') return;
    const previous = this.#accounts.get(namespace)?.get(name);
    if (previous !== undefined && hasSameSpec(before?.parsed(), after?.parsed())) return;
    if (after === undefined) this.#put(namespace, name, undefined);
    else this.#open(after.parsed(), view, previous);
    this.#journal.push({ revision, undo: () => this.#put(namespace, name, previous) });
  }

  durable(revision: number): void {
    const first = this.#journal[0];
    if (first === undefined || first.revision > revision) return;
    const next = this.#journal.findIndex((entry) => entry.revision > revision);
    this.#journal.splice(0, next < 0 ? this.#journal.length : next);
  }

  takenBack(revision: number): void {
    const first = this.#journal.findIndex((entry) => entry.revision > revision);
    if (first < 0) return;
    for (const entry of this.#journal.splice(first).toReversed()) entry.undo();
  }

  #accountsOf(namespace: string): Iterable<QuotaAccount> {
    return this.#accounts.get(namespace)?.values() ?? [];
  }

  /** Opens the account of a quota that is new, or of one that changed. */
  #open(quota: ResourceQuota, view: PendingView, previous?: QuotaAccount): void {
    const { namespace = '', name } = quota.metadata;
    const account = new QuotaAccount(quota, previous);
    if (previous === undefined || !account.countsLike(previous)) {
      for (const { object, kind } of this.#objectsOf(account, namespace, view)) {
        account.add(account.usageOf(kind, object));
      }
    }
    this.#put(namespace, name, account);
  }

  #put(namespace: string, name: string, account: QuotaAccount | undefined): void {
    const accounts = this.#accounts.getOrInsertComputed(namespace, () => new Map());
    if (account === undefined) accounts.delete(name);
    else accounts.set(name, account);
    if (accounts.size === 0) this.#accounts.delete(namespace);
    this.#changed(namespace, name);
  }

  /** All objects a quota may be about. */
  *#objectsOf(
    account: QuotaAccount,
    namespace: string,
    view: PendingView,
  ): Generator<{ readonly object: KubeObject; readonly kind: KindDefinition }, void, undefined> {
    for (const kind of this.#options.kinds()) {
      if (kind.storedAs !== undefined || account.limits(kind).length === 0) continue;
      const resource = formatResource(kind.plural, kind.group);
      for (const object of view.list(resource, namespace)) yield { object, kind };
    }
  }

  /** Who uses most of a resource, as of the last second. What is confidential is not named. */
  #biggestUsers(account: QuotaAccount, resource: string, namespace: string, view: PendingView): readonly StatusCause[] {
    const atMs = this.#options.clock.monotonicMs();
    const known = this.#users.getOrInsertComputed(account, () => new Map());
    const last = known.get(resource);
    if (last !== undefined && atMs - last.atMs < usersAgeMaxMs) return last.causes;
    const usages: ObjectUsage[] = [];
    let seen = 0;
    for (const { object, kind } of this.#objectsOf(account, namespace, view)) {
      if (++seen > usersObjectsMax) break;
      const amount = account.usageOf(kind, object).get(resource);
      if (amount !== undefined && kind.confidential !== true) usages.push({ object, kind: kind.kind, amount });
    }
    const causes = nameBiggestUsers(resource, usages);
    known.set(resource, { atMs, causes });
    return causes;
  }

  #changed(namespace: string, name: string): void {
    for (const listener of this.#listeners) listener(namespace, name);
  }
}

function hasSameSpec(before: ResourceQuota | undefined, after: ResourceQuota | undefined): boolean {
  return before !== undefined && after !== undefined && jsonEquals(before.spec, after.spec);
}

/** What is new to a quota, or resized, must say how much it uses of what the quota limits. */
function checkComplete(
  account: QuotaAccount,
  definition: KindDefinition,
  object: KubeObject,
  attributes: AdmissionAttributes,
): void {
  const { old, subresource } = attributes;
  if (old !== undefined && subresource !== 'resize' && account.isAbout(definition, old)) return;
  const problem = definition.quota?.problem?.(object, account.limits(definition));
  if (problem !== undefined) throw forbidden(attributes, object, `failed quota: ${account.name}: ${problem}`);
}
