import type { FieldError } from '../../meta/errors.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';

/** Rules of `x-kubernetes-list-type`, `-list-map-keys` and `-map-type`, which server-side apply relies on. */
export function checkLists(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (mapType !== undefined) errors.push(...checkKeyword(schema, path, { keyword: 'map', value: mapType }));
  if (listType !== undefined) errors.push(...checkKeyword(schema, path, { keyword: 'list', value: listType }));
  if (keys.length > 0 && listType !== 'map') {
    const at = `${path}.x-kubernetes-list-type`;
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(
      listType === undefined
        ? { type: 'Required', path: at, detail }
        : { type: 'Invalid', path: at, value: listType, detail },
    );
  }
  if (listType === 'map') errors.push(...checkMapList(schema, keys, path));
  if (listType === 'set') errors.push(...checkSet(schema, path));
  if ((listType === 'map' || listType === 'set') && schema.items?.nullable === true) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push({ type: 'Forbidden', path: `${path}.items.nullable`, detail });
  }
  return errors;
}

function checkKeyword(
  { type = '' }: JSONSchemaProps,
  path: string,
  { keyword, value }: { readonly keyword: 'map' | 'list'; readonly value: string },
): readonly FieldError[] {
  const name = `x-kubernetes-${keyword}-type`;
  const wanted = keyword === 'map' ? 'object' : 'array';
  const allowed = keyword === 'map' ? ['atomic', 'granular'] : ['atomic', 'set', 'map'];
  const errors: FieldError[] = [];
  if (type !== wanted) {
    const detail = `must be ${wanted} if ${name} is specified`;
    const at = `${path}.type`;
    errors.push(
      type === '' ? { type: 'Required', path: at, detail } : { type: 'Invalid', path: at, value: type, detail },
    );
  }
  if (!allowed.includes(value)) {
    const detail = `supported values: ${allowed.map((one) => `"${one}"`).join(', ')}`;
    errors.push({ type: 'NotSupported', path: `${path}.${name}`, value, detail });
  }
  return errors;
}

function checkSet({ items }: JSONSchemaProps, path: string): readonly FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items?.['x-kubernetes-list-type'];
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [{ type: 'Invalid', path: `${path}.items.x-kubernetes-list-type`, value: listType, detail }];
  }
  if (items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    const value = items['x-kubernetes-map-type'] ?? null;
    return [{ type: 'Invalid', path: `${path}.items.x-kubernetes-map-type`, value, detail }];
  }
  return [];
}

function checkMapList({ items }: JSONSchemaProps, keys: readonly string[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) {
    const detail = 'must not be empty if x-kubernetes-list-type is map';
    errors.push({ type: 'Required', path: keysPath, detail });
  }
  if (items === undefined) {
    const detail = 'must have a schema if x-kubernetes-list-type is map';
    return [...errors, { type: 'Required', path: `${path}.items`, detail }];
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, { type: 'Invalid', path: `${path}.items.type`, value: items.type ?? '', detail }];
  }
  if (new Set(keys).size < keys.length) {
    errors.push({ type: 'Invalid', path: keysPath, value: keys, detail: 'must not contain duplicate entries' });
  }
  for (const key of keys) errors.push(...checkMapKey(items, key, path));
  return errors;
}

function checkMapKey(items: JSONSchemaProps, key: string, path: string): readonly FieldError[] {
  const field = items.properties?.[key];
  if (field === undefined) {
    const detail = 'entries must all be names of item properties';
    return [{ type: 'Invalid', path: `${path}.x-kubernetes-list-map-keys`, value: [key], detail }];
  }
  const at = `${path}.items.properties[${key}]`;
  const errors: FieldError[] = [];
  if (field.type === 'array' || field.type === 'object') {
    const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.push({ type: 'Invalid', path: `${at}.type`, value: field.type, detail });
  }
  if (items.required?.includes(key) !== true && field.default === undefined) {
    const detail =
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
    errors.push({ type: 'Required', path: `${at}.default`, detail });
  }
  if (field.nullable === true) {
    const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
    errors.push({ type: 'Forbidden', path: `${at}.nullable`, detail });
  }
  return errors;
}
