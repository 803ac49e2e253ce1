import type * as Rules from './cel/rules.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/**
 * The expression language takes 5 MB, and most servers have no schema with rules: it is loaded for the first one.
 */

let rules: typeof Rules | undefined;

/** Loads what evaluates expressions. @returns `undefined` if it is there already. */
export function loadExpressions(): Promise<void> | undefined {
  return rules === undefined ? load() : undefined;
}

async function load(): Promise<void> {
  rules = await import('./cel/rules.ts');
}

/** What evaluates expressions. @throws when nobody has awaited `loadExpressions`. */
export function loadedExpressions(): typeof Rules {
  if (rules === undefined) throw new Error('Cannot evaluate the rules of a schema before `loadExpressions`');
  return rules;
}

/** True if the schema, or something in it, has rules. */
export function hasExpressions(schema: ObjectSchema): boolean {
  return hasRules(schema);
}

function hasRules(schema: Schema): boolean {
  if ((schema.validations ?? []).length > 0) return true;
  switch (schema.type) {
    case 'object':
      // Messages of standard kinds have no rules; some of them contain themselves.
      return schema.definition === undefined && Object.values(schema.properties).some(hasRules);
    case 'array':
      return hasRules(schema.items);
    case 'map':
      return hasRules(schema.values);
    default:
      return false;
  }
}
