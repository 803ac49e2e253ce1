import type { FieldError } from '../../meta/errors.ts';
import { checked, invalid, present } from '../../meta/field-rules.ts';
import { isPlainObject } from '../../meta/json.ts';
import { checkQualifiedName } from '../../meta/names.ts';
import { compareQuantities, parseQuantity } from '../../meta/quantity.ts';
import { checkContainerResourceName, checkResourceName } from '../../meta/resource-names.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { LimitRange, LimitRangeItem } from '../../schema/standard/types.ts';

/** Defaults and rules of LimitRanges (Kubernetes `SetDefaults_LimitRangeItem`, `ValidateLimitRange`). */
export const admitLimitRange: KindAdmission<LimitRange> = { mutate: defaultRange, validate: validateRange };

type Amounts = Readonly<Record<string, string>>;

/** A container that says nothing gets the upper bound as its limit, and as its request what is nearest. */
function defaultRange(draft: Record<string, unknown>): void {
  const { spec } = draft;
  const limits = isPlainObject(spec) ? spec['limits'] : undefined;
  for (const item of Array.isArray(limits) ? limits : []) {
    if (!isPlainObject(item) || item['type'] !== 'Container') continue;
    fill(item, 'default', [item['max']]);
    fill(item, 'defaultRequest', [item['default'], item['min']]);
  }
}

function fill(item: Record<string, unknown>, name: string, sources: readonly unknown[]): void {
  const given = isPlainObject(item[name]) ? item[name] : {};
  const amounts = sources.toReversed().filter(isPlainObject);
  const filled = Object.assign({}, ...amounts, given) as Record<string, unknown>;
  if (Object.keys(filled).length > 0) item[name] = filled;
}

const types = ['Container', 'PersistentVolumeClaim', 'Pod'];

function validateRange({ spec }: LimitRange): readonly FieldError[] {
  const taken = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? '';
    const errors = [...checked(`${path}.type`, type, checkType)];
    if (taken.has(type)) errors.push({ type: 'Duplicate', path: `${path}.type`, value: type, detail: '' });
    taken.add(type);
    return [...errors, ...validateNames(item, path), ...validateItem(item, path)];
  });
}

function checkType(type: string): readonly string[] {
  const problems = checkQualifiedName(type);
  if (problems.length > 0 || type.includes('/') || types.includes(type)) return problems;
  return ['must be a standard limit type or fully qualified'];
}

/** Names of what is bounded, and which bounds a type has. */
function validateNames(item: LimitRangeItem, path: string): readonly FieldError[] {
  const { type, min = {}, max = {} } = item;
  const check = type === 'Pod' || type === 'Container' ? checkContainerResourceName : checkResourceName;
  const names = (field: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio') =>
    Object.keys(item[field] ?? {}).flatMap((name) => checked(`${path}.${field}[${name}]`, name, check));
  const defaults = (['default', 'defaultRequest'] as const).flatMap((field): readonly FieldError[] => {
    if (type !== 'Pod') return names(field);
    if (Object.keys(item[field] ?? {}).length === 0) return [];
    return [{ type: 'Forbidden', path: `${path}.${field}`, detail: "may not be specified when `type` is 'Pod'" }];
  });
  const isUnbounded = type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined;
  const detail = 'either minimum or maximum storage value is required, but neither was provided';
  return [
    ...names('max'),
    ...names('min'),
    ...defaults,
    ...(isUnbounded ? present(`${path}.limits`, undefined, detail) : []),
    ...names('maxLimitRequestRatio'),
  ];
}

interface Order {
  readonly low: readonly [amounts: Amounts, name: string];
  readonly high: readonly [amounts: Amounts, name: string];
  /** The bound that is named, and the amount that is quoted. */
  readonly field: string;
  readonly quoted: Amounts;
}

function validateItem(item: LimitRangeItem, path: string): readonly FieldError[] {
  const { type, min = {}, max = {}, maxLimitRequestRatio = {} } = item;
  const [limit, asked] = type === 'Pod' ? [{}, {}] : [item.default ?? {}, item.defaultRequest ?? {}];
  const names = new Set([max, min, limit, asked, maxLimitRequestRatio].flatMap((amounts) => Object.keys(amounts)));
  // Of defaults, upstream quotes what they are compared with.
  const orders: readonly Order[] = [
    { low: [min, 'min'], high: [max, 'max'], field: 'min', quoted: min },
    { low: [min, 'min'], high: [asked, 'default request'], field: 'defaultRequest', quoted: asked },
    { low: [asked, 'default request'], high: [max, 'max'], field: 'defaultRequest', quoted: asked },
    { low: [asked, 'default request'], high: [limit, 'default limit'], field: 'defaultRequest', quoted: asked },
    { low: [min, 'min'], high: [limit, 'default'], field: 'default', quoted: min },
    { low: [limit, 'default'], high: [max, 'max'], field: 'default', quoted: max },
  ];
  return [...names].flatMap((name) => [
    ...orders.flatMap((order) => validateOrder(order, name, path)),
    ...validateRatio(maxLimitRequestRatio[name], `${path}.maxLimitRequestRatio[${name}]`),
  ]);
}

function validateOrder({ low, high, field, quoted }: Order, name: string, path: string): readonly FieldError[] {
  const [[lows, lowName], [highs, highName]] = [low, high];
  const [least, most] = [lows[name], highs[name]];
  if (least === undefined || most === undefined || !isAbove(least, most)) return [];
  const detail = `${lowName} value ${least} is greater than ${highName} value ${most}`;
  return [invalid(`${path}.${field}[${name}]`, quoted[name], detail)];
}

function isAbove(low: string, high: string): boolean {
  const [a, b] = [parseQuantity(low), parseQuantity(high)];
  return a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
}

function validateRatio(ratio: string | undefined, path: string): readonly FieldError[] {
  if (ratio === undefined || !isAbove('1', ratio)) return [];
  return [invalid(path, ratio, `ratio ${ratio} is less than 1`)];
}
