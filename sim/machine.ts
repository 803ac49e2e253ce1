import type { LogFields, Logger } from '../kernel/base/logger.ts';
import { type Random, seededRandom } from '../kernel/base/random.ts';
import { memoryBlobs } from '../kernel/blobs/memory-blobs.ts';
import { createHttpClient } from '../kernel/client/http/http-client.ts';
import { handlerTransport } from '../kernel/client/http/handler-transport.ts';
import { errorText } from '../kernel/meta/errors.ts';
import type { Client } from '../kernel/ports/client.ts';
import type { Store } from '../kernel/ports/store.ts';
import { MemoryDisk } from '../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../kernel/store/memory/memory-store.ts';
import { type AssemblyOptions, assembleKernel, type Kernel } from '../programs/apiserver/assemble.ts';
import { Life } from './life.ts';
import type { Listener } from './network.ts';
import { StoreWitness } from './store-witness.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** What all machines of a world share. */
export interface MachineWorld {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly trace: Trace;
  /** Reports what must never happen; the run ends. */
  readonly violation: (rule: string, message: string) => void;
  /** Replaces the store of a kernel by a deliberately broken one. */
  readonly breakStore?: (store: Store) => Store;
}

/** Where a machine's program gets what it is made of; each start makes everything anew on the same disks. */
export interface Program {
  readonly kinds: AssemblyOptions['kinds'];
  readonly component: string;
  readonly plug: AssemblyOptions['plug'];
}

/** Milliseconds a group commit takes. */
const durableAfterMs = { min: 1, max: 8 };
/** Milliseconds from exec to a program that begins to open its store. */
const startDelayMs = 50;

/**
 * A machine with disks that outlive crashes and one program, hub or agent, that is started and crashed on it.
 */
export class Machine {
  readonly name: string;
  readonly disk = new MemoryDisk();
  readonly blobContents = new Map<string, Uint8Array>();
  /** Never crashes: its clock is that of the machine, which programs and containers share. */
  readonly hardware: Life;
  readonly witness: StoreWitness;
  readonly #world: MachineWorld;
  readonly #makeProgram: (machine: Machine, life: Life) => Program;
  readonly #onDown: (how: CrashKind) => void;
  #life: Life | undefined;
  #random: Random = seededRandom(0);
  #kernel: Kernel | undefined;
  #crashKind: CrashKind = 'process';
  startCount = 0;
  crashCount = 0;

  constructor(
    name: string,
    world: MachineWorld,
    options: { readonly program: (machine: Machine, life: Life) => Program; readonly onDown: (how: CrashKind) => void },
  ) {
    this.name = name;
    this.#world = world;
    this.#makeProgram = options.program;
    this.#onDown = options.onDown;
    this.hardware = new Life(world.timeline, { onCrash: () => undefined, onSpin: () => undefined });
    this.witness = new StoreWitness(name, this.disk, world);
  }

  /** The life of the program that runs now; `undefined` while none does. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** The kernel, once the program has opened its store. */
  get kernel(): Kernel | undefined {
    return this.#kernel;
  }

