import { ApiError, type StatusCause } from '../../meta/errors.ts';
import { formatResource } from '../../meta/key.ts';
import { controllerOf, type KubeObject } from '../../meta/object.ts';
import { formatQuantity, type Quantity } from '../../meta/quantity.ts';
import type { AdmissionAttributes } from '../../ports/admission.ts';
import type { ResourceAmounts } from '../../schema/quota.ts';
import type { QuotaAccount } from './account.ts';

/** How many users a refusal names. */
const usersMax = 3;

/** `pods "web-1" is forbidden: …`, in the form of Kubernetes `admission.NewForbidden`. */
export function forbidden(
  { definition }: AdmissionAttributes,
  { metadata: { name } }: KubeObject,
  why: string,
  causes: readonly StatusCause[] = [],
): ApiError {
  const { group, plural } = definition;
  return new ApiError('Forbidden', `${formatResource(plural, group)} "${name}" is forbidden: ${why}`, {
    group,
    kind: plural,
    name,
    ...(causes.length === 0 ? {} : { causes }),
  });
}

/** Names of what would be used beyond its limit. */
export function findExceeded(account: QuotaAccount, increase: ResourceAmounts): readonly string[] {
  return [...increase].flatMap(([name, more]) => {
    const limit = account.hard.get(name)?.nanos ?? 0n;
    return account.used(name).nanos + more.nanos > limit ? [name] : [];
  });
}

/** What Kubernetes says of a quota that is used up: `exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2`. */
export function formatExceeded(account: QuotaAccount, increase: ResourceAmounts, exceeded: readonly string[]): string {
  const list = (amountOf: (name: string) => Quantity | undefined) =>
    exceeded
      .toSorted()
      .map((name) => `${name}=${formatAmount(amountOf(name))}`)
      .join(',');
  const requested = list((name) => increase.get(name));
  const used = list((name) => account.used(name));
  const limited = list((name) => account.hard.get(name));
  return `exceeded quota: ${account.name}, requested: ${requested}, used: ${used}, limited: ${limited}`;
}

/** An object and what it uses. */
export interface ObjectUsage {
  readonly object: KubeObject;
  readonly kind: string;
  readonly amount: Quantity;
}

/** Says who uses most of a resource: what controls the objects, or the objects themselves. */
export function nameBiggestUsers(resource: string, usages: Iterable<ObjectUsage>): readonly StatusCause[] {
  const sums = new Map<string, Quantity>();
  for (const { object, kind, amount } of usages) {
    const user = controllerOf(object) ?? { kind, name: object.metadata.name };
    const label = `${user.kind} "${user.name}"`;
    const before = sums.get(label);
    sums.set(label, { nanos: amount.nanos + (before?.nanos ?? 0n), format: amount.format });
  }
  return [...sums]
    .filter(([, { nanos }]) => nanos > 0n)
    .toSorted(([, a], [, b]) => (a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? 1 : -1))
    .slice(0, usersMax)
    .map(([label, amount]) => ({
      reason: 'QuotaUsage',
      message: `${label} uses ${resource}=${formatAmount(amount)}`,
      field: `spec.hard[${resource}]`,
    }));
}

function formatAmount(amount: Quantity | undefined): string {
  return amount === undefined ? '0' : formatQuantity(amount);
}
