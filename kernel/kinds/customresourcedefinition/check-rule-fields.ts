import type { FieldError } from '../../meta/errors.ts';
import type { JSONSchemaProps, ValidationRule } from '../../schema/standard/types.ts';

/** The fields of one rule but its expressions. */

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What is wrong with the form of a rule of values of the schema. */
export function checkRuleFields(rule: ValidationRule, schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...checkTexts(rule, path)];
  const { messageExpression = '', reason, fieldPath = '' } = rule;
  if (messageExpression.length > 0 && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push({ type: 'Required', path: `${path}.messageExpression`, detail });
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    const detail = `supported values: ${reasons.map((one) => `"${one}"`).join(', ')}`;
    errors.push({ type: 'NotSupported', path: `${path}.reason`, value: reason, detail });
  }
  if (fieldPath === '') return errors;
  const invalid = (detail: string): void => {
    errors.push({ type: 'Invalid', path: `${path}.fieldPath`, value: fieldPath, detail });
  };
  if (fieldPath.trim() === '') invalid('fieldPath must be non-empty if specified');
  if (/[\n\r]/.test(fieldPath)) invalid('fieldPath must not contain line breaks');
  const problem = pathProblem(fieldPath, schema);
  if (problem !== undefined) invalid(`fieldPath must be a valid path: ${problem}`);
  return errors;
}

function checkTexts({ rule, message = '' }: ValidationRule, path: string): readonly FieldError[] {
  const [trimmedRule, trimmedMessage] = [rule.trim(), message.trim()];
  const invalid = (detail: string) => [{ type: 'Invalid', path: `${path}.message`, value: message, detail } as const];
  if (trimmedRule === '') return [{ type: 'Required', path: `${path}.rule`, detail: 'rule is not specified' }];
  if (message !== '' && trimmedMessage === '') return invalid('message must be non-empty if specified');
  if (/[\n\r]/.test(trimmedMessage)) return invalid('message must not contain line breaks');
  if (!/[\n\r]/.test(trimmedRule) || trimmedMessage !== '') return [];
  return [
    { type: 'Required', path: `${path}.message`, detail: 'message must be specified if rule contains line breaks' },
  ];
}

const step = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\])/;

/** Why a path such as `.spec.x` or `.map['key']` leads to no field, `undefined` if it does. */
function pathProblem(path: string, root: JSONSchemaProps): string | undefined {
  let [schema, rest]: [JSONSchemaProps, string] = [root, path.trim()];
  while (rest !== '') {
    const found = step.exec(rest);
    if (found === null) return `expected [ or . but got: ${rest}`;
    const name = found[1] ?? found[2]?.replaceAll(/\\(.)/g, '$1') ?? '';
    const { properties, additionalProperties } = schema;
    const field = properties === undefined || !Object.hasOwn(properties, name) ? undefined : properties[name];
    const inner = properties === undefined && typeof additionalProperties === 'object' ? additionalProperties : field;
    if (inner === undefined) return 'does not refer to a valid field';
    [schema, rest] = [inner, rest.slice(found[0].length)];
  }
  return undefined;
}
