import type { JSONSchemaProps } from '../../schema/standard/types.ts';

const junctions = ['allOf', 'oneOf', 'anyOf'] as const;

type Below = readonly [schema: JSONSchemaProps, path: string, field?: string];

/** The schemas inside one, with their paths and, below properties, the names of the fields. */
export function schemasBelow(schema: JSONSchemaProps, path: string): readonly Below[] {
  const { additionalProperties, properties = {}, not, items } = schema;
  const found: Below[] = [];
  if (typeof additionalProperties === 'object') found.push([additionalProperties, `${path}.additionalProperties`]);
  for (const [field, inner] of Object.entries(properties)) found.push([inner, `${path}.properties[${field}]`, field]);
  if (not !== undefined) found.push([not, `${path}.not`]);
  for (const junction of junctions) {
    (schema[junction] ?? []).forEach((inner, index) => found.push([inner, `${path}.${junction}[${index}]`]));
  }
  if (typeof items === 'object' && !Array.isArray(items)) found.push([items, `${path}.items`]);
  return found;
}
