import { FakeNetwork } from '../drivers/api/fake-probe.ts';
import { FakeProxyHost } from '../drivers/api/fake-proxy.ts';
import { FakeHost } from '../drivers/api/fake-runtime.ts';
import { FakeVolumes } from '../drivers/api/fake-volume.ts';
import type { ContainerSpec, ContainerState, Runtime } from '../drivers/api/runtime.ts';
import type { Clock } from '../kernel/base/clock.ts';
import { MemoryRowsDisk } from '../kernel/store/memory/memory-rows.ts';
import type { HostFacts } from '../planes/control/node/plan.ts';

/** What the world wants to know of what an agent does to containers; called before it is done. */
export interface ContainerObserver {
  onStart(container: ContainerSpec): void;
  onStop(state: ContainerState): void;
}

/** The host of a site: containers, proxy and files go on whatever happens to the agent. */
export class SiteHost {
  readonly containers: FakeHost;
  readonly proxy = new FakeProxyHost();
  readonly volumes = new FakeVolumes();
  readonly network = new FakeNetwork();
  readonly rows = new MemoryRowsDisk();
  readonly facts: HostFacts;
  readonly #observer: ContainerObserver;

  constructor(name: string, machineClock: () => Clock, observer: ContainerObserver) {
    this.containers = new FakeHost({
      clock: lazyClock(machineClock),
      programFor: () => ({ onTerm: { afterMs: 200 } }),
    });
    this.facts = {
      hostname: name,
      operatingSystem: 'linux',
      architecture: 'amd64',
      kernelVersion: '6.0',
      osImage: 'sim',
      machineId: name,
      bootId: name,
      cpuCount: 4,
      memoryBytes: 8_000_000_000,
    };
    this.#observer = observer;
  }

  /** A runtime on this host whose doings are observed. */
  openRuntime(): Runtime {
    const inner = this.containers.openRuntime();
    return {
      ...inner,
      start: (container, signal) => {
        this.#observer.onStart(container);
        return inner.start(container, signal);
      },
      stop: (id, options, signal) => {
        const state = this.containers.containers.find((candidate) => candidate.id === id);
        if (state !== undefined) this.#observer.onStop(state);
        return inner.stop(id, options, signal);
      },
    };
  }

  /** Containers that run now. */
  get running(): readonly ContainerState[] {
    return this.containers.containers.filter(({ status }) => status === 'running');
  }
}

/** The clock of a machine that is made after its host. */
function lazyClock(clock: () => Clock): Clock {
  return {
    nowMs: () => clock().nowMs(),
    monotonicMs: () => clock().monotonicMs(),
    sleep: (...args) => clock().sleep(...args),
    timer: (...args) => clock().timer(...args),
    timeoutSignal: (...args) => clock().timeoutSignal(...args),
    yieldToOthers: () => clock().yieldToOthers(),
  };
}
