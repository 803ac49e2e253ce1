import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { type CompiledRule, compileRule } from '../../schema/cel/rule.ts';
import { perExpressionEstimateMax, perSchemaEstimateMax } from '../../schema/cel/limits.ts';
import { cardinalityOf, typeOfRoot, typeOfSchema } from '../../schema/cel/schema-types.ts';
import type { Program } from '../../schema/cel/compile.ts';
import type { CustomResourceDefinition, JSONSchemaProps, ValidationRule } from '../../schema/standard/types.ts';
import { rootSchemaOf, schemaOf } from './convert.ts';
import { ruleAsGo } from './go-form.ts';

/**
 * Rules of `x-kubernetes-validations` when a definition is written (apiextensions-apiserver
 * `apis/apiextensions/validation`): whether they compile, and what they may cost.
 */

/**
 * What is wrong with the expressions. For definitions whose schemas are fine otherwise: types come from them.
 * @param old schemas and rules it has already are not held to what became stricter since.
 */
export function checkRules(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  const known = new Set<string>();
  const before = old === undefined ? [] : schemasOf(old);
  for (const { root } of before) {
    visit(root, { path: '', level: rootLevel }, (schema) => {
      for (const { rule } of schema['x-kubernetes-validations'] ?? []) known.add(rule);
    });
  }
  return schemasOf(crd)
    .filter(({ root }) => !before.some((one) => jsonEquals(one.root, root)))
    .flatMap(({ root, path }) => checkSchemaRules(root, path, known));
}

interface VersionSchema {
  readonly root: JSONSchemaProps;
  readonly path: string;
}

/** The schemas of all versions; one, if they are the same, under the name it had before there were versions. */
function schemasOf({ spec: { versions } }: CustomResourceDefinition): readonly VersionSchema[] {
  const schemas = versions.map(({ schema }) => schema?.openAPIV3Schema ?? {});
  const [first] = schemas;
  if (first !== undefined && schemas.every((schema) => jsonEquals(schema, first))) {
    return [{ root: first, path: 'spec.validation.openAPIV3Schema' }];
  }
  return schemas.map((root, index) => ({ root, path: `spec.versions[${index}].schema.openAPIV3Schema` }));
}

/** What is known of a place in a schema from around it. */
interface Level {
  /** How many such values one object can have, `undefined` if nothing bounds them. */
  readonly cardinality: number | undefined;
  /** The list or map whose items cannot be matched with old ones. */
  readonly uncorrelated: string | undefined;
  readonly isRoot: boolean;
}

const rootLevel: Level = { cardinality: 1, uncorrelated: undefined, isRoot: true };

interface Place {
  readonly path: string;
  readonly level: Level;
}

/** Goes through a schema, items and fields last, in the order upstream reports. */
function visit(schema: JSONSchemaProps, place: Place, look: (schema: JSONSchemaProps, place: Place) => void): void {
  const { path, level } = place;
  const { items, properties = {}, additionalProperties } = schema;
  const inner = (count: number | undefined, uncorrelated = level.uncorrelated): Level => ({
    cardinality: count === undefined || level.cardinality === undefined ? undefined : level.cardinality * count,
    uncorrelated,
    isRoot: false,
  });
  if (typeof additionalProperties === 'object') {
    const at = { path: `${path}.additionalProperties`, level: inner(schema.maxProperties) };
    visit(additionalProperties, at, look);
  }
  for (const [name, field] of Object.entries(properties)) {
    visit(field, { path: `${path}.properties[${name}]`, level: inner(1) }, look);
  }
  if (items !== undefined && !Array.isArray(items)) {
    const isKeyed = schema['x-kubernetes-list-type'] === 'map';
    const uncorrelated = level.uncorrelated ?? (isKeyed ? undefined : path);
    visit(items, { path: `${path}.items`, level: inner(schema.maxItems, uncorrelated) }, look);
  }
  look(schema, place);
}

interface Costs {
  total: number;
  readonly expensive: { readonly path: string; readonly cost: number }[];
}

