import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid } from '../../../kernel/meta/field-rules.ts';
import type { Environment } from '../../../kernel/schema/cel/compile.ts';
import type * as cel from '../../../kernel/schema/cel/types.ts';
import type { DeviceSelector, ResourceClaimSpec } from '../../../kernel/schema/standard/types.ts';

/** An expression and where it stands. */
interface PlacedExpression {
  readonly path: string;
  readonly expression: string;
}

/** Longest expression, characters (resource.k8s.io `CELSelectorExpressionMaxLength`). */
const lengthMax = 10_240;

/** Every expression among selectors at `path` that cannot be used (Kubernetes `validateCELSelector`). */
export function selectorProblems(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
): Promise<readonly FieldError[]> {
  return problemsOf(expressionsOf(selectors, path));
}

/** The same for all requests of a claim. */
export function claimSelectorProblems(
  spec: ResourceClaimSpec | undefined,
  path: string,
): Promise<readonly FieldError[]> {
  const requests = spec?.devices?.requests ?? [];
  const placed = requests.flatMap(({ exactly, firstAvailable = [] }, index) => {
    const at = `${path}.devices.requests[${index}]`;
    return [
      ...expressionsOf(exactly?.selectors, `${at}.exactly`),
      ...firstAvailable.flatMap((one, place) => expressionsOf(one.selectors, `${at}.firstAvailable[${place}]`)),
    ];
  });
  return problemsOf(placed);
}

function expressionsOf(selectors: readonly DeviceSelector[] = [], path: string): readonly PlacedExpression[] {
  return selectors.flatMap(({ cel }, index) => {
    const expression = cel?.expression ?? '';
    return expression === '' ? [] : [{ path: `${path}.selectors[${index}].cel.expression`, expression }];
  });
}

/** The expression language is loaded with the first selector. */
async function problemsOf(placed: readonly PlacedExpression[]): Promise<readonly FieldError[]> {
  if (placed.length === 0) return [];
  const [{ compile }, types] = await Promise.all([
    import('../../../kernel/schema/cel/compile.ts'),
    import('../../../kernel/schema/cel/types.ts'),
  ]);
  const environment = deviceEnvironment(types);
  return placed.flatMap(({ path, expression }): readonly FieldError[] => {
    if (expression.length > lengthMax) {
      return [{ type: 'TooLong', path, detail: `may not be more than ${lengthMax} bytes` }];
    }
    const { program, errors } = compile(expression, environment);
    if (errors !== undefined) return [invalid(path, expression, `compilation failed: ${errors.text}`)];
    const { kind } = program.type;
    if (kind === 'bool' || kind === 'dyn') return [];
    const found = types.formatType(program.type);
    return [invalid(path, expression, `must evaluate to bool or the unknown type, not ${found}`)];
  });
}

/** What selectors may refer to: `device.driver`, `device.attributes["domain"].name`, `device.capacity["domain"].name`. */
function deviceEnvironment({ types, mapType, objectType, opaqueType }: typeof cel): Environment {
  const byName = (value: cel.Type) => mapType(types.string, mapType(types.string, value));
  const fields = {
    driver: types.string,
    attributes: byName(types.dyn),
    capacity: byName(opaqueType('kubernetes.Quantity')),
    allowMultipleAllocations: types.bool,
  };
  const entries = Object.entries(fields).map(([name, type]) => [name, { type, jsonName: name }] as const);
  return { variables: { device: { type: objectType('kubernetes.DRADevice', new Map(entries)) } } };
}
