import type { Prober } from '../../../drivers/api/probe.ts';
import type { ContainerState, Runtime } from '../../../drivers/api/runtime.ts';
import type { Volumes } from '../../../drivers/api/volume.ts';
import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { EventDraft } from '../../../kernel/controller/controller.ts';
import { errorText } from '../../../kernel/meta/errors.ts';
import { parseLocalKey } from '../../../kernel/meta/key.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { BackOff } from './back-off.ts';
import type { TrafficGate } from '../traffic/traffic-gate.ts';
import { ContainerBook } from './container-book.ts';
import { type HostPortRange, HostPorts } from './host-ports.ts';
import type { ApiPlace } from './environment.ts';
import { PodTokens, type TokenIssuer } from './pod-tokens.ts';
import { ProbeBoard } from './probe-board.ts';
import { Stopper } from './stopper.ts';

/** What running pods on this host needs. */
export interface PodKeeperOptions {
  /** Name of the Node this host is. */
  readonly nodeName: string;
  /** Address of this host, which its pods share. */
  readonly address: string;
  readonly runtime: Runtime;
  readonly volumes: Volumes;
  readonly prober: Prober;
  readonly gate: TrafficGate;
  /** Ports of this host that pods may get. No other site on the host may use them. */
  readonly hostPorts: HostPortRange;
  /** Issues the tokens of pods. Absent: there are none. */
  readonly tokens?: TokenIssuer | undefined;
  /** Where pods reach the API server of this site. Absent: they are not told. */
  readonly api?: ApiPlace | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Events kept per pod until its next pass; more of them are dropped, the oldest stay. */
const noticesMax = 20;
/** A runtime that could not be observed is tried again after this. */
const followRetryMs = 1_000;
/** Time a container gets to end when its pod object is gone already. */
const orphanGraceMs = 10_000;

/** A start that the runtime refused. */
export interface RefusedStart {
  /** Why, for people. */
  readonly message: string;
  /** The same is not asked again before (monotonic milliseconds). */
  readonly untilMs: number;
}

/**
 * Everything the runtime controller of one host keeps in memory between passes: what the runtime reported, results of
 * probes, containers being stopped, back-offs. All of it can be lost: it is rebuilt from the runtime and from status.
 */
export class PodKeeper {
  readonly options: PodKeeperOptions;
  readonly book: ContainerBook;
  readonly ports: HostPorts;
  readonly probes: ProbeBoard;
  readonly tokens: PodTokens;
  readonly stopper: Stopper;
  /** By `uid/container name`. */
  readonly backOffs = new Map<string, BackOff>();
  /** By `uid/container name`; what wakes a pod (also the refused start itself) must not make it try all the time. */
  readonly refusedStarts = new Map<string, RefusedStart>();
  /** Last line of output of ended runs, by run id. */
  readonly lastLines = new Map<string, string>();
  /** Since when (monotonic) a deleted pod has been waited for to leave the service proxy, by uid. */
  readonly drainingSinceMs = new Map<string, number>();
  readonly #lifetime = new AbortController();
  readonly #draining = new Set<string>();
  readonly #notices = new Map<string, EventDraft[]>();
  readonly #removing = new Set<string>();
  #trigger: (at: ObjectName) => void = () => undefined;

  constructor(options: PodKeeperOptions) {
    const { clock, log, runtime } = options;
    const signal = this.#lifetime.signal;
    this.options = options;
    this.book = new ContainerBook(runtime);
    this.ports = new HostPorts(options.hostPorts);
    this.probes = new ProbeBoard({ clock, signal });
    this.tokens = new PodTokens(options.tokens, clock);
    this.stopper = new Stopper({ runtime, clock, log, signal });
  }

