import { type Code, constant, freshName } from '../codegen.ts';
import type { Expr } from './ast.ts';
import type { Checked } from './checker.ts';
import { comparesByType, needsConversion } from './convert.ts';
import { type Type, types } from './types.ts';

/** What everything that writes parts of a function shares. */

/** An expression as JavaScript. */
export interface Emitted {
  /** Free of side effects; may be evaluated more than once. */
  readonly js: string;
  /** Values are certain to be of the type the checker found, so that operators need not look. */
  readonly isExact: boolean;
}

/** A function being written. */
export interface Emitter {
  readonly code: Code;
  readonly checked: Checked;
  /** Variables whose values are certain to follow their type: they went through its schema. */
  readonly trusted: ReadonlySet<string>;
  readonly locals: { readonly name: string; readonly value: Emitted }[];
  /** The block being written: where its cost goes, and whether anything in it may throw. */
  block: Block;
  /** Writes a part of the expression. */
  readonly emit: (emitter: Emitter, expr: Expr) => Emitted;
}

/** A run of statements whose cost is charged at once. */
export interface Block {
  readonly line: number;
  cost: number;
  mayThrow: boolean;
}

/** Begins a block of statements whose cost is charged at once. @returns the block around it. */
export function openBlock(emitter: Emitter): Block {
  const outer = emitter.block;
  emitter.block = { line: emitter.code.lines.length, cost: 0, mayThrow: false };
  emitter.code.lines.push('');
  return outer;
}

/** Ends the block. @returns true if anything in it may throw. */
export function closeBlock(emitter: Emitter, outer: Block): boolean {
  const { line, cost, mayThrow } = emitter.block;
  if (cost > 0) emitter.code.lines[line] = `spending.cost += ${cost};`;
  emitter.block = outer;
  if (mayThrow) outer.mayThrow = true;
  return mayThrow;
}

/** Charges the block being written. */
export function charge(emitter: Emitter, amount: number): void {
  emitter.block.cost += amount;
}

/** A statement that gives a value a name. */
export function named(emitter: Emitter, stem: string, js: string, mayThrow: boolean): string {
  const name = freshName(emitter.code, stem);
  emitter.code.lines.push(`const ${name} = ${js};`);
  if (mayThrow) emitter.block.mayThrow = true;
  return name;
}

/** The type of a part of the expression. */
export function typeOf(emitter: Emitter, expr: Expr): Type {
  return emitter.checked.types.get(expr) ?? types.dyn;
}

/** A value as something that does not know its type needs it. */
export function converted(emitter: Emitter, expr: Expr, { js }: Emitted): string {
  const type = typeOf(emitter, expr);
  if (!needsConversion(type)) return js;
  return `helpers.convertDeep(${constant(emitter.code, type)}, ${js})`;
}

/** A value just read from JSON of the type. */
export function convertedScalar(emitter: Emitter, type: Type, js: string): string {
  switch (type.kind) {
    case 'int': {
      const name = /^\w+$/.test(js) ? js : named(emitter, 'f', js, true);
      return `(typeof ${name} === "number" ? ${name} : helpers.convertScalar(${constant(emitter.code, type)}, ${name}))`;
    }
    case 'double':
    case 'timestamp':
    case 'duration':
    case 'bytes':
      return `helpers.convertScalar(${constant(emitter.code, type)}, ${js})`;
    case 'dyn':
    case 'param':
      return `helpers.fromJson(${js})`;
    default:
      return js;
  }
}

/** Tells whether a value that follows its schema is of the type for sure. */
export function isCertain(type: Type): boolean {
  return type.kind !== 'dyn' && type.kind !== 'param' && type.isNullable !== true;
}

/** True if an equality of values of the type has to know it. */
export function comparesSpecially(type: Type): boolean {
  return ['list', 'map', 'object'].includes(type.kind) && comparesByType(type);
}