  /** For links to this machine. */
  get listener(): Listener | undefined {
    if (this.#kernel === undefined || this.#life === undefined) return undefined;
    return {
      handler: this.#kernel.handler,
      life: this.#life,
      options: { clock: this.#life.clock(), random: this.#random },
    };
  }

  /** Starts the program on what the disks hold; does nothing when it runs. */
  start(): void {
    if (this.#life !== undefined) return;
    this.startCount++;
    this.#world.trace.note(this.name, `start ${this.startCount}`);
    const life = new Life(this.#world.timeline, {
      onCrash: () => this.#down(),
      onSpin: (message) => this.#world.violation('NoSpin', `${this.name} ${message}`),
    });
    life.wallOffsetMs = this.hardware.wallOffsetMs;
    this.#life = life;
    this.#random = seededRandom(mix(this.#world.seed, this.name, this.startCount));
    void this.#run(life);
  }

  /** Ends the program at once. What it had not been told is durable is kept up to some commit, chosen by the seed. */
  crash(kind: CrashKind): void {
    this.#crashKind = kind;
    this.#life?.crash();
  }

  /** Ends the program in the middle of one of its next calls. */
  crashSoon(calls: number): void {
    this.#crashKind = 'process';
    this.#life?.crashAfter(calls);
  }

  /** Sets the wall clock so much off, now and after restarts. */
  setWallOffset(offsetMs: number): void {
    this.#world.trace.note(this.name, `clock off by ${offsetMs} ms`);
    this.hardware.wallOffsetMs = offsetMs;
    if (this.#life !== undefined) this.#life.wallOffsetMs = offsetMs;
  }

  /**
   * A client of this kernel, as a person with all rights uses it; over the handler, as kubectl does.
   * @returns `undefined` while the kernel does not run.
   */
  clientOf(user: string): Client | undefined {
    const { listener } = this;
    const life = this.#life;
    if (listener === undefined || life === undefined) return undefined;
    const certificate = {
      commonName: user,
      organizations: ['system:masters'],
      fingerprint: user,
      publicKeyFingerprint: user,
    };
    const transport = handlerTransport(listener.handler, { ...listener.options, credentials: { certificate } });
    return createHttpClient({ transport: life.guard(transport), userAgent: user });
  }

  async #run(life: Life): Promise<void> {
    const { seed, breakStore } = this.#world;
    const clock = life.clock();
    const random = this.#random;
    const stop = new AbortController();
    try {
      await clock.sleep(startDelayMs, stop.signal);
      const spanMs = durableAfterMs.max - durableAfterMs.min;
      const writes = {
        clock: this.hardware.clock(),
        durableAfterMs: durableAfterMs.min + (mix(seed, this.name, this.startCount) % (spanMs + 1)),
      };
      const opened = openMemoryStore({ disk: this.disk, writes });
      const store = life.guard(this.witness.watch(breakStore?.(opened) ?? opened));
      const program = this.#makeProgram(this, life);
      const kernel = await assembleKernel(
        {
          ...program,
          store,
          version: '0.0.0-sim',
          runtime: { name: 'sim', platform: 'sim' },
          clock,
          random,
          log: this.#logger({}),
          onFatal: (error) => this.#world.violation('NoFatal', `${this.name}: ${errorText(error)}`),
        },
        stop.signal,
      );
      if (!life.isAlive) return;
      this.#kernel = kernel;
      this.#world.trace.note(this.name, `ready at revision ${kernel.registry.head}`);
      await kernel.run(stop.signal);
      this.#world.violation('KeepsRunning', `The program of ${this.name} ended by itself`);
    } catch (error) {
      if (!life.isAlive) return;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#world.violation('KeepsRunning', `The program of ${this.name} failed: ${text}`);
    }
  }

  /** The blobs of this machine, for a program. */
  openBlobs(): ReturnType<typeof memoryBlobs> {
    return memoryBlobs(this.blobContents);
  }

  #down(): void {
    const random = seededRandom(mix(this.#world.seed, this.name, 1_000_000 + this.startCount));
    const { unansweredCount } = this.disk;
    const keptCommits = Math.floor(random.nextFloat() * (unansweredCount + 1));
    this.crashCount++;
    this.#life = undefined;
    this.#kernel = undefined;
    this.disk.crash(keptCommits);
    this.#world.trace.note(this.name, `crash (${this.#crashKind}), keeps ${keptCommits} of ${unansweredCount} commits`);
    this.witness.afterCrash();
    this.#onDown(this.#crashKind);
  }

  #logger(fields: LogFields): Logger {
    const note =
      (level: string) =>
      (message: string, more: LogFields = {}) => {
        if (level === 'debug') return;
        const all = Object.entries({ ...fields, ...more }).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        this.#world.trace.note(this.name, `${level} ${message} ${all.join(' ')}`.slice(0, 400));
      };
    return {
      debug: note('debug'),
      info: note('info'),
      warn: note('warn'),
      error: note('error'),
      child: (more) => this.#logger({ ...fields, ...more }),
    };
  }
}

/** `process`: the system closes its connections at once. `power`: nobody tells the other end. */
export type CrashKind = 'process' | 'power';

/** A number from a seed, a name and a count (FNV-1a). */
export function mix(seed: number, name: string, count: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of `${name}/${count}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
