import { errorText, type FieldError } from '../../meta/errors.ts';
import { compilePath } from '../../meta/field-path.ts';
import { checkServiceName } from '../../meta/names.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
  JSONSchemaProps,
} from '../../schema/standard/types.ts';
import { checkSchema } from './check-schema.ts';

/** Most selectable fields of one version (apiextensions `MaxSelectableFields`). */
const selectableFieldsMax = 8;
/** Longest text of a deprecation warning, characters. */
const warningLengthMax = 256;

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

/** Everything wrong with one version of a definition. */
export function checkVersion(version: CustomResourceDefinitionVersion, path: string): readonly FieldError[] {
  const { name, schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = version;
  const errors: FieldError[] = [];
  const problems = checkServiceName(name);
  if (problems.length > 0) {
    errors.push({ type: 'Invalid', path: `${path}.name`, value: name, detail: problems.join(',') });
  }
  errors.push(...checkWarning(version, path));
  const root = schema?.openAPIV3Schema;
  const schemaPath = `${path}.schema.openAPIV3Schema`;
  if (root === undefined) errors.push({ type: 'Required', path: schemaPath, detail: 'schemas are required' });
  else errors.push(...checkSchema(root, { path: schemaPath, hasStatus: subresources?.status !== undefined }));
  if (subresources?.scale !== undefined) errors.push(...checkScale(subresources.scale, `${path}.subresources.scale`));
  additionalPrinterColumns.forEach((column, index) => {
    errors.push(...checkColumn(column, `${path}.additionalPrinterColumns[${index}]`));
  });
  const paths = selectableFields.map(({ jsonPath }) => jsonPath);
  return [...errors, ...checkSelectable(paths, root, `${path}.selectableFields`)];
}

function checkWarning(version: CustomResourceDefinitionVersion, outer: string): readonly FieldError[] {
  const { deprecated, deprecationWarning: value } = version;
  if (value === undefined) return [];
  const path = `${outer}.deprecationWarning`;
  const problems: string[] = [];
  if (deprecated !== true) problems.push('can only be set for deprecated versions');
  else {
    if (value.length > warningLengthMax) problems.push(`must be <= ${warningLengthMax} characters long`);
    if (value === '') problems.push('must not be an empty string');
    const odd = value.search(/\p{C}/u);
    if (odd >= 0) {
      problems.push(`must only contain printable UTF-8 characters; non-printable character found at index ${odd}`);
    }
  }
  return problems.map((detail) => ({ type: 'Invalid', path, value, detail }));
}

function checkScale(scale: CustomResourceSubresourceScale, path: string): readonly FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...checkScalePath(specReplicasPath, `${path}.specReplicasPath`, ['.spec.']),
    ...checkScalePath(statusReplicasPath, `${path}.statusReplicasPath`, ['.status.']),
    ...(labelSelectorPath === ''
      ? []
      : checkScalePath(labelSelectorPath, `${path}.labelSelectorPath`, ['.spec.', '.status.'])),
  ];
}

function checkScalePath(value: string, path: string, below: readonly string[]): readonly FieldError[] {
  if (value === '') return [{ type: 'Required', path, detail: '' }];
  if (!value.startsWith('.')) {
    return [{ type: 'Invalid', path, value, detail: 'must be a simple json path starting with .' }];
  }
  if (below.some((prefix) => value.startsWith(prefix))) return [];
  const parents = below.map((prefix) => prefix.slice(0, -1));
  const detail = `should be a json path under ${parents.length > 1 ? 'either ' : ''}${parents.join(' or ')}`;
  return [{ type: 'Invalid', path, value, detail }];
}

function checkColumn(column: CustomResourceColumnDefinition, path: string): readonly FieldError[] {
  const { name, type, format = '', jsonPath } = column;
  const errors: FieldError[] = [];
  if (name === '') errors.push({ type: 'Required', path: `${path}.name`, detail: '' });
  if (!columnTypes.includes(type)) {
    const detail = `must be one of ${columnTypes.join(',')}`;
    if (type === '') errors.push({ type: 'Required', path: `${path}.type`, detail });
    else errors.push({ type: 'Invalid', path: `${path}.type`, value: type, detail });
  }
  if (format !== '' && !columnFormats.includes(format)) {
    const detail = `must be one of ${columnFormats.join(',')}`;
    errors.push({ type: 'Invalid', path: `${path}.format`, value: format, detail });
  }
  const problem = pathProblem(jsonPath);
  if (jsonPath === '') errors.push({ type: 'Required', path: `${path}.JSONPath`, detail: '' });
  else if (problem !== undefined) {
    errors.push({ type: 'Invalid', path: `${path}.JSONPath`, value: jsonPath, detail: problem });
  }
  return errors;
}

function pathProblem(jsonPath: string): string | undefined {
  if (!jsonPath.startsWith('.')) return 'must be a simple json path starting with .';
  try {
    compilePath(jsonPath);
    return undefined;
  } catch (error) {
    return `is an invalid path: ${errorText(error)}`;
  }
}

function checkSelectable(
  paths: readonly string[],
  root: JSONSchemaProps | undefined,
  outer: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, value] of paths.entries()) {
    const path = `${outer}[${index}].jsonPath`;
    const found = fieldAt(root, value);
    if (value === '') errors.push({ type: 'Required', path, detail: '' });
    else if (typeof found === 'string') {
      errors.push({ type: 'Invalid', path, value, detail: `is an invalid path: ${found}` });
    } else if (value.startsWith('.metadata.')) {
      errors.push({ type: 'Invalid', path, value, detail: 'must not point to fields in metadata' });
    } else if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.push({ type: 'Invalid', path, value, detail });
    }
    if (seen.has(value)) errors.push({ type: 'Duplicate', path, value, detail: '' });
    seen.add(value);
  }
  if (seen.size > selectableFieldsMax) {
    const detail = `${seen.size}: must have at most ${selectableFieldsMax} items`;
    errors.push({ type: 'TooMany', path: outer, value: seen.size, detail });
  }
  return errors;
}

/** The schema of the field, or why there is none. */
function fieldAt(root: JSONSchemaProps | undefined, path: string): JSONSchemaProps | string {
  if (!path.startsWith('.')) return 'expected "." at the beginning';
  let schema: JSONSchemaProps = root ?? {};
  for (const field of path.slice(1).split('.')) {
    const { properties = {} } = schema;
    if (!Object.hasOwn(properties, field)) return `does not refer to a valid field, "${field}" is not known`;
    schema = properties[field] ?? {};
  }
  return schema;
}
