import type { BindExpr, CallExpr, Expr, FoldKind, Issue } from './ast.ts';

/**
 * Macros look like calls and are decided by name, shape and number of arguments when an expression is read (cel-go
 * `parser/macro.go`, `ext/bindings.go`, `ext/comprehensions.go`, `ext/lists.go`). A call that does not fit stays a call.
 */

/** What the call is if it is one of a macro; an issue if its arguments are wrong; `undefined` if it is a plain call. */
export function expandMacro(call: CallExpr): Expr | Issue | undefined {
  const { name, target, args } = call;
  if (target === undefined) return name === 'has' && args.length === 1 ? expandHas(call, args[0]) : undefined;
  if (name === 'bind' && target.kind === 'ident' && target.name === 'cel' && args.length === 3) {
    return expandBind(call, 'value', { variable: args[0], value: args[1], body: args[2] });
  }
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    return expandBind(call, name, { variable: args[0], value: target, body: args[1] });
  }
  return name === 'sortBy' && args.length === 2 ? expandSortBy(call, target) : expandFold(call, target);
}

/** The list, bound to a name nobody can write, in the order of what becomes of its items (cel-go `ext/lists.go`). */
function expandSortBy({ args, at }: CallExpr, target: Expr): Expr | Issue | undefined {
  if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
    const message = 'sortBy can only be applied to a list, identifier, comprehension, call or select expression';
    return { at: target.at, message };
  }
  const list: Expr = { kind: 'ident', name: '@__sortBy_input__', at };
  const keys = expandFold({ kind: 'call', name: 'map', target: list, args, at }, list);
  if (keys === undefined || !('kind' in keys)) return keys;
  const body: Expr = { kind: 'call', name: '@sortByAssociatedKeys', target: list, args: [keys], at };
  return { kind: 'bind', bind: 'value', name: list.name, value: target, body, at };
}

function expandHas({ at }: CallExpr, operand: Expr | undefined): Expr | Issue {
  if (operand?.kind === 'select' && !operand.isTest) return { ...operand, isTest: true, at };
  return { at: operand?.at ?? at, message: 'invalid argument to has() macro' };
}

interface BindParts {
  readonly variable: Expr | undefined;
  readonly value: Expr | undefined;
  readonly body: Expr | undefined;
}

function expandBind(
  { at }: CallExpr,
  bind: BindExpr['bind'],
  { variable, value, body }: BindParts,
): Expr | Issue | undefined {
  if (variable === undefined || value === undefined || body === undefined) return undefined;
  const wrong =
    bind === 'value'
      ? 'cel.bind() variable names must be simple identifiers'
      : `${bind}() variable name must be a simple identifier`;
  if (variable.kind !== 'ident' || variable.name.startsWith('.')) return { at: variable.at, message: wrong };
  return { kind: 'bind', bind, name: variable.name, value, body, at };
}

/** Folds by name and number of arguments: which they are, how many variables they have, where the rest goes. */
const folds: Readonly<
  Record<string, readonly [fold: FoldKind, variables: 1 | 2, ...parts: ('predicate' | 'transform')[]]>
> = {
  'all/2': ['all', 1, 'predicate'],
  'all/3': ['all', 2, 'predicate'],
  'exists/2': ['exists', 1, 'predicate'],
  'exists/3': ['exists', 2, 'predicate'],
  'exists_one/2': ['existsOne', 1, 'predicate'],
  'existsOne/2': ['existsOne', 1, 'predicate'],
  'existsOne/3': ['existsOne', 2, 'predicate'],
  'map/2': ['map', 1, 'transform'],
  'map/3': ['map', 1, 'predicate', 'transform'],
  'filter/2': ['filter', 1, 'predicate'],
  'transformList/3': ['transformList', 2, 'transform'],
  'transformList/4': ['transformList', 2, 'predicate', 'transform'],
  'transformMap/3': ['transformMap', 2, 'transform'],
  'transformMap/4': ['transformMap', 2, 'predicate', 'transform'],
  'transformMapEntry/3': ['transformMapEntry', 2, 'transform'],
  'transformMapEntry/4': ['transformMapEntry', 2, 'predicate', 'transform'],
};

function expandFold({ name, args, at }: CallExpr, range: Expr): Expr | Issue | undefined {
  const key = `${name}/${args.length}`;
  const found = Object.hasOwn(folds, key) ? folds[key] : undefined;
  if (found === undefined) return undefined;
  const [fold, variableCount, ...parts] = found;
  const names: string[] = [];
  for (const variable of args.slice(0, variableCount)) {
    if (variable.kind !== 'ident' || variable.name.startsWith('.')) {
      const message =
        name === 'map' || name === 'filter' ? 'argument is not an identifier' : 'argument must be a simple name';
      return { at: variable.at, message };
    }
    if (variable.name === '__result__') {
      return { at: variable.at, message: 'iteration variable overwrites accumulator variable' };
    }
    if (names.includes(variable.name)) {
      return { at: variable.at, message: `duplicate variable name: ${variable.name}` };
    }
    names.push(variable.name);
  }
  const [first = '', second] = names;
  const rest = Object.fromEntries(parts.map((part, index) => [part, args[variableCount + index]]));
  return { kind: 'fold', fold, range, first, ...(second === undefined ? {} : { second }), ...rest, at };
}
