import { isPlainObject } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import type { CompiledSchema } from '../compile.ts';
import type { Schema } from '../schema.ts';
import { appliedProblems, formatProblems, undeclaredFields } from './check-applied.ts';
import { mergeValues } from './merge.ts';
import * as shape from './shape.ts';

/** An apply configuration that cannot be merged, with the text of Kubernetes. */
export class ConfigurationMergeError extends Error {
  override readonly name = 'ConfigurationMergeError';
}

/**
 * Merges an apply configuration (which may be changed) into an object without anybody owning what it sets (Kubernetes
 * `policy/mutating/patch/smd.go`): nothing is removed, and atomic lists, maps and objects cannot be set, since that would
 * silently drop what the configuration does not say.
 * @returns `live` itself when nothing changes. @throws {ConfigurationMergeError}
 */
export function mergeConfiguration(live: JsonObject, configuration: JsonObject, compiled: CompiledSchema): JsonObject {
  const { schema } = compiled;
  const { apiVersion, kind } = live;
  const typed: Record<string, Json> = {
    ...configuration,
    ...(apiVersion === undefined ? {} : { apiVersion }),
  };
  if (kind !== undefined) typed['kind'] = kind;
  const problems = [...undeclaredFields(compiled.prune(typed), schema), ...appliedProblems(typed, schema)];
  if (problems.length > 0) {
    throw new ConfigurationMergeError(`failed to convert patch object to typed object: ${formatProblems(problems)}`);
  }
  const atomics = atomicPaths(typed, schema, '');
  if (atomics.length > 0) {
    const text = `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`;
    throw new ConfigurationMergeError(text);
  }
  return mergeValues(live, typed, schema) as JsonObject;
}

/** Paths of lists, maps and objects that are only ever set as a whole. Entries of maps are not looked into, as upstream. */
function atomicPaths(value: Json, schema: Schema | undefined, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = shape.shapeOf(value, schema) === 'leaf' ? [path] : [];
  if (Array.isArray(value)) {
    const inner = (value as readonly Json[]).flatMap((item, index) =>
      atomicPaths(item, shape.itemSchema(schema), `${path}[${index}]`),
    );
    return [...own, ...inner];
  }
  if (!isPlainObject(value)) return [];
  const fields = Object.entries(value).filter(([name]) => shape.hasField(schema, name));
  const inner = fields.flatMap(([name, field]) =>
    atomicPaths(field, shape.fieldSchema(schema, name), `${path}.${name}`),
  );
  return [...own, ...inner];
}
