import type { Clock } from '../base/clock.ts';
import type { MetricFamily } from '../base/metrics.ts';
import type { KubeObject } from '../meta/object.ts';
import type {
  AdmissionAttributes,
  AdmissionPlugin,
  PendingView,
  SecondRound,
  SignalSource,
} from '../ports/admission.ts';
import { AdmissionMetrics, type AdmissionTimes, type StageTiming } from './admission-metrics.ts';

interface TimedPlugin {
  readonly plugin: AdmissionPlugin;
  readonly times: AdmissionTimes;
}

/**
 * The admission plugins of a server, run in order: `mutate` of all (twice, where plugins that run code of others changed
 * something: Kubernetes `admission/reinvocation.go`), then (after the schema was checked) `validate` of
 * all, then `commit` of all inside the commit step. The first refusal ends the write.
 */
export class AdmissionChain {
  // Most plugins have a part in one of them only, and every write asks all that are in a list.
  readonly #mutating: readonly TimedPlugin[];
  readonly #validating: readonly TimedPlugin[];
  readonly #committing: readonly TimedPlugin[];
  readonly #metrics: AdmissionMetrics;

  constructor(plugins: readonly AdmissionPlugin[], clock: Clock) {
    const metrics = new AdmissionMetrics(clock);
    const timed = plugins.map((plugin) => ({ plugin, times: metrics.timesOf(plugin.name) }));
    this.#mutating = timed.filter(({ plugin }) => plugin.mutate !== undefined || plugin.mutateInRounds !== undefined);
    this.#validating = timed.filter(({ plugin }) => plugin.validate !== undefined);
    this.#committing = timed.filter(({ plugin }) => plugin.commit !== undefined);
    this.#metrics = metrics;
  }

  /** @returns true if a plugin ran that may have changed `draft`. @throws {ApiError} the refusal of a plugin. */
  async mutate(
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
  ): Promise<boolean> {
    const timing = this.#metrics.begin('admit', attributes);
    let isRejected = true;
    try {
      let ran = false;
      let rounds: Map<AdmissionPlugin, SecondRound> | undefined;
      for (const { plugin, times } of this.#mutating) {
        if (!plugin.handles(attributes)) continue;
        timing.begins(times);
        if (plugin.mutate !== undefined) await plugin.mutate(draft, attributes, source);
        if (plugin.mutateInRounds !== undefined) {
          const second = await plugin.mutateInRounds(draft, attributes, source);
          if (second !== undefined) (rounds ??= new Map()).set(plugin, second);
        }
        ran = true;
      }
      if (rounds?.values().some(({ isWanted }) => isWanted) === true) {
        await this.#mutateAgain(rounds, draft, attributes, source, timing);
      }
      isRejected = false;
      return ran;
    } finally {
      timing.end(isRejected);
    }
  }

  async #mutateAgain(
    rounds: ReadonlyMap<AdmissionPlugin, SecondRound>,
    draft: Record<string, unknown>,
    attributes: AdmissionAttributes,
    source: SignalSource,
    timing: StageTiming,
  ): Promise<void> {
    for (const { plugin, times } of this.#mutating) {
      const second = rounds.get(plugin);
      const isAgain = plugin.mutate !== undefined && plugin.handles(attributes);
      if (second === undefined && !isAgain) continue;
      timing.begins(times);
      await second?.run(draft, source);
      if (isAgain) await plugin.mutate?.(draft, attributes, source);
    }
  }

  /** @param object the object as it would be stored; absent for deletes. @throws {ApiError} the refusal of a plugin. */
  async validate(object: KubeObject | undefined, attributes: AdmissionAttributes, source: SignalSource): Promise<void> {
    const timing = this.#metrics.begin('validate', attributes);
    let isRejected = true;
    try {
      for (const { plugin, times } of this.#validating) {
        if (!plugin.handles(attributes)) continue;
        timing.begins(times);
        await plugin.validate?.(object, attributes, source);
      }
      isRejected = false;
    } finally {
      timing.end(isRejected);
    }
  }

  /** Synchronous. @throws {ApiError} the refusal of a plugin. */
  commit(object: KubeObject | undefined, attributes: AdmissionAttributes, view: PendingView): void {
    for (const { plugin, times } of this.#committing) {
      if (!plugin.handles(attributes)) continue;
      const timing = this.#metrics.begin('validate', attributes);
      let isRejected = true;
      try {
        timing.begins(times);
        plugin.commit?.(object, attributes, view);
        isRejected = false;
      } finally {
        // The step as a whole was counted before, unless it was not over yet.
        timing.end(isRejected, isRejected);
      }
    }
  }

  /** How long the plugins took. */
  metrics(): readonly MetricFamily[] {
    return this.#metrics.families();
  }
}
