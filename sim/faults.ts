import type { Random } from '../kernel/base/random.ts';
import { pick } from './applications.ts';
import { type Machine } from './machine.ts';
import { goodLink } from './network.ts';
import { type UserAction, userActions, type Users } from './users.ts';
import type { SimulatedSite, World } from './world.ts';

/** What can befall a world. */
type Fault =
  | 'hubCrash'
  | 'hubCrashSoon'
  | 'agentCrash'
  | 'agentCrashSoon'
  | 'linkCut'
  | 'linkSilent'
  | 'linkChaos'
  | 'clockJump'
  | 'fullDisk'
  | 'containerExit'
  | 'hostReboot'
  | 'proxyDies';

const faultKinds: readonly Fault[] = [
  'hubCrash',
  'hubCrashSoon',
  'agentCrash',
  'agentCrashSoon',
  'linkCut',
  'linkSilent',
  'linkChaos',
  'clockJump',
  'fullDisk',
  'containerExit',
  'hostReboot',
  'proxyDies',
];

/** How long faults and changes go on, milliseconds. */
const rageMs = { min: 20_000, max: 90_000 };
/** Time between two events, milliseconds. */
const betweenMs = { min: 200, max: 6_000 };

/**
 * The bad times of a world. Each seed draws which faults and which actions happen in it at all (swarm testing: a world
 * with few kinds of trouble gets deeper into them), and how dense they are.
 */
export class Faults {
  readonly #world: World;
  readonly #users: Users;
  readonly #random: Random;
  readonly #faults: readonly Fault[];
  readonly #actions: readonly UserAction[];
  /** Faults so far. */
  count = 0;

  constructor(world: World, users: Users) {
    this.#world = world;
    this.#users = users;
    this.#random = world.random;
    this.#faults = this.#some(faultKinds);
    this.#actions = this.#some(userActions);
    world.trace.note('world', `faults ${this.#faults.join(' ')}; actions ${this.#actions.join(' ')}`);
  }

  /** Lets faults and actions happen for a while. */
  async rage(): Promise<void> {
    const { timeline } = this.#world;
    const endMs = timeline.nowMs + this.#between(rageMs);
    const paceMs = { min: betweenMs.min, max: this.#between(betweenMs) };
    while (timeline.nowMs < endMs && this.#world.violation === undefined) {
      await this.#world.run(this.#between(paceMs));
      if (this.#random.nextFloat() < 0.5 && this.#faults.length > 0) this.#strike(pick(this.#faults, this.#random));
      else if (this.#actions.length > 0) this.#users.act(pick(this.#actions, this.#random));
    }
  }

  /** Ends all faults: everything is repaired and runs. */
  cease(): void {
    this.#world.trace.note('world', 'peace');
    for (const machine of [this.#world.hub, ...this.#world.sites.map((site) => site.machine)]) {
      machine.disk.fault = undefined;
      machine.setWallOffset(0);
      machine.crashSoon(Number.POSITIVE_INFINITY);
      machine.start();
    }
    for (const { link } of this.#world.sites) {
      link.quality = goodLink;
      link.set('up');
    }
  }

  #strike(fault: Fault): void {
    this.count++;
    const { hub, sites, trace } = this.#world;
    const site = pick(sites, this.#random);
    trace.note('FAULT', `${fault} ${fault.startsWith('hub') ? '' : site.name}`);
    switch (fault) {
      case 'hubCrash':
        return this.#crash(hub);
      case 'agentCrash':
        return this.#crash(site.machine);
      case 'hubCrashSoon':
        return this.#crashSoon(hub);
      case 'agentCrashSoon':
        return this.#crashSoon(site.machine);
      case 'linkCut':
        return this.#disturbLink(site, 'cut');
      case 'linkSilent':
        return this.#disturbLink(site, 'silent');
      case 'linkChaos':
        return this.#chaos(site);
      case 'clockJump':
        return this.#jumpClock(pick([hub, ...sites.map(({ machine }) => machine)], this.#random));
      case 'fullDisk':
        return this.#fillDisk(pick([hub, ...sites.map(({ machine }) => machine)], this.#random));
      case 'containerExit':
        return this.#endContainer(site);
      case 'hostReboot':
        return this.#reboot(site);
      case 'proxyDies':
        return site.host.proxy.kill();
    }
  }

  #crash(machine: Machine): void {
    machine.crash(this.#random.nextFloat() < 0.7 ? 'process' : 'power');
    this.#restartLater(machine);
  }

  #crashSoon(machine: Machine): void {
    machine.crashSoon(1 + Math.floor(this.#random.nextFloat() * 60));
    this.#restartLater(machine);
  }

  /** What has crashed by then starts again. */
  #restartLater(machine: Machine): void {
    const mostMs = pick([1_000, 5_000, 30_000], this.#random);
    this.#world.timeline.after(this.#random.nextFloat() * mostMs, () => machine.start());
  }

  #disturbLink({ link }: SimulatedSite, state: 'cut' | 'silent'): void {
    link.set(state);
    const mostMs = pick([1_000, 12_000, 40_000], this.#random);
    this.#world.timeline.after(this.#random.nextFloat() * mostMs, () => link.set('up'));
  }

  #chaos({ link }: SimulatedSite): void {
    const chance = () => (this.#random.nextFloat() < 0.5 ? 0 : this.#random.nextFloat() * 0.2);
    link.quality = {
      delayMsMin: 1,
      delayMsMax: pick([20, 200, 2_000], this.#random),
      repeatChance: chance(),
      repeatMsMax: pick([100, 5_000], this.#random),
      lostAnswerChance: chance(),
      slowChance: chance(),
      slowMsMax: pick([500, 5_000], this.#random),
      brokenStreamChance: chance(),
    };
  }

  #jumpClock(machine: Machine): void {
    const seconds = pick([-3_600, -60, -5, 0, 5, 60, 3_600], this.#random);
    machine.setWallOffset(seconds * 1_000);
  }

  #fillDisk(machine: Machine): void {
    machine.disk.fault = 'Full';
    this.#world.timeline.after(this.#random.nextFloat() * 15_000, () => {
      machine.disk.fault = undefined;
    });
  }

  #endContainer({ host }: SimulatedSite): void {
    if (host.running.length === 0) return;
    host.containers.exit(pick(host.running, this.#random).id, pick([0, 1, 137], this.#random));
  }

  #reboot({ machine, host }: SimulatedSite): void {
    machine.crash('power');
    host.containers.reboot();
    host.proxy.kill();
    this.#restartLater(machine);
  }

  /** About half of the choices. */
  #some<T>(choices: readonly T[]): readonly T[] {
    return choices.filter(() => this.#random.nextFloat() < 0.55);
  }

  #between({ min, max }: { readonly min: number; readonly max: number }): number {
    return min + Math.floor(this.#random.nextFloat() * (max - min));
  }
}
