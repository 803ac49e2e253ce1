import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
  zeroQuantity,
} from '../../meta/quantity.ts';
import type { Container, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../schema/standard/types.ts';

type Amounts = Readonly<Record<string, string>>;

/** What is asked for: by a container, a claim, or a pod as a whole. */
interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Everything in which a pod or its containers break the items of a LimitRange. */
export function podProblems({ spec }: Pod, items: readonly LimitRangeItem[]): readonly string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return items.flatMap((item) => {
    if (item.type === 'Container') return containers.flatMap((container) => problems(item, askedBy(container)));
    return item.type === 'Pod' && spec !== undefined ? problems(item, askedByPod(spec)) : [];
  });
}

/** Everything in which a claim breaks the items of a LimitRange; claims have no limits. */
export function claimProblems({ spec }: PersistentVolumeClaim, items: readonly LimitRangeItem[]): readonly string[] {
  const requests = spec?.resources?.requests ?? {};
  return items.flatMap((item) => {
    if (item.type !== 'PersistentVolumeClaim') return [];
    const { min = {}, max = {} } = item;
    return [
      ...each(min, (name, bound) => tooLittle(subject('minimum', name, item, bound), bound, [requests[name]])),
      ...each(max, (name, bound) => {
        const what = subject('maximum', name, item, bound);
        const request = requests[name];
        if (request === undefined) return `${what}.  No request is specified`;
        return compare(request, bound) > 0 ? `${what}, but request is ${shown(request)}` : undefined;
      }),
    ];
  });
}

function problems(item: LimitRangeItem, { requests, limits }: Asked): readonly string[] {
  const { min = {}, max = {}, maxLimitRequestRatio = {} } = item;
  return [
    ...each(min, (name, bound) =>
      tooLittle(subject('minimum', name, item, bound), bound, [requests[name], limits[name]]),
    ),
    ...each(max, (name, bound) => {
      const what = subject('maximum', name, item, bound);
      return tooMuch(what, bound, [requests[name], limits[name]]);
    }),
    ...each(maxLimitRequestRatio, (name, bound) => {
      const what = `${name} max limit to request ratio per ${item.type} is ${shown(bound)}`;
      return tooFarApart(what, bound, [requests[name], limits[name]]);
    }),
  ];
}

function each(bounds: Amounts, check: (name: string, bound: string) => string | undefined): readonly string[] {
  return Object.entries(bounds).flatMap(([name, bound]) => check(name, bound) ?? []);
}

function subject(which: string, name: string, { type }: LimitRangeItem, bound: string): string {
  return `${which} ${name} usage per ${type} is ${shown(bound)}`;
}

type RequestAndLimit = readonly [request?: string | undefined, limit?: string | undefined];

function tooLittle(what: string, bound: string, [request, limit]: RequestAndLimit): string | undefined {
  if (request === undefined) return `${what}.  No request is specified`;
  if (compare(request, bound) < 0) return `${what}, but request is ${shown(request)}`;
  return limit !== undefined && compare(limit, bound) < 0 ? `${what}, but limit is ${shown(limit)}` : undefined;
}

function tooMuch(what: string, bound: string, [request, limit]: RequestAndLimit): string | undefined {
  if (limit === undefined) return `${what}.  No limit is specified`;
  if (compare(limit, bound) > 0) return `${what}, but limit is ${shown(limit)}`;
  return request !== undefined && compare(request, bound) > 0 ? `${what}, but request is ${shown(request)}` : undefined;
}

function tooFarApart(what: string, bound: string, [request = '0', limit = '0']: RequestAndLimit): string | undefined {
  if (amount(request).nanos === 0n) return `${what}, but no request is specified or request is 0`;
  if (amount(limit).nanos === 0n) return `${what}, but no limit is specified or limit is 0`;
  const ratio = quantityToNumber(amount(limit)) / quantityToNumber(amount(request));
  return ratio > quantityToNumber(amount(bound)) ? `${what}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function askedBy({ resources }: Container): Asked {
  return { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} };
}

/**
 * What a pod takes at once: all containers and those init containers that go on running together, or a single init container
 * with those that started before it (Kubernetes `component-helpers/resource`).
 */
function askedByPod({ containers, initContainers = [] }: NonNullable<Pod['spec']>): Asked {
  const total = (kind: keyof Asked): Amounts => {
    let running: Amounts = {};
    let peak: Amounts = {};
    for (const container of initContainers) {
      const asked = askedBy(container)[kind];
      const isSidecar = container.restartPolicy === 'Always';
      if (isSidecar) running = sum(running, asked);
      peak = larger(peak, isSidecar ? running : sum(running, asked));
    }
    const together = containers.reduce((before, container) => sum(before, askedBy(container)[kind]), running);
    return larger(peak, together);
  };
  return { requests: total('requests'), limits: total('limits') };
}

function sum(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => addQuantities(x, y));
}

function larger(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => (compareQuantities(x, y) < 0 ? y : x));
}

function combine(a: Amounts, b: Amounts, join: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [x, y] = [a[name], b[name]];
      if (x === undefined || y === undefined) return [name, x ?? y ?? '0'];
      return [name, formatQuantity(join(amount(x), amount(y)))];
    }),
  );
}

function compare(a: string, b: string): number {
  return compareQuantities(amount(a), amount(b));
}

/** Amounts went through the schema, which takes no others. */
function amount(text: string): Quantity {
  return parseQuantity(text) ?? zeroQuantity;
}

function shown(text: string): string {
  return canonicalQuantity(text) ?? text;
}
