import { type Random, seededRandom } from '../kernel/base/random.ts';
import type { Store } from '../kernel/ports/store.ts';
import type { AgentEnvironment } from '../programs/agent/compose.ts';
import { siteUserName, sitesGroup } from '../planes/management/identity/users.ts';
import { type CrashKind, Machine, type MachineWorld, mix } from './machine.ts';
import { Link } from './network.ts';
import { SiteHost } from './site-host.ts';
import { agentProgram, hubProgram } from './programs.ts';
import { SiteWatch } from './site-watch.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

/** Parts of a world that can be replaced by deliberately broken ones. */
export interface Sabotage {
  readonly store?: (store: Store) => Store;
  /** Replaces ports of an agent. */
  readonly agent?: (environment: AgentEnvironment, site: Machine) => AgentEnvironment;
}

/** How to make a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** Gets every line of the trace. */
  readonly print?: (line: string) => void;
}

/** What must hold was found not to hold. */
export interface Violation {
  readonly rule: string;
  readonly message: string;
  readonly atMs: number;
}

/** One site: its machine, the host its containers run on, and its way to the hub. */
export interface SimulatedSite {
  readonly name: string;
  readonly machine: Machine;
  readonly host: SiteHost;
  readonly link: Link;
}

/** Names of the sites of a world. */
export const siteNames = ['north', 'south'] as const;

/** A hub and two sites on one virtual clock, made of one seed. */
export class World {
  readonly seed: number;
  readonly timeline = new Timeline();
  readonly trace: Trace;
  /** For what happens to the world: faults and what users do. */
  readonly random: Random;
  readonly hub: Machine;
  readonly sites: readonly SimulatedSite[];
  #violation: Violation | undefined;

  constructor({ seed, sabotage = {}, print }: WorldOptions) {
    this.seed = seed;
    this.trace = new Trace(this.timeline, print);
    this.random = seededRandom(mix(seed, 'world', 0));
    const shared: MachineWorld = {
      seed,
      timeline: this.timeline,
      trace: this.trace,
      violation: (rule, message) => this.violate(rule, message),
      ...(sabotage.store === undefined ? {} : { breakStore: sabotage.store }),
    };
    this.hub = new Machine('hub', shared, { program: hubProgram, onDown: (how) => this.#hubDown(how) });
    this.sites = siteNames.map((name) => this.#site(name, shared, sabotage));
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Reports what must never be; the first counts. */
  violate(rule: string, message: string): void {
    if (this.#violation !== undefined) return;
    this.#violation = { rule, message, atMs: this.timeline.nowMs };
    this.trace.note('CHECK', `${rule}: ${message}`);
  }

  /** Lets time pass; returns early after a violation. */
  run(forMs: number): Promise<void> {
    return this.timeline.runUntil(this.timeline.nowMs + forMs, () => this.#violation !== undefined);
  }

  #site(name: string, shared: MachineWorld, sabotage: Sabotage): SimulatedSite {
    const { timeline, trace, seed } = this;
    const link = new Link({
      name: `~${name}`,
      credentials: {
        certificate: {
          commonName: siteUserName(name),
          organizations: [sitesGroup],
          fingerprint: `certificate-${name}`,
          publicKeyFingerprint: keyOf(name),
        },
      },
      timeline,
      random: seededRandom(mix(seed, name, 2)),
      trace,
      listener: () => this.hub.listener,
    });
    const host: SiteHost = new SiteHost(name, () => machine.hardware.clock(), {
      onStart: (spec) => {
        trace.note(name, `container ${spec.podName} ${spec.containerName} ${spec.attempt} starts`);
        watch.onContainerStart(spec);
      },
      onStop: (state) => {
        trace.note(name, `container ${state.podName} ${state.containerName} is stopped`);
        watch.onContainerStop(state);
      },
    });
    const watch = new SiteWatch(name, { hub: this.hub, host, violate: (rule, message) => this.violate(rule, message) });
    const { agent = (environment: AgentEnvironment) => environment } = sabotage;
    const machine: Machine = new Machine(name, shared, {
      program: agentProgram({ host, link, sabotage: (environment) => agent(environment, machine) }),
      onDown: (how) => this.#siteDown(link, how),
    });
    watch.follow(machine);
    return { name, machine, host, link };
  }

  #hubDown(how: CrashKind): void {
    for (const { link } of this.sites) if (how === 'process') link.breakDead();
  }

  #siteDown(link: Link, how: CrashKind): void {
    if (how === 'process') link.breakDead();
  }
}

/** Fingerprint of the key a site has joined with. */
export function keyOf(siteName: string): string {
  return `key-${siteName}`;
}
