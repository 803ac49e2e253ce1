import type { FieldError } from '../../meta/errors.ts';
import { checked, invalid, unchanged } from '../../meta/field-rules.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '../../meta/quantity.ts';
import { checkQuotaResourceName, countedResources, isStandardQuotaResource } from '../../meta/resource-names.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type { ResourceQuota, ResourceQuotaSpec } from '../../schema/standard/types.ts';

/** Rules of ResourceQuotas (Kubernetes `ValidateResourceQuota`, `ValidateResourceQuotaUpdate`). */
export const admitResourceQuota: KindAdmission<ResourceQuota> = { validate: validateQuota };

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];

function validateQuota(
  { spec, status }: ResourceQuota,
  old: ResourceQuota | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') {
    return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
  }
  return [
    ...validateAmounts(spec?.hard, 'spec.hard'),
    ...validateScopes(spec ?? {}),
    ...validateScopeSelector(spec ?? {}),
    ...(old === undefined ? [] : unchanged('spec.scopes', spec?.scopes, old.spec?.scopes)),
  ];
}

function validateAmounts(amounts: Readonly<Record<string, string>> = {}, path: string): readonly FieldError[] {
  return Object.entries(amounts).flatMap(([name, value]) => [
    ...checked(`${path}[${name}]`, name, checkQuotaResourceName),
    ...validateAmount(name, value, `${path}[${name}]`),
  ]);
}

function validateAmount(name: string, value: string, path: string): readonly FieldError[] {
  const amount = parseQuantity(value) ?? zeroQuantity;
  if (compareQuantities(amount, zeroQuantity) < 0) {
    return [invalid(path, value, 'must be greater than or equal to 0')];
  }
  const isWhole = amount.nanos % 1_000_000_000n === 0n;
  return isWhole || !countedResources.has(name) ? [] : [invalid(path, value, 'must be an integer')];
}

const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

function areOpposite(given: readonly string[]): boolean {
  return opposites.some((pair) => pair.every((scope) => given.includes(scope)));
}

/** Upstream quotes all scopes for any that is wrong. */
function validateScopes({ scopes: given = [], hard = {} }: ResourceQuotaSpec): readonly FieldError[] {
  const refuse = (detail: string) => invalid('spec.scopes', given, detail);
  return [
    ...given.flatMap((scope) => [
      ...(scopes.includes(scope) ? [] : [refuse('unsupported scope')]),
      ...Object.keys(hard)
        .filter((name) => isStandardQuotaResource(name) && !isScoped(scope, name))
        .map(() => refuse('unsupported scope applied to resource')),
    ]),
    ...(areOpposite(given) ? [refuse('conflicting scopes')] : []),
  ];
}

const ofPods = ['pods', ...['', 'limits.', 'requests.'].flatMap((prefix) => [`${prefix}cpu`, `${prefix}memory`])];
const ofClaims = ['persistentvolumeclaims', 'requests.storage'];

/** True if what is bounded can be told apart by the scope (Kubernetes `IsResourceQuotaScopeValidForResource`). */
function isScoped(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods';
  if (scope === 'VolumeAttributesClass') return ofClaims.includes(name);
  return !scopes.includes(scope) || ofPods.includes(name);
}

const withoutValues = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];

/** Upstream names the list and not which of its entries is wrong. */
function validateScopeSelector({ scopeSelector, scopes: given, hard = {} }: ResourceQuotaSpec): readonly FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = scopeSelector?.matchExpressions ?? [];
  const errors = expressions.flatMap(({ scopeName, operator, values = [] }) => [
    ...(scopes.includes(scopeName) ? [] : [invalid(`${path}.scopeName`, scopeName ?? '', 'unsupported scope')]),
    ...Object.keys(hard)
      .filter((name) => isStandardQuotaResource(name) && !isScoped(scopeName, name))
      .map(() => invalid(path, scopeSelector, 'unsupported scope applied to resource')),
    ...(withoutValues.includes(scopeName) && operator !== 'Exists'
      ? [invalid(`${path}.operator`, operator ?? '', existsRule)]
      : []),
    ...validateValues(operator, values, path),
  ]);
  if (!areOpposite(expressions.map(({ scopeName }) => scopeName))) return errors;
  return [...errors, invalid(path, given, 'conflicting scopes')];
}

const existsRule =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateValues(operator: string | undefined, values: readonly string[], path: string): readonly FieldError[] {
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    return values.length > 0 ? [] : [{ type: 'Required', path: `${path}.values`, detail }];
  }
  if (operator !== 'Exists' && operator !== 'DoesNotExist') {
    return [invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator')];
  }
  if (values.length === 0) return [];
  const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
  return [invalid(`${path}.values`, values, detail)];
}
