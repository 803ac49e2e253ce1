import type { FieldError } from '../../meta/errors.ts';
import type { JSONSchemaProps, ValidationRule } from '../../schema/standard/types.ts';
import { schemaAtPath } from './valid-path.ts';

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
  if (fieldPath.trim() === '') invalid('must be non-empty if specified');
  if (/[\n\r]/.test(fieldPath)) invalid('must not contain line breaks');
  if (typeof schemaAtPath(fieldPath, schema, { allowsBrackets: true }) === 'string') invalid('must be a valid path');
  return errors;
}

function checkTexts({ rule, message = '' }: ValidationRule, path: string): readonly FieldError[] {
  const [trimmedRule, trimmedMessage] = [rule.trim(), message.trim()];
  const invalid = (detail: string) => [{ type: 'Invalid', path: `${path}.message`, value: message, detail } as const];
  if (trimmedRule === '') return [{ type: 'Required', path: `${path}.rule`, detail: 'rule is not specified' }];
  if (message !== '' && trimmedMessage === '') return invalid('must be non-empty if specified');
  if (/[\n\r]/.test(trimmedMessage)) return invalid('must not contain line breaks');
  if (!/[\n\r]/.test(trimmedRule) || trimmedMessage !== '') return [];
  return [
    { type: 'Required', path: `${path}.message`, detail: 'message must be specified if rule contains line breaks' },
  ];
}
