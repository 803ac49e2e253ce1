import type { FieldError } from '../../meta/errors.ts';
import { notSupported, unchanged } from '../../meta/field-rules.ts';
import { checkQualifiedName } from '../../meta/names.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '../../meta/quantity.ts';
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

/** Things that are counted: whole numbers only (Kubernetes `standardQuotaResources`, `integerResources`). */
const counted: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);

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
    ...(old === undefined ? [] : unchanged('spec.scopes', spec?.scopes, old.spec?.scopes)),
  ];
}

function validateAmounts(amounts: Readonly<Record<string, string>> = {}, path: string): readonly FieldError[] {
  return Object.entries(amounts).flatMap(([name, value]) => [
    ...checkResource(name).map(
      (detail): FieldError => ({ type: 'Invalid', path: `${path}[${name}]`, value: name, detail }),
    ),
    ...validateAmount(name, value, `${path}[${name}]`),
  ]);
}

/** Names without a domain are those of Kubernetes. */
function checkResource(name: string): readonly string[] {
  const problems = checkQualifiedName(name);
  if (problems.length > 0 || name.includes('/') || isStandard(name)) return problems;
  return ['must be a standard resource for quota'];
}

function isStandard(name: string): boolean {
  if (counted.has(name)) return true;
  return /^((requests|limits)\.)?(cpu|memory|ephemeral-storage|storage)$|^(requests\.)?hugepages-/.test(name);
}

function validateAmount(name: string, value: string, path: string): readonly FieldError[] {
  const amount = parseQuantity(value) ?? zeroQuantity;
  if (compareQuantities(amount, zeroQuantity) < 0) {
    return [{ type: 'Invalid', path, value, detail: 'must be greater than or equal to 0' }];
  }
  const isWhole = amount.nanos % 1_000_000_000n === 0n;
  return isWhole || !counted.has(name) ? [] : [{ type: 'Invalid', path, value, detail: 'must be an integer' }];
}

function validateScopes({ scopes: given = [], scopeSelector }: ResourceQuotaSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const unknown = given.filter((scope) => !scopes.includes(scope));
  errors.push(...unknown.map((scope) => notSupported('spec.scopes', scope, scopes)));
  const opposites = [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ] as const;
  if (opposites.some((pair) => pair.every((scope) => given.includes(scope)))) {
    const detail = 'conflicting scopes';
    errors.push({ type: 'Invalid', path: 'spec.scopes', value: given, detail });
  }
  (scopeSelector?.matchExpressions ?? []).forEach(({ scopeName, operator, values = [] }, index) => {
    const path = `spec.scopeSelector.matchExpressions[${index}]`;
    if (!scopes.includes(scopeName)) errors.push(notSupported(`${path}.scopeName`, scopeName, scopes));
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues && values.length === 0) {
      const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      errors.push({ type: 'Required', path: `${path}.values`, detail });
    }
    if (!needsValues && values.length > 0) {
      const detail = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector";
      errors.push({ type: 'Invalid', path: `${path}.values`, value: values, detail });
    }
  });
  return errors;
}
