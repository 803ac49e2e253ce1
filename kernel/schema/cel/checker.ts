import type { CallExpr, Expr, FoldExpr, Issue, SelectExpr, StructField } from './ast.ts';
import type { FunctionTable, Overload } from './function.ts';
import {
  areAssignable,
  Bindings,
  formatType,
  isAssignable,
  listType,
  mapType,
  mostGeneral,
  opaqueType,
  optionalType,
  optionalValue,
  substitute,
  type Type,
  types,
  typeType,
} from './types.ts';
import { Double, Uint } from './values.ts';

/** What expressions may refer to. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Type>;
  readonly functions: FunctionTable;
  /** Types of messages that can be made, by name. Default: none. */
  readonly messages?: (name: string) => Type | undefined;
}

/** An expression whose types are known. */
export interface Checked {
  readonly expr: Expr;
  readonly type: Type;
  readonly types: ReadonlyMap<Expr, Type>;
  /** The overloads a call may be; more than one if arguments are dyn. */
  readonly overloads: ReadonlyMap<Expr, readonly Overload[]>;
  /** Selections that are the dotted name of a variable, function or type, by that name. */
  readonly names: ReadonlyMap<Expr, string>;
}

/** Finds the type of every part of an expression, as cel-go's checker does; reports everything that has none. */
export function check(expr: Expr, scope: Scope): Checked | { readonly issues: readonly Issue[] } {
  const checker: Checker = {
    scope,
    issues: [],
    bindings: new Bindings(),
    paramCount: 0,
    locals: [],
    types: new Map(),
    overloads: new Map(),
    names: new Map(),
  };
  const found = infer(checker, expr);
  if (checker.issues.length > 0) return { issues: checker.issues.toSorted((a, b) => a.at - b.at) };
  for (const [part, type] of checker.types) checker.types.set(part, substitute(checker.bindings, type, true));
  const { types: partTypes, overloads, names } = checker;
  return { expr, type: substitute(checker.bindings, found, true), types: partTypes, overloads, names };
}

interface Checker {
  readonly scope: Scope;
  readonly issues: Issue[];
  readonly bindings: Bindings;
  paramCount: number;
  readonly locals: { readonly name: string; readonly type: Type }[];
  readonly types: Map<Expr, Type>;
  readonly overloads: Map<Expr, readonly Overload[]>;
  readonly names: Map<Expr, string>;
}

function infer(checker: Checker, expr: Expr): Type {
  const type = inferPart(checker, expr);
  checker.types.set(expr, type);
  return type;
}

function inferPart(checker: Checker, expr: Expr): Type {
  switch (expr.kind) {
    case 'literal':
      return literalType(expr.value);
    case 'ident':
      return inferName(checker, expr, expr.name) ?? undeclared(checker, expr, expr.name);
    case 'select':
      return inferSelect(checker, expr);
    case 'call':
      return inferCall(checker, expr);
    case 'list':
      return inferList(checker, expr);
    case 'map':
      return inferMap(checker, expr);
    case 'struct':
      return inferStruct(checker, expr);
    case 'fold':
      return inferFold(checker, expr);
    case 'bind':
      return inferBind(checker, expr);
  }
}

function literalType(value: unknown): Type {
  if (value === null) return types.null;
  if (value instanceof Double) return types.double;
  if (value instanceof Uint) return types.uint;
  if (value instanceof Uint8Array) return types.bytes;
  if (typeof value === 'boolean') return types.bool;
  return typeof value === 'string' ? types.string : types.int;
}

function report(checker: Checker, at: number, message: string): Type {
  checker.issues.push({ at, message });
  return types.error;
}

function undeclared(checker: Checker, { at }: Expr, name: string): Type {
  return report(checker, at, `undeclared reference to '${name.replace(/^\./, '')}' (in container '')`);
}

