import type { FieldError } from '../../meta/errors.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from '../../schema/standard/types.ts';
import { checkSchema } from './check-schema.ts';
import { schemaAtPath } from './valid-path.ts';

/** The parts of a version that all versions may share, as upstream checks each of them. */
export type VersionParts = Pick<
  CustomResourceDefinitionVersion,
  'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'
>;

/** Where a part stands and what it is checked against. */
export interface PartsPlace {
  /** Path of each part. */
  readonly paths: Readonly<Record<keyof VersionParts, string>>;
  /** The status has a subresource: the schema of the whole may say less. */
  readonly hasStatus: boolean;
  /** The schema that selectable fields are part of. */
  readonly root: JSONSchemaProps | undefined;
}

/** Most selectable fields of one version (apiextensions `MaxSelectableFields`). */
const selectableFieldsMax = 8;
/** Longest text of a deprecation warning, characters. */
const warningLengthMax = 256;

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

/** Everything wrong with the parts that are given. */
export function checkParts(parts: VersionParts, { paths, hasStatus, root }: PartsPlace): readonly FieldError[] {
  const { schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = parts;
  const openAPIV3Schema = schema?.openAPIV3Schema;
  const schemaPath = `${paths.schema}.openAPIV3Schema`;
  return [
    ...(openAPIV3Schema === undefined ? [] : checkSchema(openAPIV3Schema, { path: schemaPath, hasStatus })),
    ...checkScale(subresources?.scale, `${paths.subresources}.scale`),
    ...additionalPrinterColumns.flatMap((column, index) =>
      checkColumn(column, `${paths.additionalPrinterColumns}[${index}]`),
    ),
    ...checkSelectable(
      selectableFields.map(({ jsonPath }) => jsonPath),
      root ?? {},
      paths.selectableFields,
    ),
  ];
}

/** What is wrong with the warning of a version. */
export function checkWarning(version: CustomResourceDefinitionVersion, outer: string): readonly FieldError[] {
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

function checkScale(scale: CustomResourceSubresources['scale'], path: string): readonly FieldError[] {
  if (scale === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...checkScalePath(specReplicasPath, `${path}.specReplicasPath`, ['.spec.']),
    ...checkScalePath(statusReplicasPath, `${path}.statusReplicasPath`, ['.status.']),
    ...(labelSelectorPath === ''
      ? []
      : checkScalePath(labelSelectorPath, `${path}.labelSelectorPath`, ['.spec.', '.status.'])),
  ];
}

const notSimple = 'must be a simple json path starting with .';

function checkScalePath(value: string, path: string, below: readonly string[]): readonly FieldError[] {
  if (value === '') return [{ type: 'Required', path, detail: '' }];
  if (!value.startsWith('.')) return [{ type: 'Invalid', path, value, detail: notSimple }];
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
  // Kubernetes: a path that cannot be read is taken too; the columns from there on are not shown.
  if (jsonPath === '') errors.push({ type: 'Required', path: `${path}.JSONPath`, detail: '' });
  else if (!jsonPath.startsWith('.')) {
    errors.push({ type: 'Invalid', path: `${path}.JSONPath`, value: jsonPath, detail: notSimple });
  }
  return errors;
}

function checkSelectable(paths: readonly string[], root: JSONSchemaProps, outer: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, value] of paths.entries()) {
    const path = `${outer}[${index}].jsonPath`;
    const found = schemaAtPath(value, root, { allowsBrackets: false });
    if (value === '') errors.push({ type: 'Required', path, detail: '' });
    else if (typeof found === 'string') {
      errors.push({ type: 'Invalid', path, value, detail: `is an invalid path: ${found}` });
    } else {
      if (value.startsWith('.metadata.')) {
        errors.push({ type: 'Invalid', path, value, detail: 'must not point to fields in metadata' });
      }
      if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) {
        const detail =
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
        errors.push({ type: 'Invalid', path, value, detail });
      }
      if (seen.has(value)) errors.push({ type: 'Duplicate', path, value, detail: '' });
      seen.add(value);
    }
  }
  if (seen.size > selectableFieldsMax) {
    const detail = `${seen.size}: must have at most ${selectableFieldsMax} items`;
    errors.push({ type: 'TooMany', path: outer, value: seen.size, detail });
  }
  return errors;
}
