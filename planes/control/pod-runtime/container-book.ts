import type { ContainerState, Runtime } from '../../../drivers/api/runtime.ts';

/**
 * What the runtime reported last about the containers on this host. Passes read it in memory; it is brought up to date
 * whenever the runtime says that something changed, and after every call that changes something.
 */
export class ContainerBook {
  readonly #runtime: Runtime;
  #runs: readonly ContainerState[] = [];
  #askedCount = 0;
  #answeredCount = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Runs of one pod, in no particular order. Empty before the first `refresh`. */
  runsOf(podUid: string): readonly ContainerState[] {
    return this.#runs.filter((run) => run.podUid === podUid);
  }

  /** Runs of all pods that ever had this `namespace/name`. */
  runsNamed(podName: string): readonly ContainerState[] {
    return this.#runs.filter((run) => run.podName === podName);
  }

  /** Asks the runtime once if nobody has yet: a pass must never take an unread host for an empty one. */
  async load(signal: AbortSignal): Promise<void> {
    if (this.#answeredCount === 0) await this.refresh(signal);
  }

  /** Asks the runtime. @returns names of the pods whose containers changed since the last answer. */
  async refresh(signal: AbortSignal): Promise<readonly string[]> {
    const ticket = ++this.#askedCount;
    const runs = await this.#runtime.observe(signal);
    // Answers may overtake each other: an older one must not hide a newer.
    if (ticket < this.#answeredCount) return [];
    this.#answeredCount = ticket;
    const before = this.#runs;
    this.#runs = runs;
    return changedPods(before, runs);
  }

  /** Follows the runtime until `signal` aborts; `changed` gets every pod once at the beginning. */
  async follow(changed: (podName: string) => void, signal: AbortSignal): Promise<void> {
    const changes = this.#runtime.changes(signal)[Symbol.asyncIterator]();
    try {
      // Subscribed first: what changes during this look is looked at again.
      await this.refresh(signal);
      for (const podName of new Set(this.#runs.map((run) => run.podName))) changed(podName);
      for (;;) {
        const next = await changes.next();
        if (next.done === true) return;
        for (const podName of await this.refresh(signal)) changed(podName);
      }
    } finally {
      await changes.return?.();
    }
  }
}

function changedPods(before: readonly ContainerState[], after: readonly ContainerState[]): readonly string[] {
  const known = new Map(before.map((run) => [run.id, run]));
  const changed = new Set<string>();
  for (const run of after) {
    if (known.get(run.id)?.status !== run.status) changed.add(run.podName);
    known.delete(run.id);
  }
  for (const run of known.values()) changed.add(run.podName);
  return [...changed];
}
