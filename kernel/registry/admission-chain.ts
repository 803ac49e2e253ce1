import type { KubeObject } from '../meta/object.ts';
import type {
  AdmissionAttributes,
  AdmissionPlugin,
  PendingView,
  SecondRound,
  SignalSource,
} from '../ports/admission.ts';

/**
 * The admission plugins of a server, run in order: `mutate` of all (twice, where plugins that run code of others changed
 * something: Kubernetes `admission/reinvocation.go`), then (after the schema was checked) `validate` of
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
    let rounds: Map<AdmissionPlugin, SecondRound> | undefined;
    for (const plugin of this.#plugins) {
      const isMutating = plugin.mutate !== undefined || plugin.mutateInRounds !== undefined;
      if (!isMutating || !plugin.handles(attributes)) continue;
      await plugin.mutate?.(draft, attributes, source);
      const second = await plugin.mutateInRounds?.(draft, attributes, source);
      if (second !== undefined) {
        rounds ??= new Map();
        rounds.set(plugin, second);
      }
      ran = true;
    }
    if (rounds?.values().some(({ isWanted }) => isWanted) === true) {
      await this.#mutateAgain(rounds, draft, attributes, source);
    }
    return ran;
  }

  async #mutateAgain(
    rounds: ReadonlyMap<AdmissionPlugin, SecondRound>,
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
  ): Promise<void> {
    for (const plugin of this.#plugins) {
      await rounds.get(plugin)?.run(draft, source);
      if (plugin.mutate !== undefined && plugin.handles(attributes)) {
        await plugin.mutate(draft, attributes, source);
      }
    }
  }

  /** @param object the object as it would be stored; absent for deletes. @throws {ApiError} the refusal of a plugin. */
  async validate(object: KubeObject | undefined, attributes: AdmissionAttributes, source: SignalSource): Promise<void> {
    for (const plugin of this.#plugins) {
      if (plugin.validate !== undefined && plugin.handles(attributes)) {
        await plugin.validate(object, attributes, source);
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
