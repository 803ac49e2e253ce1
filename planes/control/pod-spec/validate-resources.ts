import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked } from '../../../kernel/meta/field-rules.ts';
import { compareQuantities, parseQuantity } from '../../../kernel/meta/quantity.ts';
import { checkContainerResourceName } from '../../../kernel/meta/resource-names.ts';
import type { ResourceRequirements } from '../../../kernel/schema/standard/types.ts';

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** What nodes do not share out beyond what they have: everything but the resources Kubernetes itself counts. */
function isOvercommitable(name: string): boolean {
  return !name.includes('/') && !isHugePages(name);
}

/** Everything wrong with what a container asks for (Kubernetes `validateContainerResourceRequirements`). */
export function validateResources(
  resources: ResourceRequirements | undefined,
  path: string,
  claims: readonly string[],
): readonly FieldError[] {
  if (resources === undefined) return [];
  const { limits = {}, requests = {} } = resources;
  return [
    ...validateAmounts(limits, `${path}.limits`),
    ...validateAmounts(requests, `${path}.requests`),
    ...validateRelation(requests, limits, path),
    ...validateHugePages(requests, limits, path),
    ...validateClaims(resources.claims ?? [], `${path}.claims`, claims),
  ];
}

type Amounts = Readonly<Record<string, string>>;

function validateAmounts(amounts: Amounts, path: string): readonly FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    const errors = [...checked(at, name, checkContainerResourceName)];
    const parsed = parseQuantity(amount);
    const zero = parseQuantity('0');
    if (parsed !== undefined && zero !== undefined && compareQuantities(parsed, zero) < 0) {
      errors.push({ type: 'Invalid', path: at, value: amount, detail: 'must be greater than or equal to 0' });
    }
    if (!isOvercommitable(name) && /\.\d|m$/.test(amount)) {
      errors.push({ type: 'Invalid', path: at, value: amount, detail: 'must be an integer' });
    }
    return errors;
  });
}

function validateRelation(requests: Amounts, limits: Amounts, path: string): readonly FieldError[] {
  return Object.entries(requests).flatMap(([name, request]): readonly FieldError[] => {
    const given = limits[name];
    if (given === undefined) {
      if (isOvercommitable(name)) return [];
      return [
        { type: 'Required', path: `${path}.limits`, detail: 'Limit must be set for non overcommitable resources' },
      ];
    }
    const [asked, limit] = [parseQuantity(request), parseQuantity(given)];
    if (asked === undefined || limit === undefined) return [];
    const order = compareQuantities(asked, limit);
    const at = `${path}.requests`;
    if (!isOvercommitable(name) && order !== 0) {
      return [{ type: 'Invalid', path: at, value: request, detail: `must be equal to ${name} limit of ${given}` }];
    }
    if (order <= 0) return [];
    const detail = `must be less than or equal to ${name} limit of ${given}`;
    return [{ type: 'Invalid', path: at, value: request, detail }];
  });
}

function validateHugePages(requests: Amounts, limits: Amounts, path: string): readonly FieldError[] {
  const names = [...Object.keys(requests), ...Object.keys(limits)];
  if (!names.some(isHugePages) || names.some((name) => name === 'cpu' || name === 'memory')) return [];
  return [{ type: 'Forbidden', path, detail: 'HugePages require cpu or memory' }];
}

function validateClaims(
  wanted: readonly { readonly name?: string }[],
  path: string,
  claims: readonly string[],
): readonly FieldError[] {
  const known = claims.length === 0 ? 'which is empty' : `[${claims.map((claim) => JSON.stringify(claim)).join(' ')}]`;
  return wanted.flatMap(({ name = '' }, index): readonly FieldError[] => {
    if (claims.includes(name)) return [];
    const detail = `must be one of the names in pod.spec.resourceClaims ${known}`;
    return [{ type: 'NotFound', path: `${path}[${index}]`, value: name, detail }];
  });
}
