import type { FieldError, FieldErrorType } from '../meta/errors.ts';
import type { RuleNode } from './cel/rules.ts';
import { compileDefaults } from './compile-defaults.ts';
import { compilePrune } from './compile-prune.ts';
import { compileValidate } from './compile-validate.ts';
import { hasExpressions, loadExpressions, loadedExpressions } from './expressions.ts';
import { toFieldErrors } from './findings.ts';
import type { KindVersion } from './kind.ts';
import type { Draft, Finding, ObjectPasses } from './passes.ts';
import { Correlated, isUnchanged } from './ratchet.ts';
import { type ObjectSchema, type Schema, string } from './schema.ts';
import { objectMetaSchema } from './standard/standard.ts';
import { checkRules } from './value-rules.ts';

/**
 * What a schema does to the objects it describes. The functions are generated per object schema, when first called
 * (research: 10 × faster than closures), and shared by all schemas that share it.
 */
export interface CompiledSchema {
  readonly schema: ObjectSchema;
  /**
   * Brings a decoded object into the form it is stored in, in place: drops fields the schema does not know, nulls of
   * fields that are not nullable and zero values that mean absent; writes quantities, and times of standard kinds, in
   * canonical form. Values of a wrong type are left for `validate`. Idempotent.
   * @returns paths of the unknown fields (`spec.containers[0].foo`), at most 100.
   */
  prune(draft: Draft): readonly string[];
  /** Fills absent fields that have a default, in place. Idempotent. */
  applyDefaults(draft: Draft): void;
  /**
   * Every value that is wrong, at most 100; unknown fields and the metadata of a whole object are not looked at.
   * @param change what the object was before: what did not change may stay wrong (KEP-4008).
   */
  validateValues(object: object, change?: Change): readonly FieldError[];
  /** To be awaited before `validateExpressions` and `validate`. @returns `undefined` if there is nothing to load. */
  loadExpressions(): Promise<void> | undefined;
  /** What its expressions forbid. @param found everything wrong with the object so far: expressions rely on types. */
  validateExpressions(object: object, found: readonly FieldError[], change?: Change): readonly FieldError[];
  /** Both. */
  validate(object: object, change?: Change): readonly FieldError[];
}

/** An update, as validation sees it. */
export interface Change {
  readonly old: object;
  /** Told what stays wrong. */
  readonly warn: (text: string) => void;
}

/**
 * Compiles a schema; cheap, since the functions are generated when first used.
 * A pattern RE2 does not allow makes the first `validate` throw: check those of CRDs with `LinearRegexp`.
 */
export function compileSchema(schema: ObjectSchema): CompiledSchema {
  return compiledSchema(schema, false);
}

/** @param isRoot values are whole API objects, whose metadata has rules of its own (`kernel/registry/metadata.ts`). */
function compiledSchema(schema: ObjectSchema, isRoot: boolean): CompiledSchema {
  const passes = passesOf(schema);
  const validating = isRoot ? passesOf(withoutMetadata(schema)) : passes;
  const isRuled = once(() => hasExpressions(schema));
  const expressions = once(() => loadedExpressions().ruleTree(schema, isRoot));
  const compiled: CompiledSchema = {
    schema,
    prune(draft) {
      const unknown: string[] = [];
      passes.prune(draft, unknown);
      return unknown;
    },
    applyDefaults: (draft) => passes.applyDefaults(draft),
    validateValues(object, change) {
      const found: Finding[] = [];
      validating.validate(object as Readonly<Draft>, found);
      if (schema.rules !== undefined) checkRules(found, '', object, schema.rules);
      return found.length === 0 ? noErrors : toFieldErrors(remaining(found, correlatedOf(schema, object, change)));
    },
    loadExpressions: () => (isRuled() ? loadExpressions() : undefined),
    validateExpressions(object, found, change) {
      const node = isRuled() ? expressions() : undefined;
      if (node === undefined) return noErrors;
      const correlated = correlatedOf(schema, object, change);
      return checkExpressions(node, { object, change, correlated, errors: found });
    },
    validate(object, change) {
      const found = compiled.validateValues(object, change);
      const more = compiled.validateExpressions(object, found, change);
      return more.length === 0 ? found : [...found, ...more];
    },
  };
  return compiled;
}

