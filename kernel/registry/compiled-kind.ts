import type { CachedObject } from '../cache/cached-object.ts';
import { ApiError } from '../meta/errors.ts';
import { cloneJson, jsonEquals } from '../meta/json.ts';
import { formatResource, type ObjectKey } from '../meta/key.ts';
import { formatApiVersion, type JsonObject, type KubeObject } from '../meta/object.ts';
import { type CompiledSchema, compileObjectSchema } from '../schema/compile.ts';
import { findVersion, type KindDefinition } from '../schema/kind.ts';

/** A JSON object that is private to one request and may be changed. */
export type MutableObject = Record<string, unknown>;

/** A kind as the registry uses it: the definition and what is derived from it once. */
export class CompiledKind {
  readonly definition: KindDefinition;
  /** `deployments.apps`. */
  readonly resource: string;
  /** `apps/v1`: what stored objects say. */
  readonly storedApiVersion: string;

  constructor(definition: KindDefinition) {
    this.definition = definition;
    this.resource = formatResource(definition.plural, definition.group);
    this.storedApiVersion = formatApiVersion(definition.group, definition.storageVersion);
  }

  /** Names an object of this kind. */
  key(namespace: string, name: string): ObjectKey {
    return { resource: this.resource, namespace, name };
  }

  /**
   * An object of a custom kind as it is read now: in the storage version of today, with the defaults its schema got since
   * it was stored. What is stored stays as it is until the next write. @returns `undefined` when nothing changes.
   */
  upgrade(stored: CachedObject): KubeObject | undefined {
    const { custom, storageVersion } = this.definition;
    if (custom === undefined || (custom.storedVersions.length < 2 && !custom.hasDefaults)) return undefined;
    const old = stored.parsed();
    const draft: MutableObject = { ...cloneJson(old as KubeObject & JsonObject), apiVersion: this.storedApiVersion };
    if (custom.hasDefaults) this.schema(storageVersion).applyDefaults(draft);
    return jsonEquals(draft, old) ? undefined : (draft as MutableObject & KubeObject);
  }

  /** The compiled schema of a version. @throws {ApiError} `NotFound` when the version is not served. */
  schema(version: string): CompiledSchema {
    const found = findVersion(this.definition, version);
    if (found === undefined) throw new ApiError('NotFound', 'the server could not find the requested resource');
    return compileObjectSchema(found);
  }
}
