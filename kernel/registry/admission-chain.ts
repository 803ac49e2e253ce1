import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin, PendingView } from '../ports/admission.ts';

/** Where the signal of a request comes from: making one costs, so only plugins that wait look at it. */
export interface SignalSource {
  readonly signal: AbortSignal;
}

/**
 * The admission plugins of a server, run in order: `mutate` of all, then (after the schema was checked) `validate` of
 * all, then `commit` of all inside the commit step. The first refusal ends the write.
 */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  /** @returns true if a plugin ran that may have changed `draft`. @throws {ApiError} the refusal of a plugin. */
  async mutate(
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
  ): Promise<boolean> {
    let ran = false;
    for (const plugin of this.#plugins) {
      if (plugin.mutate === undefined || !plugin.handles(attributes)) continue;
      await plugin.mutate(draft, attributes, source.signal);
      ran = true;
    }
    return ran;
  }

  /** @param object the object as it would be stored; absent for deletes. @throws {ApiError} the refusal of a plugin. */
  async validate(object: KubeObject | undefined, attributes: AdmissionAttributes, source: SignalSource): Promise<void> {
    for (const plugin of this.#plugins) {
      if (plugin.validate !== undefined && plugin.handles(attributes)) {
        await plugin.validate(object, attributes, source.signal);
      }
    }
  }

  /** Synchronous. @throws {ApiError} the refusal of a plugin. */
  commit(object: KubeObject | undefined, attributes: AdmissionAttributes, view: PendingView): void {
    for (const plugin of this.#plugins) {
      if (plugin.commit !== undefined && plugin.handles(attributes)) plugin.commit(object, attributes, view);
    }
  }
}
