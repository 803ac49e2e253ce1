import { ApiError, errorText, isApiError } from '../../meta/errors.ts';
import { cloneJson, isPlainObject } from '../../meta/json.ts';
import type { Json, JsonObject, KubeObject } from '../../meta/object.ts';
import { ConfigurationMergeError, mergeConfiguration } from '../../schema/apply/merge-configuration.ts';
import { misnamedMessages, NoJsonError, toJson } from '../../schema/cel/messages.ts';
import { Message, type Value } from '../../schema/cel/values.ts';
import { type CompiledSchema, compileObjectSchema, unknownFieldText } from '../../schema/compile.ts';
import { findVersion, type KindDefinition } from '../../schema/kind.ts';
import { applyJsonPatch, FailedTestError } from '../../schema/patch/json-patch.ts';
import type { CompiledMutation } from '../../schema/policy/compile-mutating.ts';
import type { Evaluated } from './evaluation.ts';

/** A mutation that came to nothing: the `failurePolicy` of its policy counts. Texts are those of Kubernetes. */
export class MutationError extends Error {
  override readonly name = 'MutationError';
}

/** What a mutation changes. */
export interface Mutated {
  /** In the version the policy looks at. */
  readonly object: KubeObject;
  readonly version: string;
  readonly definition: KindDefinition;
}

/**
 * The object after one mutation, with defaults (Kubernetes `policy/mutating/patch`); `mutated.object` is not changed.
 * @throws {MutationError} when it cannot be made. @throws {ApiError} `InternalError` for a JSON patch that leaves fields that
 *   a standard kind does not have.
 */
export function applyMutation(
  { patchType, compiled }: CompiledMutation,
  evaluate: () => Evaluated,
  { object, version, definition }: Mutated,
): KubeObject {
  if (compiled.problem !== undefined) throw new MutationError(compiled.problem);
  const { value, error } = { value: undefined, error: undefined, ...evaluate() };
  if (error !== undefined) throw new MutationError(error);
  const found = findVersion(definition, version);
  if (found === undefined) return object;
  const schema = compileObjectSchema(found);
  const live = object as KubeObject & JsonObject;
  const next = patchType === 'JSONPatch' ? patched(live, value, schema, definition) : merged(live, value, schema);
  if (next === live) return object;
  const draft: Record<string, unknown> = { ...cloneJson(next) };
  schema.applyDefaults(draft);
  return draft as Record<string, unknown> & KubeObject;
}

function merged(live: JsonObject, value: Value, schema: CompiledSchema): JsonObject {
  refuseMisnamed(value, 'Object');
  try {
    const configuration = toJson(value);
    return isPlainObject(configuration) ? mergeConfiguration(live, configuration, schema) : live;
  } catch (error) {
    if (error instanceof NoJsonError) throw new MutationError(`type mismatch: ${error.message}`, { cause: error });
    if (!(error instanceof ConfigurationMergeError)) throw error;
    throw new MutationError(`error applying patch: ${error.message}`, { cause: error });
  }
}

function refuseMisnamed(value: Value, path: string): void {
  const misnamed = misnamedMessages(value, path);
  if (misnamed.length > 0) throw new MutationError(`type mismatch: ${misnamed.join('\n')}`);
}

function patched(live: JsonObject, value: Value, schema: CompiledSchema, { custom }: KindDefinition): JsonObject {
  const operations = Array.isArray(value) ? (value as readonly Value[]).map(operationOf) : [];
  const next = applied(live, operations);
  if (next === live || custom !== undefined) return next;
  const [unknown] = schema.prune({ ...cloneJson(next) });
  if (unknown === undefined) return next;
  throw new ApiError('InternalError', `Internal error occurred: strict decoding error: ${unknownFieldText(unknown)}`);
}

function applied(live: JsonObject, operations: readonly Json[]): JsonObject {
  try {
    const next = applyJsonPatch(live, operations);
    if (isPlainObject(next)) return next;
    throw new MutationError('JSON Patch: the patched object is no object');
  } catch (error) {
    // What was tested does not hold: there is nothing to do.
    if (error instanceof FailedTestError) return live;
    if (isApiError(error)) throw new MutationError(`JSON Patch: ${errorText(error)}`, { cause: error });
    throw error;
  }
}

/** One operation; parts that are empty texts count as absent, `path` aside. */
function operationOf(message: Value): Json {
  if (!(message instanceof Message)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  }
  const { fields } = message;
  const value = fields.get('value');
  if (value instanceof Message) refuseMisnamed(value, value.typeName);
  const [op, path, from] = ['op', 'path', 'from'].map((name) => textOf(fields.get(name)));
  const operation = { op: op ?? '', path: path ?? '', ...(from === undefined || from === '' ? {} : { from }) };
  if (value === undefined) return operation;
  try {
    return { ...operation, value: toJson(value) };
  } catch (error) {
    if (!(error instanceof NoJsonError)) throw error;
    const why = `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${error.message}`;
    throw new MutationError(why, { cause: error });
  }
}

function textOf(value: Value): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
