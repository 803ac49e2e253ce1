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
  // Most plugins have a part in one of them only, and every write asks all that are in a list.
  readonly #mutating: readonly AdmissionPlugin[];
  readonly #validating: readonly AdmissionPlugin[];
  readonly #committing: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#mutating = plugins.filter((plugin) => plugin.mutate !== undefined || plugin.mutateInRounds !== undefined);
    this.#validating = plugins.filter((plugin) => plugin.validate !== undefined);
    this.#committing = plugins.filter((plugin) => plugin.commit !== undefined);
  }

  /** @returns true if a plugin ran that may have changed `draft`. @throws {ApiError} the refusal of a plugin. */
  async mutate(
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
  ): Promise<boolean> {
    let ran = false;
    let rounds: Map<AdmissionPlugin, SecondRound> | undefined;
    for (const plugin of this.#mutating) {
      if (!plugin.handles(attributes)) continue;
      if (plugin.mutate !== undefined) await plugin.mutate(draft, attributes, source);
      if (plugin.mutateInRounds !== undefined) {
        const second = await plugin.mutateInRounds(draft, attributes, source);
        if (second !== undefined) (rounds ??= new Map()).set(plugin, second);
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
    for (const plugin of this.#mutating) {
      await rounds.get(plugin)?.run(draft, source);
      if (plugin.mutate !== undefined && plugin.handles(attributes)) {
        await plugin.mutate(draft, attributes, source);
      }
    }
  }

  /** @param object the object as it would be stored; absent for deletes. @throws {ApiError} the refusal of a plugin. */
  async validate(object: KubeObject | undefined, attributes: AdmissionAttributes, source: SignalSource): Promise<void> {
    for (const plugin of this.#validating) {
      if (plugin.handles(attributes)) await plugin.validate?.(object, attributes, source);
    }
  }

  /** Synchronous. @throws {ApiError} the refusal of a plugin. */
  commit(object: KubeObject | undefined, attributes: AdmissionAttributes, view: PendingView): void {
    for (const plugin of this.#committing) {
      if (plugin.handles(attributes)) plugin.commit?.(object, attributes, view);
    }
  }
}
