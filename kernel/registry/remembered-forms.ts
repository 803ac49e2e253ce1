import type { CachedObject } from '../cache/cached-object.ts';
import type { CompiledKind } from './compiled-kind.ts';

/** The other forms of one state of an object, by apiVersion, as one definition of its kind makes them. */
interface Forms {
  readonly kind: CompiledKind;
  readonly byApiVersion: Map<string, CachedObject | Promise<CachedObject>>;
}

/**
 * Forms of objects that were made lately. Two generations, like the parsed objects of the cache: when the young one is
 * full it becomes the old one, whose unused objects are forgotten at the next turn. A new definition of a kind finds nothing
 * of what the one before made.
 */
export class RememberedForms {
  readonly #bytesMax: number;
  #young = new Map<CachedObject, Forms>();
  #old = new Map<CachedObject, Forms>();
  #youngBytes = 0;

  /** @param bytesMax encoded bytes per generation. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(kind: CompiledKind, object: CachedObject, apiVersion: string): CachedObject | Promise<CachedObject> | undefined {
    const young = this.#young.get(object);
    if (young?.kind === kind) return young.byApiVersion.get(apiVersion);
    const old = this.#old.get(object);
    const form = old?.kind === kind ? old.byApiVersion.get(apiVersion) : undefined;
    if (form !== undefined && !(form instanceof Promise)) this.set(kind, object, apiVersion, form);
    return form;
  }

  set(kind: CompiledKind, object: CachedObject, apiVersion: string, form: CachedObject): void {
    this.#formsOf(kind, object).set(apiVersion, form);
    this.#youngBytes += form.bytes.length;
  }

  /** Lets everybody who asks meanwhile wait for the same form; a failure is not remembered. */
  async await(
    kind: CompiledKind,
    object: CachedObject,
    apiVersion: string,
    form: Promise<CachedObject>,
  ): Promise<CachedObject> {
    const forms = this.#formsOf(kind, object);
    forms.set(apiVersion, form);
    try {
      return await form;
    } finally {
      if (forms.get(apiVersion) === form) forms.delete(apiVersion);
    }
  }

  #formsOf(kind: CompiledKind, object: CachedObject): Forms['byApiVersion'] {
    if (this.#youngBytes > this.#bytesMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    const known = this.#young.get(object);
    if (known?.kind === kind) return known.byApiVersion;
    const byApiVersion: Forms['byApiVersion'] = new Map();
    this.#young.set(object, { kind, byApiVersion });
    return byApiVersion;
  }
}
