import type { FieldError } from '../../meta/errors.ts';
import { isPlainObject } from '../../meta/json.ts';
import { compareQuantities, parseQuantity } from '../../meta/quantity.ts';
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
    const errors: FieldError[] = [];
    if (!types.includes(item.type) && !item.type.includes('/')) {
      const detail = 'must be a standard limit type or fully qualified';
      errors.push({ type: 'Invalid', path: `${path}.type`, value: item.type, detail });
    }
    if (taken.has(item.type)) errors.push({ type: 'Duplicate', path: `${path}.type`, value: item.type, detail: '' });
    taken.add(item.type);
    return [...errors, ...validateItem(item, path)];
  });
}

function validateItem(item: LimitRangeItem, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { type, min = {}, max = {}, default: limit = {}, defaultRequest = {}, maxLimitRequestRatio = {} } = item;
  if (type === 'Pod') {
    for (const name of ['default', 'defaultRequest'] as const) {
      const detail = "may not be specified when `type` is 'Pod'";
      if (Object.keys(item[name] ?? {}).length > 0) errors.push({ type: 'Forbidden', path: `${path}.${name}`, detail });
    }
  }
  if (type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push({ type: 'Required', path: `${path}.limits`, detail });
  }
  const names = new Set(
    [min, max, limit, defaultRequest, maxLimitRequestRatio].flatMap((amounts) => Object.keys(amounts)),
  );
  const order: readonly (readonly [low: Amounts, lowName: string, high: Amounts, highName: string, at: string])[] = [
    [min, 'min', max, 'max', 'min'],
    [min, 'min', defaultRequest, 'default request', 'defaultRequest'],
    [defaultRequest, 'default request', max, 'max', 'defaultRequest'],
    [defaultRequest, 'default request', limit, 'default limit', 'defaultRequest'],
    [min, 'min', limit, 'default', 'default'],
    [limit, 'default', max, 'max', 'default'],
  ];
  for (const name of names) {
    for (const [low, lowName, high, highName, at] of order) {
      const [lowText, highText] = [low[name], high[name]];
      if (lowText === undefined || highText === undefined || !isAbove(lowText, highText)) continue;
      const detail = `${lowName} value ${lowText} is greater than ${highName} value ${highText}`;
      errors.push({ type: 'Invalid', path: `${path}.${at}[${name}]`, value: item[at as 'min']?.[name], detail });
    }
    errors.push(...validateRatio(maxLimitRequestRatio[name], `${path}.maxLimitRequestRatio[${name}]`));
  }
  return errors;
}

function isAbove(low: string, high: string): boolean {
  const [a, b] = [parseQuantity(low), parseQuantity(high)];
  return a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
}

function validateRatio(ratio: string | undefined, path: string): readonly FieldError[] {
  if (ratio === undefined || !isAbove('1', ratio)) return [];
  return [{ type: 'Invalid', path, value: ratio, detail: `ratio ${ratio} is less than 1` }];
}
