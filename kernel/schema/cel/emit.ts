import { build, constant, freshName, literal, newCode } from '../codegen.ts';
import type { BindExpr, CallExpr, Expr, SelectExpr } from './ast.ts';
import type { Checked } from './checker.ts';
import { emitFold } from './emit-fold.ts';
import { emitOperator } from './emit-operators.ts';
import {
  charge,
  closeBlock,
  converted,
  convertedScalar,
  type Emitted,
  type Emitter,
  isCertain,
  named,
  openBlock,
  typeOf,
} from './emitter.ts';
import { runtime, type Spending } from './runtime.ts';
import type { Type } from './types.ts';
import { TypeValue, type Value } from './values.ts';

/**
 * Writes an expression as a JavaScript function. Every part that may fail or that costs something becomes a statement, so
 * that `&&`, `||` and loops can absorb errors; the rest stays inline. Costs of a block are added up here and charged when
 * the block is entered; what depends on sizes is charged where it happens. Only literals from `codegen.ts` and names made
 * here enter the text.
 */

/** Evaluates an expression. @throws {CelError} */
export type Evaluate = (variables: Readonly<Record<string, Value>>, spending: Spending) => Value;

/** Compiles a checked expression. The result of the function is free of unconverted JSON. */
export function compileChecked(checked: Checked, trusted: ReadonlySet<string>): Evaluate {
  const code = newCode();
  const emitter: Emitter = { code, checked, trusted, locals: [], block: { line: 0, cost: 0, mayThrow: false }, emit };
  const block = openBlock(emitter);
  const result = converted(emitter, checked.expr, emit(emitter, checked.expr));
  closeBlock(emitter, block);
  code.lines.push('if (spending.cost > spending.costMax) throw helpers.overspent();', `return ${result};`);
  return build(code, 'variables, spending', runtime);
}

function emit(emitter: Emitter, expr: Expr): Emitted {
  switch (expr.kind) {
    case 'literal':
      return { js: emitLiteral(emitter, expr.value), isExact: true };
    case 'ident':
      return emitName(emitter, expr, expr.name);
    case 'select':
      return emitSelect(emitter, expr);
    case 'call':
      return emitCall(emitter, expr);
    case 'list':
      return emitList(emitter, expr);
    case 'map':
      return emitMap(emitter, expr);
    case 'struct':
      return { js: 'null', isExact: false };
    case 'fold':
      return emitFold(emitter, expr);
    case 'bind':
      return emitBind(emitter, expr);
  }
}

function emitLiteral(emitter: Emitter, value: Value): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return Object.is(value, -0) ? '0' : literal(value);
  }
  if (value === null) return 'null';
  return typeof value === 'bigint' ? `${value}n` : constant(emitter.code, value);
}

function emitName(emitter: Emitter, expr: Expr, name: string): Emitted {
  charge(emitter, 1);
  const local = emitter.locals.findLast((one) => one.name === name);
  if (local !== undefined) return local.value;
  const full = emitter.checked.names.get(expr) ?? name;
  const type = typeOf(emitter, expr);
  if (type.kind === 'type') return { js: constant(emitter.code, new TypeValue(full)), isExact: true };
  const raw = `helpers.variable(variables, ${literal(full)})`;
  const isExact = emitter.trusted.has(full) && isCertain(type);
  return { js: named(emitter, 'v', convertedScalar(emitter, type, raw), true), isExact };
}

function emitSelect(emitter: Emitter, expr: SelectExpr): Emitted {
  const name = emitter.checked.names.get(expr);
  if (name !== undefined) return emitName(emitter, expr, name);
  const { operand, field, isTest } = expr;
  const object = emit(emitter, operand);
  const type = typeOf(emitter, operand);
  if (!isTest) charge(emitter, 1);
  const known = type.kind === 'object' && object.isExact ? type.fields?.get(field) : undefined;
  const jsonName = type.fields?.get(field)?.jsonName ?? field;
  if (isTest) {
    // A field is never undefined in JSON; names every JavaScript object has need the longer way.
    if (known !== undefined && !(jsonName in Object.prototype)) {
      return { js: `(${object.js}[${literal(jsonName)}] !== undefined)`, isExact: true };
    }
    return { js: named(emitter, 'h', `helpers.has(${object.js}, ${literal(jsonName)})`, true), isExact: true };
  }
  const fieldType = typeOf(emitter, expr);
  if (known === undefined || jsonName in Object.prototype) {
    const raw = `helpers.select(${object.js}, ${literal(jsonName)})`;
    const isExact = object.isExact && type.kind === 'map' && isCertain(fieldType);
    return { js: named(emitter, 'f', convertedScalar(emitter, fieldType, raw), true), isExact };
  }
  const raw = named(emitter, 'f', `${object.js}[${literal(jsonName)}]`, true);
  emitter.code.lines.push(`if (${raw} === undefined) throw helpers.noSuchKey(${literal(jsonName)});`);
  const js = convertedScalar(emitter, fieldType, raw);
  return { js: js === raw ? raw : named(emitter, 'f', js, false), isExact: isCertain(fieldType) };
}

