import type { JSONSchemaProps } from '../../schema/standard/types.ts';

const token = /'(?:\\'|[^'])*'|[.[\]]|[^.[\]]+/g;

/**
 * The schema a path such as `.spec.x` or `.map['key']` leads to, or why it leads to none (the `ValidFieldPath` of
 * apiextensions-apiserver, whose words these are).
 */
export function schemaAtPath(
  path: string,
  root: JSONSchemaProps,
  { allowsBrackets }: { readonly allowsBrackets: boolean },
): JSONSchemaProps | string {
  const tokens = path.match(token) ?? [];
  let schema = root;
  for (let index = 0; index < tokens.length; ) {
    const [start = '', name, end] = tokens.slice(index, index + 3);
    const isBracket = start === '[';
    if (isBracket && !allowsBrackets) return 'array notation is not allowed';
    if (!isBracket && start !== '.') return `expected [ or . but got: ${start}`;
    if (name === undefined) return 'unexpected end of JSON path';
    if (isBracket && !/^'.*'$/s.test(name)) return `expected single quoted string but got ${name}`;
    const inner = schemaBelow(schema, isBracket ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name);
    if (inner === undefined) return 'does not refer to a valid field';
    if (isBracket && end !== ']') {
      return end === undefined ? 'unexpected end of JSON path' : `expected ] but got ${end}`;
    }
    schema = inner;
    index += isBracket ? 3 : 2;
  }
  return schema;
}

function schemaBelow({ properties, additionalProperties }: JSONSchemaProps, name: string): JSONSchemaProps | undefined {
  if (properties !== undefined) return Object.hasOwn(properties, name) ? properties[name] : undefined;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