function checkSchemaRules(root: JSONSchemaProps, path: string, known: ReadonlySet<string>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const costs: Costs = { total: 0, expensive: [] };
  visit(root, { path, level: rootLevel }, (schema, place) => {
    errors.push(...checkPlace(schema, place, { known, costs }));
  });
  if (costs.total <= perSchemaEstimateMax) return errors;
  // The four most expensive ones, of those that matter.
  const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
  const shares = costs.expensive.toSorted((a, b) => b.cost - a.cost).slice(0, 4);
  for (const share of shares) errors.push({ type: 'Forbidden', path: share.path, detail });
  const total = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
  return [...errors, { type: 'Forbidden', path, detail: excessText(total, costs.total, perSchemaEstimateMax) }];
}

interface Checking {
  readonly known: ReadonlySet<string>;
  readonly costs: Costs;
}

function checkPlace(schema: JSONSchemaProps, place: Place, checking: Checking): readonly FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const { isRoot, cardinality } = place.level;
  const converted = isRoot ? rootSchemaOf(schema) : schemaOf(schema);
  const type = isRoot && converted.type === 'object' ? typeOfRoot(converted) : typeOfSchema(converted);
  if (type === undefined) {
    const { type: name = '', 'x-kubernetes-preserve-unknown-fields': isOpen = false } = schema;
    const detail = `rule declared on schema that does not support validation rules type: '${name}' x-kubernetes-preserve-unknown-fields: '${isOpen}'`;
    return [{ type: 'Invalid', path: `${place.path}.x-kubernetes-validations`, value: rules.map(ruleAsGo), detail }];
  }
  const times = cardinality ?? cardinalityOf(converted);
  return rules.flatMap((rule, index) => {
    const isKnown = checking.known.has(rule.rule);
    const compiled = compileRule(rule, type, isKnown ? 'stored' : 'new');
    const at = { path: `${place.path}.x-kubernetes-validations[${index}]`, times, isKnown, level: place.level };
    return [...checkCompiled(compiled, rule, at), ...checkCosts(compiled, at, checking.costs)];
  });
}

interface RulePlace {
  readonly path: string;
  readonly times: number;
  readonly isKnown: boolean;
  readonly level: Level;
}

function checkCompiled(
  compiled: CompiledRule,
  rule: ValidationRule,
  { path, level }: RulePlace,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { problem, messageProblem, usesOldSelf } = compiled;
  if (problem !== undefined)
    errors.push({ type: 'Invalid', path: `${path}.rule`, value: ruleAsGo(rule), detail: problem });
  if (messageProblem !== undefined) {
    errors.push({ type: 'Invalid', path: `${path}.messageExpression`, value: ruleAsGo(rule), detail: messageProblem });
  }
  if (usesOldSelf && level.uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${level.uncorrelated}`;
    errors.push({ type: 'Invalid', path: `${path}.rule`, value: rule.rule, detail });
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const detail = 'may not be set if oldSelf is not used in rule';
    errors.push({ type: 'Invalid', path: `${path}.optionalOldSelf`, value: rule.optionalOldSelf, detail });
  }
  return errors;
}

function checkCosts({ program, message }: CompiledRule, place: RulePlace, costs: Costs): readonly FieldError[] {
  return [
    ...checkCost(program, { field: 'rule', name: 'estimated rule cost', place }, costs),
    ...checkCost(message, { field: 'messageExpression', name: 'estimated messageExpression cost', place }, costs),
  ];
}

interface Expression {
  readonly field: 'rule' | 'messageExpression';
  readonly name: string;
  readonly place: RulePlace;
}

function checkCost(
  program: Program | undefined,
  { field, name, place }: Expression,
  costs: Costs,
): readonly FieldError[] {
  if (program === undefined) return [];
  // A message is made once, for the first rule that is false.
  const cost = field === 'rule' ? product(program.cost.max, place.times) : program.cost.max;
  const path = `${place.path}.${field}`;
  costs.total += cost;
  if (cost >= perSchemaEstimateMax / 100) costs.expensive.push({ path, cost });
  if (place.isKnown || cost <= perExpressionEstimateMax) return [];
  return [{ type: 'Forbidden', path, detail: excessText(name, cost, perExpressionEstimateMax) }];
}

function product(cost: number, times: number): number {
  return cost === 0 || times === 0 ? 0 : cost * times;
}

function excessText(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
