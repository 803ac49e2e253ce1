import { isOpenFormat } from '../../schema/formats.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../schema/standard/types.ts';
import { schemasBelow } from './schemas-below.ts';

const numberFormats: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** Formats in the schemas of a definition that nothing is held to (apiextensions `getUnrecognizedFormats`), each once. */
export function oddFormatsOf({ spec }: CustomResourceDefinition): readonly string[] {
  const odd = new Set<string>();
  const visit = (schema: JSONSchemaProps): void => {
    if (isOdd(schema)) odd.add(schema.format ?? '');
    for (const [inner] of schemasBelow(schema, '')) visit(inner);
  };
  for (const { schema } of spec.versions) if (schema?.openAPIV3Schema !== undefined) visit(schema.openAPIV3Schema);
  return [...odd];
}

function isOdd({ type = '', format = '' }: JSONSchemaProps): boolean {
  if (format === '') return false;
  if (type === '' || type === 'string') return !isOpenFormat(format);
  return numberFormats[type]?.includes(format) !== true;
}