/** A value that is made when first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function withoutMetadata(schema: ObjectSchema): ObjectSchema {
  const { metadata: _metadata, ...properties } = schema.properties;
  return { ...schema, properties };
}

function correlatedOf(schema: ObjectSchema, object: object, change: Change | undefined): Correlated | undefined {
  return change === undefined ? undefined : new Correlated(object, change.old, schema);
}

/** Compiles the schema of whole objects: that of the version plus apiVersion, kind and metadata. Once per version. */
export function compileObjectSchema(version: KindVersion): CompiledSchema {
  const known = compiledVersions.get(version);
  if (known !== undefined) return known;
  const compiled = compiledSchema(wholeObjectSchema(version.schema), true);
  compiledVersions.set(version, compiled);
  return compiled;
}

/** Leaves out what is wrong with what did not change. */
function remaining(found: readonly Finding[], correlated: Correlated | undefined): readonly Finding[] {
  return correlated === undefined ? found : found.filter(({ path }) => !isUnchanged(correlated, path));
}

interface Validation {
  readonly object: object;
  readonly change: Change | undefined;
  readonly correlated: Correlated | undefined;
  readonly errors: readonly FieldError[];
}

/** Errors after which expressions could not rely on types (apiextensions `hasBlockingErr`). */
const blocking: ReadonlySet<FieldErrorType> = new Set([
  'NotSupported',
  'Required',
  'TooLong',
  'TooMany',
  'TypeInvalid',
]);

function checkExpressions(node: RuleNode, { object, change, correlated, errors }: Validation): readonly FieldError[] {
  if (errors.some(({ type }) => blocking.has(type))) {
    const detail =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    return [{ type: 'Invalid', path: '<nil>', value: null, detail }];
  }
  return loadedExpressions().checkRuleTree(node, object, change === undefined ? undefined : { ...change, correlated });
}

/** The schema of whole objects of a kind, from that of everything but apiVersion, kind and metadata. */
export function wholeObjectSchema(schema: ObjectSchema): ObjectSchema {
  return {
    ...schema,
    properties: { apiVersion: string(), kind: string(), metadata: topLevelMetadata, ...schema.properties },
  };
}

/** Text of the strict decoding error or warning for an unknown field (sigs.k8s.io/json). */
export function unknownFieldText(path: string): string {
  return `unknown field "${path}"`;
}

/** Metadata is field 1 of every standard kind. */
const topLevelMetadata: ObjectSchema = { ...objectMetaSchema, proto: 1 };

const noErrors: readonly FieldError[] = [];
const compiledVersions = new WeakMap<KindVersion, CompiledSchema>();

/** Passes by the identity of `properties`, which uses of a shared schema have in common; by variant inside. */
const compiledPasses = new WeakMap<Readonly<Record<string, Schema>>, Map<string, ObjectPasses>>();

function passesOf(schema: ObjectSchema): ObjectPasses {
  const { properties } = schema;
  const variant = `${schema.preserveUnknownFields === true}/${schema.embeddedResource === true}`;
  let variants = compiledPasses.get(properties);
  if (variants === undefined) {
    variants = new Map();
    compiledPasses.set(properties, variants);
  }
  const known = variants.get(variant);
  if (known !== undefined) return known;
  const passes = lazyPasses(schema);
  variants.set(variant, passes);
  return passes;
}

/** Passes that replace themselves by compiled functions when called. */
function lazyPasses(schema: ObjectSchema): ObjectPasses {
  const passes: ObjectPasses = {
    prune(object, unknown) {
      passes.prune = compilePrune(schema.embeddedResource === true ? embeddedSchema(schema) : schema, passesOf);
      passes.prune(object, unknown);
    },
    applyDefaults(object) {
      passes.applyDefaults = compileDefaults(schema, passesOf);
      passes.applyDefaults(object);
    },
    validate(object, found) {
      passes.validate = compileValidate(schema, passesOf);
      passes.validate(object, found);
    },
  };
  return passes;
}

/**
 * An object inside another one that is itself an API object (x-kubernetes-embedded-resource): it keeps what tells what it is,
 * which is checked by `kernel/registry/embedded.ts`.
 */
function embeddedSchema(schema: ObjectSchema): ObjectSchema {
  const typeMeta = { apiVersion: string(), kind: string(), metadata: objectMetaSchema };
  return { ...schema, properties: { ...typeMeta, ...schema.properties } };
}