/** Names that are types. */
const typeNames: ReadonlyMap<string, Type> = new Map([
  ...(['bool', 'int', 'uint', 'double', 'string', 'bytes'] as const).map((name) => [name, types[name]] as const),
  ['null_type', types.null],
  ['list', listType(types.dyn)],
  ['map', mapType(types.dyn, types.dyn)],
  ['type', typeType(types.dyn)],
  ['optional_type', optionalType(types.dyn)],
  ...['net.IP', 'net.CIDR', 'kubernetes.URL', 'kubernetes.Quantity', 'kubernetes.Semver', 'kubernetes.NamedFormat'].map(
    (name) => [name, opaqueType(name)] as const,
  ),
  ['google.protobuf.Timestamp', types.timestamp],
  ['google.protobuf.Duration', types.duration],
]);

/** The type of a variable or of a name of a type; notes dotted names. */
function inferName(checker: Checker, expr: Expr, name: string): Type | undefined {
  const local = checker.locals.findLast((one) => one.name === name);
  if (local !== undefined) return local.type;
  const plain = name.replace(/^\./, '');
  const variable = checker.scope.variables.get(plain);
  const type = variable ?? typeOfName(checker, plain);
  if (type !== undefined) checker.names.set(expr, plain);
  return type;
}

function typeOfName({ scope }: Checker, name: string): Type | undefined {
  const named = typeNames.get(name) ?? scope.messages?.(name);
  return named === undefined ? undefined : typeType(named);
}

/** `a.b.c` as one name, if it is nothing but names and no part of it is a local variable. */
function qualifiedName(checker: Checker, expr: Expr): string | undefined {
  if (expr.kind === 'ident') return checker.locals.some(({ name }) => name === expr.name) ? undefined : expr.name;
  if (expr.kind !== 'select' || expr.isTest) return undefined;
  const outer = qualifiedName(checker, expr.operand);
  return outer === undefined ? undefined : `${outer}.${expr.field}`;
}

function inferSelect(checker: Checker, expr: SelectExpr): Type {
  const name = expr.isTest ? undefined : qualifiedName(checker, expr);
  const named = name === undefined ? undefined : inferName(checker, expr, name);
  if (named !== undefined) return named;
  const operand = substitute(checker.bindings, infer(checker, expr.operand));
  const inner = optionalValue(operand);
  const type = fieldOf(checker, expr, inner ?? operand);
  if (expr.isTest) return types.bool;
  return inner === undefined ? type : optionalType(type);
}

function fieldOf(
  checker: Checker,
  { field, at }: { readonly field: string; readonly at: number },
  operand: Type,
): Type {
  switch (operand.kind) {
    case 'dyn':
    case 'error':
      return types.dyn;
    case 'map':
      return operand.args[1] ?? types.dyn;
    case 'object':
      if (operand.isMessage === true && operand.fields === undefined) return types.dyn;
      return operand.fields?.get(field)?.type ?? report(checker, at, `undefined field '${field}'`);
    case 'param':
      isAssignable(checker.bindings, operand, types.dyn);
      return types.dyn;
    default:
      return report(checker, at, `type '${formatType(operand)}' does not support field selection`);
  }
}

function inferCall(checker: Checker, call: CallExpr): Type {
  const { name, target, args, at } = call;
  if (name === '_?._') return inferOptionalSelect(checker, call);
  const argTypes = args.map((arg) => infer(checker, arg));
  if (target === undefined) {
    const plain = name.replace(/^\./, '');
    const overloads = checker.scope.functions.get(plain)?.filter(({ isMember }) => !isMember);
    if (overloads === undefined) return undeclared(checker, call, name);
    return resolve(checker, call, { name: plain, overloads, argTypes, isMember: false });
  }
  const qualified = qualifiedName(checker, target);
  const full = qualified === undefined ? undefined : `${qualified.replace(/^\./, '')}.${name}`;
  const statics = full === undefined ? undefined : checker.scope.functions.get(full);
  if (statics !== undefined && full !== undefined) {
    checker.names.set(call, full);
    return resolve(checker, call, { name: full, overloads: statics, argTypes, isMember: false });
  }
  const targetType = infer(checker, target);
  const overloads = checker.scope.functions.get(name);
  if (overloads === undefined) return report(checker, at, `undeclared reference to '${name}' (in container '')`);
  return resolve(checker, call, {
    name,
    overloads: overloads.filter(({ isMember }) => isMember),
    argTypes: [targetType, ...argTypes],
    isMember: true,
  });
}

