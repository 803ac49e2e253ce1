/**
 * A function body being written. Only literals from `literal()` and names from here go into its text, so schemas that
 * users wrote (CRDs) cannot inject code; everything else is passed by reference.
 */
export interface Code {
  readonly lines: string[];
  readonly constants: unknown[];
  nameCount: number;
}

/** An empty body. */
export function newCode(): Code {
  return { lines: [], constants: [], nameCount: 0 };
}

/** Source text of a JSON scalar or a field name. */
export function literal(value: string | number | boolean): string {
  return JSON.stringify(value);
}

/** Makes `value` known to the body. @returns the expression that reads it. */
export function constant(code: Code, value: unknown): string {
  const known = code.constants.indexOf(value);
  if (known >= 0) return `constants[${known}]`;
  code.constants.push(value);
  return `constants[${code.constants.length - 1}]`;
}

/** A variable name not used in the body yet. */
export function freshName(code: Code, stem: string): string {
  code.nameCount++;
  return `${stem}${code.nameCount}`;
}

/**
 * Turns the body into a function.
 * @param parameters names separated by commas.
 * @param helpers what the body reaches as `helpers.…`.
 */
export function build<F>(code: Code, parameters: string, helpers: object): F {
  const source = `"use strict";\nreturn function (${parameters}) {\n${code.lines.join('\n')}\n};`;
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- holds our own code and JSON literals only
  const make = new Function('constants', 'helpers', source) as (constants: readonly unknown[], helpers: object) => F;
  return make(code.constants, helpers);
}