  /** Aborts when the agent stops; background work of pods ends with it. */
  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Follows runtime and service proxy until `signal` aborts; `trigger` makes the controller look at a pod. */
  async run(trigger: (at: ObjectName) => void, signal: AbortSignal): Promise<void> {
    this.#trigger = trigger;
    using _subscription = this.options.gate.onChange(() => {
      for (const podName of this.#draining) this.wake(podName);
    });
    do await this.#follow(signal);
    while (await sleepUnlessAborted(this.options.clock, followRetryMs, signal));
    this.#lifetime.abort(signal.reason);
  }

  /** Follows the runtime until it fails or `signal` aborts. What was missed in between is seen by the next look. */
  async #follow(signal: AbortSignal): Promise<void> {
    try {
      await this.book.follow((podName) => this.wake(podName), signal);
    } catch (error) {
      if (signal.aborted) return;
      this.options.log.warn('runtime not followed', { error: errorText(error), retryInMs: followRetryMs });
    }
  }

  /** Makes the controller look at a pod, `namespace/name`. */
  wake(podName: string): void {
    this.#trigger(parseLocalKey(podName));
  }

  /** Keeps an event for the next pass of a pod and brings that about. */
  notify(podName: string, notice: EventDraft | undefined): void {
    const waiting = this.#notices.get(podName) ?? [];
    if (notice !== undefined && waiting.length < noticesMax) this.#notices.set(podName, [...waiting, notice]);
    this.wake(podName);
  }

  /** Events kept for a pod, once. */
  takeNotices(podName: string): readonly EventDraft[] {
    const notices = this.#notices.get(podName) ?? [];
    this.#notices.delete(podName);
    return notices;
  }

  /** Notes that a deleted pod waits for the service proxy. @returns since when, monotonic milliseconds. */
  drain(podUid: string, podName: string): number {
    const sinceMs = this.drainingSinceMs.get(podUid) ?? this.options.clock.monotonicMs();
    this.drainingSinceMs.set(podUid, sinceMs);
    this.#draining.add(podName);
    return sinceMs;
  }

  /**
   * The pod object is known to be gone: what is left of it is stopped, then removed. Called again for every change
   * until nothing is left.
   */
  forget(podName: string): void {
    this.#notices.delete(podName);
    this.#draining.delete(podName);
    this.abandon(this.book.runsNamed(podName));
  }

  /** Stops or removes runs whose pod is gone. */
  abandon(runs: readonly ContainerState[]): void {
    for (const run of runs) {
      this.release(run.podUid);
      if (run.status === 'running') {
        this.stopper.stop(run, { graceMs: orphanGraceMs, done: () => void this.#refreshAndWake(run.podName) });
      } else {
        void this.#remove(run);
      }
    }
  }

  /** Drops what is kept in memory for a pod. */
  release(podUid: string): void {
    this.ports.release(podUid);
    this.probes.sync(podUid, []);
    this.tokens.forget(podUid);
    this.drainingSinceMs.delete(podUid);
    for (const byContainer of [this.backOffs, this.refusedStarts]) {
      for (const key of byContainer.keys()) if (key.startsWith(`${podUid}/`)) byContainer.delete(key);
    }
    for (const id of this.lastLines.keys()) if (id.startsWith(`${podUid}.`)) this.lastLines.delete(id);
  }

  /** Looks at the runtime again, then wakes the pod. For the end of background work. */
  async #refreshAndWake(podName: string): Promise<void> {
    try {
      await this.book.refresh(this.signal);
    } catch (error) {
      if (!this.signal.aborted) this.options.log.warn('containers not observed', { error: errorText(error) });
    }
    this.wake(podName);
  }

  /** What a background task calls when it is through. */
  doneWith(podName: string): () => void {
    return () => void this.#refreshAndWake(podName);
  }

  async #remove(run: ContainerState): Promise<void> {
    if (this.#removing.has(run.id)) return;
    const { runtime, volumes, log } = this.options;
    this.#removing.add(run.id);
    try {
      // The container's record goes last: as long as it is there, the next start finds what is left.
      await volumes.remove(run.podUid, this.signal);
      await runtime.remove(run.id, this.signal);
      await this.book.refresh(this.signal);
    } catch (error) {
      if (!this.signal.aborted) log.warn('orphan not removed', { container: run.id, error: errorText(error) });
    } finally {
      this.#removing.delete(run.id);
    }
  }
}