interface Candidates {
  readonly name: string;
  readonly overloads: readonly Overload[];
  readonly argTypes: readonly Type[];
  readonly isMember: boolean;
}

/** Finds the overloads that fit. Two that do make the result dyn, unless they agree. */
function resolve(checker: Checker, call: CallExpr, { name, overloads, argTypes, isMember }: Candidates): Type {
  const found: Overload[] = [];
  let result: Type | undefined;
  for (const overload of overloads) {
    const fresh = overload.isGeneric ? freshParams(checker, overload) : overload;
    const { bindings } = checker;
    if (!bindings.keepIf(() => areAssignable(bindings, argTypes, fresh.params))) continue;
    found.push(overload);
    const type = substitute(bindings, fresh.result);
    result =
      result === undefined || (result.kind === type.kind && result.name === type.name) ? (result ?? type) : types.dyn;
  }
  if (result === undefined) {
    const shown = argTypes.map((type) => formatType(substitute(checker.bindings, type, false)));
    const [self, ...rest] = shown;
    const signature = isMember ? `${self}.(${rest.join(', ')})` : `(${shown.join(', ')})`;
    return report(checker, call.at, `found no matching overload for '${name}' applied to '${signature}'`);
  }
  checker.overloads.set(call, found);
  return result;
}

function freshParams(checker: Checker, { params, result }: Overload): Pick<Overload, 'params' | 'result'> {
  const own = new Bindings();
  const rename = (type: Type): Type => {
    if (type.kind === 'param') {
      const known = own.get(type.name) ?? freeType(checker);
      own.set(type.name, known);
      return known;
    }
    return type.args.length === 0 ? type : { ...type, args: type.args.map(rename) };
  };
  return { params: params.map(rename), result: rename(result) };
}

function freeType(checker: Checker): Type {
  return { kind: 'param', name: `_var${checker.paramCount++}`, args: [] };
}

