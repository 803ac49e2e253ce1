import { build, constant, freshName, literal, newCode } from '../codegen.ts';
import type { BindExpr, CallExpr, Expr, SelectExpr } from './ast.ts';
import type { Checked } from './checker.ts';
import { constantOf, isAttribute, isTypeName } from './attributes.ts';
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
  const folded = expr.kind === 'literal' ? undefined : constantOf(emitter.checked, expr);
  if (folded !== undefined) {
    return { js: emitLiteral(emitter, folded.value), isExact: isConcrete(typeOf(emitter, expr)) };
  }
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
      return emitStruct(emitter, expr);
    case 'fold':
      return emitFold(emitter, expr);
    case 'bind':
      return emitBind(emitter, expr);
  }
}

/** True if nothing about the type is left open. */
function isConcrete({ kind, args }: Type): boolean {
  return kind !== 'dyn' && kind !== 'param' && args.every(isConcrete);
}

function emitLiteral(emitter: Emitter, value: Value): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return Object.is(value, -0) ? '0' : literal(value);
  }
  if (value === null) return 'null';
  return typeof value === 'bigint' ? `${value}n` : constant(emitter.code, value);
}

function emitName(emitter: Emitter, expr: Expr, name: string): Emitted {
  const full = emitter.checked.names.get(expr) ?? name;
  const type = typeOf(emitter, expr);
  const local = emitter.locals.findLast((one) => one.name === name);
  if (local === undefined && isTypeName(emitter.checked, expr)) {
    return { js: constant(emitter.code, new TypeValue(full)), isExact: true };
  }
  charge(emitter, 1);
  if (local !== undefined) return local.value;
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
  if (!isTest) charge(emitter, isAttribute(emitter.checked, operand) ? 1 : 2);
  const jsonName = type.fields?.get(field)?.jsonName ?? field;
  const isSchemaObject = type.kind === 'object' && type.isMessage !== true;
  if (isSchemaObject && object.isExact && !(jsonName in Object.prototype)) {
    return emitField(emitter, expr, `${object.js}[${literal(jsonName)}]`);
  }
  // Of objects of a schema, fields that are null are absent (apiextensions `cel/values.go`).
  const ofObject = isSchemaObject ? 'Field' : '';
  const list = `${object.js}, ${literal(jsonName)}`;
  if (isTest) return { js: named(emitter, 'h', `helpers.has${ofObject}(${list})`, true), isExact: true };
  const fieldType = typeOf(emitter, expr);
  const isExact = object.isExact && type.kind === 'map' && isCertain(fieldType);
  const raw = `helpers.select${ofObject}(${list})`;
  return { js: named(emitter, 'f', convertedScalar(emitter, fieldType, raw), true), isExact };
}

/** A field of an object that is sure to be one, and whose name no other JavaScript object has. */
function emitField(emitter: Emitter, expr: SelectExpr, access: string): Emitted {
  if (expr.isTest) return { js: `(${access} !== undefined && ${access} !== null)`, isExact: true };
  const type = typeOf(emitter, expr);
  const raw = named(emitter, 'f', access, true);
  const absent = `${raw} === undefined || ${raw} === null`;
  emitter.code.lines.push(`if (${absent}) throw helpers.noSuchKey(${literal(expr.field)});`);
  const js = convertedScalar(emitter, type, raw);
  return {
    js: js === raw ? raw : named(emitter, 'f', js, false),
    isExact: type.kind !== 'dyn' && type.kind !== 'param',
  };
}

function emitCall(emitter: Emitter, call: CallExpr): Emitted {
  const special = emitOperator(emitter, call) ?? emitOptionalOr(emitter, call);
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

/** `or` and `orValue` are free, and look at the other value only if there is none. @returns `undefined` for other calls. */
function emitOptionalOr(emitter: Emitter, { name, target, args: [other] }: CallExpr): Emitted | undefined {
  if ((name !== 'or' && name !== 'orValue') || target === undefined || other === undefined) return undefined;
  const { lines } = emitter.code;
  const optional = named(emitter, 'o', `helpers.bound(${emit(emitter, target).js})`, true);
  const result = freshName(emitter.code, 'r');
  lines.push(`let ${result} = ${name === 'or' ? optional : `${optional}.value`};`);
  lines.push(`if (${optional}.value === undefined) {`);
  const outer = openBlock(emitter);
  const value = converted(emitter, other, emit(emitter, other));
  lines.push(`${result} = ${name === 'or' ? `helpers.bound(${value})` : value};`);
  closeBlock(emitter, outer);
  lines.push('}');
  return { js: result, isExact: false };
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

function emitStruct(emitter: Emitter, { name, fields }: Extract<Expr, { kind: 'struct' }>): Emitted {
  charge(emitter, 40);
  const map = named(emitter, 'm', 'helpers.newMap()', true);
  for (const field of fields) {
    const valueJs = converted(emitter, field.value, emit(emitter, field.value));
    const put = (js: string) => `helpers.putLiteral(${map}, ${literal(field.name)}, ${js});`;
    if (!field.isOptional) emitter.code.lines.push(put(valueJs));
    else {
      const inner = named(emitter, 'o', `helpers.given(${valueJs})`, true);
      emitter.code.lines.push(`if (${inner} !== undefined) ${put(inner)}`);
    }
  }
  return { js: `helpers.newMessage(${literal(name.replace(/^\./, ''))}, ${map})`, isExact: false };
}

function emitBind(emitter: Emitter, expr: BindExpr): Emitted {
  return expr.bind === 'value' ? emitValueBind(emitter, expr) : emitOptionalBind(emitter, expr);
}

/** A value that fails does so where it is used: `cel.bind(x, 1 / 0, true)` is true. */
function emitValueBind(emitter: Emitter, { name, value, body }: BindExpr): Emitted {
  const { lines } = emitter.code;
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
  // Upstream it is a ternary: it asks whether there is a value, and goes through the target again to get it.
  charge(emitter, 2);
  const [before, again] = [freshName(emitter.code, 's'), freshName(emitter.code, 's')];
  const optional = freshName(emitter.code, 'o');
  lines.push(`let ${optional};`, `const ${before} = spending.cost;`, '{');
  const around = openBlock(emitter);
  lines.push(`${optional} = helpers.bound(${emit(emitter, value).js});`);
  emitter.block.mayThrow = true;
  closeBlock(emitter, around);
  const result = freshName(emitter.code, 'r');
  lines.push('}', `const ${again} = spending.cost - ${before};`, `let ${result} = helpers.none;`);
  lines.push(`if (${optional}.value !== undefined) {`, `helpers.spend(spending, ${again});`);
  const outer = openBlock(emitter);
  if (bind === 'optMap') charge(emitter, 1);
  emitter.locals.push({ name, value: { js: `${optional}.value`, isExact: false } });
  const inner = converted(emitter, body, emit(emitter, body));
  emitter.locals.pop();
  lines.push(`${result} = ${bind === 'optMap' ? `helpers.optionalOf(${inner})` : inner};`);
  closeBlock(emitter, outer);
  lines.push('}');
  return { js: result, isExact: false };
}
