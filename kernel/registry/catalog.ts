import { ApiError } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { KindCatalog } from '../ports/resources.ts';
import { findVersion, type KindDefinition } from '../schema/kind.ts';
import { CompiledKind } from './compiled-kind.ts';

/** The kinds a registry serves. They may come and go while it runs; `version` grows with every change. */
export class Catalog implements KindCatalog {
  readonly #byPlural = new Map<string, CompiledKind>();
  readonly #byKind = new Map<string, CompiledKind>();
  readonly #listeners = new Set<(resource: string) => void>();
  #version = 0;

  /** @param kinds served from the start. */
  constructor(kinds: readonly KindDefinition[]) {
    for (const definition of kinds) this.add(definition);
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Starts serving a kind, or replaces the definition of one that is served.
   * @throws {ApiError} `BadRequest` when the definition contradicts itself, `Conflict` when the kind's name is taken.
   */
  add(definition: KindDefinition): void {
    checkDefinition(definition);
    const resource = formatResource(definition.plural, definition.group);
    const kindName = formatResource(definition.kind, definition.group);
    const namesake = this.#byKind.get(kindName);
    if (namesake !== undefined && namesake.resource !== resource) {
      throw new ApiError('Conflict', `Cannot serve "${resource}": "${namesake.resource}" has the same kind`);
    }
    const replaced = this.#byPlural.get(resource);
    if (replaced !== undefined) this.#byKind.delete(formatResource(replaced.definition.kind, definition.group));
    const compiled = new CompiledKind(definition);
    this.#byPlural.set(resource, compiled);
    this.#byKind.set(kindName, compiled);
    this.#changed(resource);
  }

  /** Stops serving a kind; its objects stay in the store. @returns false when it was not served. */
  remove(group: string, plural: string): boolean {
    const compiled = this.#byPlural.get(formatResource(plural, group));
    if (compiled === undefined) return false;
    this.#byPlural.delete(compiled.resource);
    this.#byKind.delete(formatResource(compiled.definition.kind, group));
    this.#changed(compiled.resource);
    return true;
  }

  /** Calls `listener` with the resource after every change, in the order of the calls. Dispose to stop. */
  onChange(listener: (resource: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  list(): readonly KindDefinition[] {
    return [...this.#byPlural.values()].map((compiled) => compiled.definition);
  }

  find(group: string, plural: string): KindDefinition | undefined {
    return this.#byPlural.get(formatResource(plural, group))?.definition;
  }

  findKind(group: string, kind: string): KindDefinition | undefined {
    return this.#byKind.get(formatResource(kind, group))?.definition;
  }

  /** By resource, as objects are stored: `deployments.apps`. */
  findResource(resource: string): CompiledKind | undefined {
    return this.#byPlural.get(resource);
  }

  /** The compiled form of a kind somebody holds a definition of. @throws {ApiError} `NotFound` when it is not served. */
  compiled(definition: KindDefinition): CompiledKind {
    const resource = formatResource(definition.plural, definition.group);
    const compiled = this.#byPlural.get(resource);
    if (compiled === undefined) throw new ApiError('NotFound', 'the server could not find the requested resource');
    return compiled;
  }

  #changed(resource: string): void {
    this.#version++;
    for (const listener of this.#listeners) listener(resource);
  }
}

function checkDefinition(definition: KindDefinition): void {
  if (findVersion(definition, definition.storageVersion) !== undefined) return;
  const allowed = definition.versions.map((version) => `"${version.name}"`).join(', ');
  throw new ApiError(
    'BadRequest',
    `Cannot serve "${definition.kind}": storage version "${definition.storageVersion}" is none of ${allowed}`,
  );
}