/** `a.?b`: none instead of an error where there is no field. */
function inferOptionalSelect(checker: Checker, { args, at }: CallExpr): Type {
  const [operandExpr, field] = args;
  if (operandExpr === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') return types.error;
  infer(checker, field);
  const operand = substitute(checker.bindings, infer(checker, operandExpr));
  return optionalType(fieldOf(checker, { field: field.value, at }, optionalValue(operand) ?? operand));
}

/** The type all items have; those of different types make it dyn. */
function join({ bindings }: Checker, previous: Type | undefined, next: Type): Type {
  if (previous === undefined) return next;
  return bindings.keepIf(() => isAssignable(bindings, previous, next)) ? mostGeneral(previous, next) : types.dyn;
}

function inferList(checker: Checker, { items }: Extract<Expr, { kind: 'list' }>): Type {
  let item: Type | undefined;
  for (const { value, isOptional } of items) {
    item = join(checker, item, inferEntry(checker, value, isOptional));
  }
  return listType(item ?? freeType(checker));
}

/** The type of an item or entry; an optional one must be of an optional value. */
function inferEntry(checker: Checker, value: Expr, isOptional: boolean): Type {
  const type = infer(checker, value);
  if (!isOptional) return type;
  const item = freeType(checker);
  assertType(checker, value, type, optionalType(item));
  return substitute(checker.bindings, item);
}

function inferMap(checker: Checker, { entries }: Extract<Expr, { kind: 'map' }>): Type {
  let keyType: Type | undefined;
  let valueType: Type | undefined;
  for (const { key, value, isOptional } of entries) {
    keyType = join(checker, keyType, infer(checker, key));
    valueType = join(checker, valueType, inferEntry(checker, value, isOptional));
  }
  return mapType(keyType ?? freeType(checker), valueType ?? freeType(checker));
}

function inferStruct(checker: Checker, { name, fields, at }: Extract<Expr, { kind: 'struct' }>): Type {
  const plain = name.replace(/^\./, '');
  const message = checker.scope.messages?.(plain);
  for (const field of fields) {
    const type = inferEntry(checker, field.value, field.isOptional);
    if (message !== undefined) checkField(checker, message, field, type);
  }
  if (message !== undefined) return message;
  if (typeNames.has(plain)) return report(checker, at, `'${plain}' is not a message type`);
  return report(checker, at, `undeclared reference to '${plain}' (in container '')`);
}

function checkField(checker: Checker, message: Type, { name, at }: StructField, given: Type): void {
  const wanted = fieldOf(checker, { field: name, at }, message);
  const { bindings } = checker;
  if (bindings.keepIf(() => isAssignable(bindings, wanted, given))) return;
  const [shown, found] = [wanted, given].map((type) => formatType(substitute(bindings, type)));
  report(checker, at, `expected type of field '${name}' is '${shown}' but provided type is '${found}'`);
}

function assertType(checker: Checker, { at }: Expr, type: Type, wanted: Type): void {
  const { bindings } = checker;
  if (bindings.keepIf(() => isAssignable(bindings, wanted, type))) return;
  const [shown, given] = [wanted, type].map((one) => formatType(substitute(checker.bindings, one)));
  report(checker, at, `expected type '${shown}' but found '${given}'`);
}

function inferBind(checker: Checker, { bind, name, value, body, at }: Extract<Expr, { kind: 'bind' }>): Type {
  const type = substitute(checker.bindings, infer(checker, value));
  const inner =
    bind === 'value' ? type : type.kind === 'dyn' || type.kind === 'error' ? types.dyn : optionalValue(type);
  if (inner === undefined) {
    return report(checker, at, `found no matching overload for '${bind}' applied to '${formatType(type)}.(dyn)'`);
  }
  const result = withLocals(checker, [{ name, type: inner }], () => infer(checker, body));
  if (bind === 'optMap') return optionalType(result);
  if (bind === 'optFlatMap') assertType(checker, body, result, optionalType(freeType(checker)));
  return result;
}

function withLocals<T>(checker: Checker, locals: readonly { name: string; type: Type }[], inner: () => T): T {
  checker.locals.push(...locals);
  const result = inner();
  checker.locals.length -= locals.length;
  return result;
}

function inferFold(checker: Checker, fold: FoldExpr): Type {
  const rangeType = substitute(checker.bindings, infer(checker, fold.range));
  const [first, second] = elementTypes(checker, fold, rangeType);
  const locals = [{ name: fold.first, type: first }];
  if (fold.second !== undefined) locals.push({ name: fold.second, type: second });
  return withLocals(checker, locals, () => {
    if (fold.predicate !== undefined) assertType(checker, fold.predicate, infer(checker, fold.predicate), types.bool);
    const { transform } = fold;
    const result = transform === undefined ? types.dyn : infer(checker, transform);
    return foldType(checker, fold, { rangeType, first, result });
  });
}

/** Types of the variables: one variable is the item or the key, two are index or key and item or value. */
function elementTypes(checker: Checker, { range, second }: FoldExpr, type: Type): readonly [Type, Type] {
  switch (type.kind) {
    case 'list': {
      const item = type.args[0] ?? types.dyn;
      return second === undefined ? [item, item] : [types.int, item];
    }
    case 'map':
      return [type.args[0] ?? types.dyn, type.args[1] ?? types.dyn];
    case 'param':
    case 'dyn':
    case 'error':
      return [types.dyn, types.dyn];
    default: {
      const message = `expression of type '${formatType(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
      report(checker, range.at, message);
      return [types.error, types.error];
    }
  }
}

function foldType(
  checker: Checker,
  { fold, transform }: FoldExpr,
  { rangeType, first, result }: { readonly rangeType: Type; readonly first: Type; readonly result: Type },
): Type {
  switch (fold) {
    case 'all':
    case 'exists':
    case 'existsOne':
      return types.bool;
    case 'filter':
      return listType(first);
    case 'map':
    case 'transformList':
      return listType(result);
    case 'transformMap':
      return mapType(rangeType.kind === 'map' ? first : rangeType.kind === 'list' ? types.int : types.dyn, result);
    case 'transformMapEntry': {
      const wanted = mapType(freeType(checker), freeType(checker));
      if (transform !== undefined) assertType(checker, transform, result, wanted);
      return substitute(checker.bindings, wanted);
    }
  }
}
