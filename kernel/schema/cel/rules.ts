import { type FieldError, formatFieldError } from '../../meta/errors.ts';
import { isPlainObject } from '../../meta/json.ts';
import { joinPath } from '../paths.ts';
import { type Correlated, oldItem } from '../ratchet.ts';
import type { ObjectSchema, Schema, ValidationRule } from '../schema.ts';
import { perObjectCostMax } from './limits.ts';
import { type CompiledRule, compileRules, messageOf } from './rule.ts';
import { typeOfRoot, typeOfSchema } from './schema-types.ts';
import type { Type } from './types.ts';
import { CostError, none, Optional } from './values.ts';

/**
 * The rules of a schema, evaluated for objects (apiextensions-apiserver `schema/cel/validation.go`): from the outside in,
 * within one budget, transition rules only where there is an old value to compare with.
 */

/** A schema that has rules, or something in it that has. */
export interface RuleNode {
  readonly schema: Schema;
  readonly validations: readonly ValidationRule[];
  readonly type: Type;
  /** Compiled when first evaluated. */
  rules?: readonly CompiledRule[];
  readonly fields: ReadonlyMap<string, RuleNode>;
  /** Of items or of the values of a map. */
  readonly elements?: RuleNode;
}

/** The rules of a schema. @param isRoot values are whole API objects. @returns `undefined` if there are none. */
export function ruleTree(schema: ObjectSchema, isRoot: boolean): RuleNode | undefined {
  return nodeOf(schema, isRoot);
}

function nodeOf(schema: Schema, isRoot: boolean): RuleNode | undefined {
  // Messages of standard kinds have no rules; some of them contain themselves.
  if (schema.type === 'object' && schema.definition !== undefined) return undefined;
  const fields = new Map<string, RuleNode>();
  if (schema.type === 'object') {
    for (const [name, property] of Object.entries(schema.properties)) {
      const node = nodeOf(property, false);
      if (node !== undefined) fields.set(name, node);
    }
  }
  const inner = schema.type === 'array' ? schema.items : schema.type === 'map' ? schema.values : undefined;
  const elements = inner === undefined ? undefined : nodeOf(inner, false);
  const { validations = [] } = schema;
  if (validations.length === 0 && fields.size === 0 && elements === undefined) return undefined;
  const type = isRoot && schema.type === 'object' ? typeOfRoot(schema) : typeOfSchema(schema);
  if (type === undefined) return undefined;
  return { schema, validations, type, fields, ...(elements === undefined ? {} : { elements }) };
}

/** What an object was before. */
export interface OldObject {
  readonly old: object;
  readonly correlated: Correlated | undefined;
  /** Told what stays wrong because it did not change. */
  readonly warn: (text: string) => void;
}

/** Everything the rules refuse. */
export function checkRuleTree(node: RuleNode, object: object, before: OldObject | undefined): readonly FieldError[] {
  const pass: Pass = { errors: [], budget: perObjectCostMax, warn: before?.warn, isOver: false };
  visit(pass, node, {
    path: '',
    value: object,
    old: before?.old,
    correlated: before?.correlated,
    parent: undefined,
  });
  return pass.errors;
}

interface Pass {
  readonly errors: FieldError[];
  readonly warn: ((text: string) => void) | undefined;
  /** What is left to spend. */
  budget: number;
  /** No further rule is evaluated. */
  isOver: boolean;
}

interface Place {
  readonly path: string;
  readonly value: unknown;
  /** What transition rules compare with; `undefined` if there is nothing. */
  readonly old: unknown;
  readonly correlated: Correlated | undefined;
  /** The nearest place around that has an old value: counts where this one has none. */
  readonly parent: Correlated | undefined;
}

function visit(pass: Pass, node: RuleNode, place: Place): void {
  const { value, old, correlated } = place;
  if (value === null || value === undefined) return;
  evaluateRules(pass, node, place);
  const parent = correlated ?? place.parent;
  if (Array.isArray(value) && node.elements !== undefined) {
    const oldItems = Array.isArray(old) ? (old as readonly unknown[]) : [];
    for (const [index, item] of value.entries()) {
      if (pass.isOver) return;
      const inner = {
        value: item,
        old: oldItem(node.schema, item, oldItems),
        correlated: correlated?.index(index),
        parent,
      };
      visit(pass, node.elements, { ...inner, path: `${place.path}[${index}]` });
    }
  } else if (isPlainObject(value)) visitFields(pass, node, { ...place, parent });
}

function visitFields(pass: Pass, node: RuleNode, { path, value, old, correlated, parent }: Place): void {
  const oldFields = isPlainObject(old) ? old : {};
  for (const [name, inner] of Object.entries(value as object)) {
    const child = node.elements ?? node.fields.get(name);
    if (child === undefined) continue;
    if (pass.isOver) return;
    visit(pass, child, {
      path: joinPath(path, node.elements === undefined ? name : `[${name}]`),
      value: inner,
      old: Object.hasOwn(oldFields, name) ? oldFields[name] : undefined,
      correlated: correlated?.key(name),
      parent,
    });
  }
}

const overBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

function evaluateRules(pass: Pass, node: RuleNode, place: Place): void {
  if (node.validations.length === 0) return;
  const value = typeName(node.schema);
  const invalid = (detail: string) => pass.errors.push({ type: 'Invalid', path: shownPath(place.path), value, detail });
  if (pass.budget <= 0) {
    invalid(overBudget);
    pass.isOver = true;
    return;
  }
  node.rules ??= compileRules(node.validations, node.type);
  for (const compiled of node.rules) {
    if (compiled.program === undefined) {
      if (compiled.problem !== undefined) invalid(`rule compile error: ${compiled.problem}`);
      continue;
    }
    const { rule } = compiled;
    const hasOld = place.old !== undefined && place.old !== null;
    if (compiled.usesOldSelf && !hasOld && rule.optionalOldSelf !== true) continue;
    const outcome = compiled.program.evaluate(variablesOf(rule, place), compiled.costMax);
    if (outcome.error instanceof CostError) {
      const limit = 'no further validation rules will be run due to call cost exceeds limit for rule';
      invalid(`'${outcome.error.message}': ${limit}: ${nameOf(rule)}`);
      pass.isOver = true;
      return;
    }
    if (outcome.cost > pass.budget) {
      invalid(overBudget);
      pass.isOver = true;
      return;
    }
    pass.budget -= outcome.cost;
    if (outcome.error !== undefined) invalid(failureText(outcome.error.message, rule));
    else if (outcome.value !== true) refuse(pass, compiled, { place, type: value });
    if (pass.isOver) return;
  }
}

function variablesOf({ optionalOldSelf }: ValidationRule, { value, old }: Place): Readonly<Record<string, unknown>> {
  const hasOld = old !== undefined && old !== null;
  if (optionalOldSelf === true) return { self: value, oldSelf: hasOld ? new Optional(old) : none };
  return hasOld ? { self: value, oldSelf: old } : { self: value };
}

function failureText(message: string, rule: ValidationRule): string {
  if (!message.startsWith('no such overload')) return `${message} evaluating rule: ${nameOf(rule)}`;
  const why = 'call arguments did not match a supported operator, function or macro signature for rule';
  return `'${message}': ${why}: ${nameOf(rule)}`;
}

/** What messages call a rule. */
function nameOf({ rule, message = '' }: ValidationRule): string {
  return (message === '' ? rule : message).trim();
}

interface Refused {
  readonly place: Place;
  readonly type: string;
}

/** Adds the error of a rule that is false, or warns of it if nothing changed. */
function refuse(pass: Pass, compiled: CompiledRule, { place, type }: Refused): void {
  const { rule, fieldPath } = compiled;
  const path = shownPath(joinPath(place.path, fieldPath));
  const made = messageOf(compiled, variablesOf(rule, place), pass.budget);
  pass.budget -= made.cost;
  const { message = '' } = rule;
  const fallback = message === '' ? `failed rule: ${rule.rule.trim()}` : message.trim();
  const error: FieldError =
    made.problem === undefined
      ? errorFor(rule, path, { ...shownValue(type, place.value), detail: made.text ?? fallback })
      : { type: 'Invalid', path, value: type, detail: made.problem };
  if (made.problem !== undefined) pass.isOver = true;
  const unchanged = place.correlated ?? place.parent;
  if (!compiled.usesOldSelf && unchanged?.isEqual() === true) pass.warn?.(formatFieldError(error));
  else pass.errors.push(error);
}

/** Objects and lists may be large, so errors do not show them. */
function shownValue(type: string, value: unknown): Pick<FieldError, 'value' | 'omitsValue'> {
  return type === 'object' || type === 'array' ? { omitsValue: true } : { value };
}

function errorFor(
  { reason }: ValidationRule,
  path: string,
  { detail, ...shown }: Pick<FieldError, 'value' | 'omitsValue' | 'detail'>,
): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return { type: 'Forbidden', path, detail };
    case 'FieldValueRequired':
      return { type: 'Required', path, detail };
    case 'FieldValueDuplicate':
      return { type: 'Duplicate', path, ...shown, detail: '' };
    default:
      return { type: 'Invalid', path, ...shown, detail };
  }
}

/** The root has no path, which Go prints so. */
function shownPath(path: string): string {
  return path === '' ? '<nil>' : path;
}

/** The type of the schema as JSON schemas call it: what is wrong with a rule itself shows it in place of a value. */
function typeName({ type }: Schema): string {
  if (type === 'map') return 'object';
  return type === 'int-or-string' || type === 'any' ? '' : type;
}
