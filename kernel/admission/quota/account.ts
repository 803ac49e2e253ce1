import { formatResource } from '../../meta/key.ts';
import type { KubeObject } from '../../meta/object.ts';
import { formatQuantity, parseQuantity, type Quantity, quantityOf, zeroQuantity } from '../../meta/quantity.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ResourceAmounts } from '../../schema/quota.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../schema/standard/types.ts';

const countPrefix = 'count/';
const one = quantityOf(1);
const nothing: ResourceAmounts = new Map();

/** The amounts of a field such as `spec.hard`; what cannot be read is left out. */
function amountsOf(texts: Readonly<Record<string, string>> = {}): ResourceAmounts {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(texts)) amounts.set(name, parseQuantity(text) ?? zeroQuantity);
  return amounts;
}

/** Scopes in both forms a quota has them; an object must be in all of them. */
function scopesOf({ spec }: ResourceQuota): readonly ScopedResourceSelectorRequirement[] {
  const named = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' as const }));
  return [...named, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/**
 * What one quota limits and how much of it is used. Amounts are exact however large their sum gets, so that what was added
 * can be taken away again.
 */
export class QuotaAccount {
  readonly name: string;
  readonly hard: ResourceAmounts;
  readonly #scopes: readonly ScopedResourceSelectorRequirement[];
  readonly #used = new Map<string, Quantity>();
  /** Kind of objects → what of `hard` they may use. */
  readonly #limited = new WeakMap<KindDefinition, readonly string[]>();

  /** @param previous the account of the quota before it changed: what both count alike is taken over. */
  constructor(quota: ResourceQuota, previous?: QuotaAccount) {
    this.name = quota.metadata.name;
    this.hard = amountsOf(quota.spec?.hard);
    this.#scopes = scopesOf(quota);
    if (previous === undefined || !this.countsLike(previous)) return;
    for (const [name, amount] of previous.#used) this.#used.set(name, amount);
  }

  /** True if the other account has the same resources and scopes, whatever the limits. */
  countsLike(other: QuotaAccount): boolean {
    if (JSON.stringify(other.#scopes) !== JSON.stringify(this.#scopes)) return false;
    return other.hard.size === this.hard.size && this.hard.keys().every((name) => other.hard.has(name));
  }

  /** What of `hard` objects of a kind may use; empty for kinds the quota is not about. */
  limits(definition: KindDefinition): readonly string[] {
    return this.#limited.getOrInsertComputed(definition, ({ quota, scope }) => {
      if (scope !== 'Namespaced' || (this.#scopes.length > 0 && quota?.isInScope === undefined)) return [];
      const counted = countName(definition);
      return [...this.hard.keys()].filter((name) => name === counted || quota?.uses(name) === true);
    });
  }

  /** True if the quota is about that object. */
  isAbout(definition: KindDefinition, object: KubeObject): boolean {
    if (this.limits(definition).length === 0) return false;
    return this.#scopes.every((scope) => definition.quota?.isInScope?.(object, scope) === true);
  }

  /** What an object uses of what is limited; nothing when it is absent or not one the quota is about. */
  usageOf(definition: KindDefinition, object: KubeObject | undefined): ResourceAmounts {
    if (object === undefined || !this.isAbout(definition, object)) return nothing;
    const all = definition.quota?.usage(object) ?? nothing;
    const usage = new Map<string, Quantity>();
    for (const name of this.limits(definition)) {
      // Kinds say nothing of their count.
      const amount = name.startsWith(countPrefix) ? one : all.get(name);
      if (amount !== undefined) usage.set(name, amount);
    }
    return usage;
  }

  /** Adds amounts. @param sign -1 takes them away. */
  add(amounts: ResourceAmounts, sign: 1 | -1 = 1): void {
    for (const [name, { nanos, format }] of amounts) {
      const before = this.used(name);
      const sum = before.nanos + BigInt(sign) * nanos;
      this.#used.set(name, { nanos: sum, format: before.nanos === 0n ? format : before.format });
    }
  }

  /** How much of a resource is used. */
  used(name: string): Quantity {
    return this.#used.get(name) ?? zeroQuantity;
  }

  /** All that is used, as text, of resources that one of these kinds may use (`status.used`). */
  usedTexts(kinds: readonly KindDefinition[]): Readonly<Record<string, string>> {
    const known = new Set(kinds.flatMap((kind) => this.limits(kind)));
    const names = [...this.hard.keys()].filter((name) => known.has(name));
    return Object.fromEntries(names.map((name) => [name, formatQuantity(this.used(name))]));
  }
}

/** `count/deployments.apps`. */
function countName({ plural, group }: KindDefinition): string {
  return `${countPrefix}${formatResource(plural, group)}`;
}

/** What there is more of in `after` than in `before`; names without more are left out. */
export function increaseOf(before: ResourceAmounts, after: ResourceAmounts): ResourceAmounts {
  const increase = new Map<string, Quantity>();
  for (const [name, { nanos, format }] of after) {
    const more = nanos - (before.get(name)?.nanos ?? 0n);
    if (more > 0n) increase.set(name, { nanos: more, format });
  }
  return increase;
}