function emitCall(emitter: Emitter, call: CallExpr): Emitted {
  const special = emitOperator(emitter, call);
  if (special !== undefined) return special;
  const overloads = emitter.checked.overloads.get(call) ?? [];
  const isMember = call.target !== undefined && !emitter.checked.names.has(call);
  const parts = isMember && call.target !== undefined ? [call.target, ...call.args] : call.args;
  const args = parts.map((part) => {
    const value = emit(emitter, part);
    return { js: call.name === 'size' ? value.js : converted(emitter, part, value), isExact: value.isExact };
  });
  const [overload] = overloads;
  const isKnown = overloads.length === 1 && args.every(({ isExact }) => isExact);
  const list = args.map(({ js }) => js).join(', ');
  if (!isKnown || overload === undefined) {
    const js = `helpers.dispatch(spending, ${constant(emitter.code, overloads)}, [${list}])`;
    return { js: named(emitter, 'c', js, true), isExact: isScalar(typeOf(emitter, call)) };
  }
  if (overload.cost !== undefined) {
    const js = `helpers.invoke(spending, ${constant(emitter.code, overload)}, [${list}])`;
    return { js: named(emitter, 'c', js, true), isExact: isScalar(typeOf(emitter, call)) };
  }
  charge(emitter, 1);
  const js = `${constant(emitter.code, overload.call)}(${list})`;
  return { js: named(emitter, 'c', js, true), isExact: isScalar(typeOf(emitter, call)) };
}

/** Functions give what they declare; what is in a list they give is looked at again. */
function isScalar({ kind, args }: Type): boolean {
  return args.length === 0 && !['dyn', 'param', 'object', 'error'].includes(kind);
}

function emitList(emitter: Emitter, { items }: Extract<Expr, { kind: 'list' }>): Emitted {
  charge(emitter, 10);
  const values = items.map(({ value }) => emit(emitter, value));
  const list = items.map(({ value, isOptional }, index) => ({
    js: converted(emitter, value, values[index] ?? { js: 'null', isExact: false }),
    isOptional,
  }));
  const isExact = values.every((value) => value.isExact) && !items.some(({ isOptional }) => isOptional);
  if (!items.some(({ isOptional }) => isOptional)) {
    return { js: named(emitter, 'l', `[${list.map(({ js }) => js).join(', ')}]`, false), isExact };
  }
  const name = named(emitter, 'l', '[]', true);
  for (const { js, isOptional } of list) {
    if (!isOptional) emitter.code.lines.push(`${name}.push(${js});`);
    else {
      const inner = named(emitter, 'o', `helpers.given(${js})`, true);
      emitter.code.lines.push(`if (${inner} !== undefined) ${name}.push(${inner});`);
    }
  }
  return { js: name, isExact: false };
}

function emitMap(emitter: Emitter, { entries }: Extract<Expr, { kind: 'map' }>): Emitted {
  charge(emitter, 30);
  const name = named(emitter, 'm', 'helpers.newMap()', true);
  for (const { key, value, isOptional } of entries) {
    const keyJs = converted(emitter, key, emit(emitter, key));
    const valueJs = converted(emitter, value, emit(emitter, value));
    if (!isOptional) emitter.code.lines.push(`helpers.putLiteral(${name}, ${keyJs}, ${valueJs});`);
    else {
      const inner = named(emitter, 'o', `helpers.given(${valueJs})`, true);
      emitter.code.lines.push(`if (${inner} !== undefined) helpers.putLiteral(${name}, ${keyJs}, ${inner});`);
    }
  }
  return { js: name, isExact: false };
}

function emitBind(emitter: Emitter, expr: BindExpr): Emitted {
  return expr.bind === 'value' ? emitValueBind(emitter, expr) : emitOptionalBind(emitter, expr);
}

/** A value that fails does so where it is used: `cel.bind(x, 1 / 0, true)` is true. */
function emitValueBind(emitter: Emitter, { name, value, body }: BindExpr): Emitted {
  const { lines } = emitter.code;
  // An empty list and the loop over nothing that the macro is upstream.
  charge(emitter, 10);
  const [slot, error] = [freshName(emitter.code, 'b'), freshName(emitter.code, 'e')];
  lines.push(`let ${slot}, ${error};`);
  const opening = lines.length;
  lines.push('{');
  const outer = openBlock(emitter);
  const bound = emit(emitter, value);
  lines.push(`${slot} = ${bound.js};`);
  const mayThrow = closeBlock(emitter, outer);
  lines.push(mayThrow ? `} catch (thrown) { ${error} = helpers.absorb(thrown); }` : '}');
  if (mayThrow) lines[opening] = 'try {';
  const js = mayThrow ? `(${error} === undefined ? ${slot} : helpers.raise(${error}))` : slot;
  emitter.locals.push({ name, value: { js, isExact: bound.isExact } });
  const result = emit(emitter, body);
  emitter.locals.pop();
  return { js: named(emitter, 'b', result.js, mayThrow), isExact: result.isExact };
}

function emitOptionalBind(emitter: Emitter, { bind, name, value, body }: BindExpr): Emitted {
  const { lines } = emitter.code;
  const optional = named(emitter, 'o', `helpers.bound(${emit(emitter, value).js})`, true);
  const result = freshName(emitter.code, 'r');
  lines.push(`let ${result} = helpers.none;`, `if (${optional}.value !== undefined) {`);
  const outer = openBlock(emitter);
  emitter.locals.push({ name, value: { js: `${optional}.value`, isExact: false } });
  const inner = converted(emitter, body, emit(emitter, body));
  emitter.locals.pop();
  lines.push(`${result} = ${bind === 'optMap' ? `helpers.optionalOf(${inner})` : inner};`);
  closeBlock(emitter, outer);
  lines.push('}');
  return { js: result, isExact: false };
}
