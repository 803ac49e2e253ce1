import type { CachedObject } from '../cache/cached-object.ts';
import { hasApiVersion } from '../cache/encoding.ts';
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
  /** The kind in whose form objects are stored: nearly always the kind itself. */
  readonly stored: KindDefinition;
  /** `deployments.apps`: under what objects are stored. */
  readonly resource: string;
  /** `apps/v1`: what stored objects say, unless they were stored before it was so. */
  readonly storedApiVersion: string;
  /** Objects are found in one form only, which is the one that is served. */
  #isUniform: boolean;

  constructor(definition: KindDefinition) {
    this.definition = definition;
    this.stored = definition.storedAs ?? definition;
    this.resource = formatResource(this.stored.plural, this.stored.group);
    this.storedApiVersion = formatApiVersion(this.stored.group, this.stored.storageVersion);
    const isAlone = definition.versions.length === 1 && this.stored === definition;
    this.#isUniform = isAlone || definition.custom !== undefined;
  }

  /** Names an object of this kind as clients know it. */
  key(namespace: string, name: string): ObjectKey {
    return { resource: formatResource(this.definition.plural, this.definition.group), namespace, name };
  }

  /** Names an object of this kind in the store. */
  storedKey(namespace: string, name: string): ObjectKey {
    return { resource: this.resource, namespace, name };
  }

  /** `apps/v1` for `v1`. */
  apiVersion(version: string): string {
    return formatApiVersion(this.definition.group, version);
  }

  /** True if all current objects of the kind are in the form of that version. Those of the past may not be. */
  isStoredIn(version: string): boolean {
    return this.#isUniform && this.isStorageVersion(version);
  }

  /** True if objects of this kind may be found in forms other than the one it is served in. */
  get hasForms(): boolean {
    const { custom, versions } = this.definition;
    return custom !== undefined || versions.length > 1 || this.stored !== this.definition;
  }

  /** True if objects are written in the form of that version. */
  isStorageVersion(version: string): boolean {
    return this.stored === this.definition && version === this.definition.storageVersion;
  }

  /**
   * An object of a custom kind as it is read now: without fields the schema of its version lost and with defaults it got
   * since it was stored (apiextensions-apiserver decodes so). What is stored stays as it is until the next write; an object
   * in another version stays in it until it is read. @returns `undefined` when nothing changes.
   */
  upgrade(stored: CachedObject): KubeObject | undefined {
    const { custom, storageVersion, conversion, versions } = this.definition;
    if (custom === undefined) return undefined;
    const own = versions.find(({ name }) => hasApiVersion(stored.bytes, this.apiVersion(name)))?.name;
    // Of a version that is no more, only the name can be changed.
    const version = own ?? storageVersion;
    if (version !== storageVersion || (own === undefined && conversion !== undefined)) this.#isUniform = false;
    const isRenamed = own === undefined && conversion === undefined;
    if (!isRenamed && (own === undefined || !custom.hasChanged)) return undefined;
    const old = stored.parsed();
    const draft: MutableObject = { ...cloneJson(old as KubeObject & JsonObject), apiVersion: this.apiVersion(version) };
    const schema = this.schema(version);
    schema.prune(draft);
    schema.applyDefaults(draft);
    return jsonEquals(draft, old) ? undefined : (draft as MutableObject & KubeObject);
  }

  /** The compiled schema of a version. @throws {ApiError} `NotFound` when the version is not served. */
  schema(version: string): CompiledSchema {
    const found = findVersion(this.definition, version);
    if (found === undefined) throw new ApiError('NotFound', 'the server could not find the requested resource');
    return compileObjectSchema(found);
  }
}
