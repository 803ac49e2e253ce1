import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { MetricFamily } from '../base/metrics.ts';
import { TaskGroup } from '../base/task-group.ts';
import { formatResource } from '../meta/key.ts';
import type { KubeObject } from '../meta/object.ts';
import type { PolicyRule, UserInfo } from '../ports/auth.ts';
import type { Client } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { Event } from '../schema/standard/types.ts';
import type { ControllerDefinition } from './controller.ts';
import { EventRecorder } from './event-recorder.ts';
import { Informer } from './informer.ts';
import { ControllerLoop } from './loop.ts';
import { OutcomeBook } from './outcome-book.ts';
import { queueMetrics } from './queue-metrics.ts';
import type { WorkQueue } from './work-queue.ts';

/** What a host of controllers needs. */
export interface ControllerHostOptions {
  /** A client that acts as the given user. */
  readonly clientFor: (user: UserInfo) => Client;
  /** core/v1 Event of the server the controllers work on. */
  readonly eventKind: KindDefinition<Event>;
  /** Shown as the source of events: `planform-hub`, `planform-agent`. */
  readonly component: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The user whose rights feed the shared informers: read access to everything. */
export const informerUser: UserInfo = { name: 'system:planform:informers', groups: ['system:authenticated'] };

/** The user a controller acts as. */
export function controllerUser(name: string): UserInfo {
  return {
    name: `system:planform:controller:${name}`,
    groups: ['system:planform:controllers', 'system:authenticated'],
  };
}

/** The rights of one controller: what it declared, status writes of its kind, and events. */
export function rulesOf(definition: ControllerDefinition<KubeObject>): readonly PolicyRule[] {
  const { kind } = definition;
  const statusResource = kind.statusSubresource ? `${kind.plural}/status` : kind.plural;
  return [
    ...definition.rules,
    { verbs: ['patch', 'update'], groups: [kind.group], resources: [statusResource] },
    { verbs: ['create', 'patch'], groups: [''], resources: ['events'] },
  ];
}

/**
 * Runs controllers on one API server: one informer per kind shared by all, one loop and one identity per controller.
 */
export class ControllerHost {
  readonly outcomes = new OutcomeBook();
  readonly #options: ControllerHostOptions;
  readonly #queues = new Map<string, WorkQueue>();
  readonly #informers = new Map<string, Informer>();
  readonly #starts: ((group: TaskGroup) => void)[] = [];
  readonly #rules = new Map<string, readonly PolicyRule[]>();
  readonly #projections = new Map<KindDefinition, (object: KubeObject) => KubeObject>();

  constructor(options: ControllerHostOptions) {
    this.#options = options;
  }

  /** Rights per controller user, for the authorizer. Complete once every controller was added. */
  get rules(): ReadonlyMap<string, readonly PolicyRule[]> {
    return this.#rules;
  }

  /** True once every kind that controllers look at was read. */
  get isSynced(): boolean {
    return [...this.#informers.values()].every(({ synced }) => synced);
  }

  /** The queues of all controllers, under the names of client-go. */
  metrics(): readonly MetricFamily[] {
    return queueMetrics(this.#queues);
  }

  /** Adds a controller; call before `run`. @returns a function that makes it look at one object. */
  add<T extends KubeObject>(definition: ControllerDefinition<T>): ControllerLoop<T>['trigger'] {
    const user = controllerUser(definition.name);
    this.#rules.set(user.name, rulesOf(definition));
    const { clock, random } = this.#options;
    const log = this.#options.log.child({ controller: definition.name });
    const client = this.#options.clientFor(user);
    const events = new EventRecorder({
      client,
      kind: this.#options.eventKind,
      component: definition.name,
      clock,
      random,
      log,
    });
    this.#keep(definition);
    const watched = [{ kind: definition.kind as KindDefinition, fieldSelector: '' }, ...(definition.watches ?? [])];
    const informers = new Map(
      watched.map(({ kind, fieldSelector }) => [
        formatResource(kind.plural, kind.group),
        this.informer(kind, fieldSelector),
      ]),
    );
    const loop = new ControllerLoop(definition, {
      client,
      informers,
      events,
      outcomes: this.outcomes,
      clock,
      random,
      log,
    });
    this.#queues.set(definition.name, loop.queue);
    this.#starts.push((group) => {
      group.start((signal) => events.run(signal));
      group.start((signal) => loop.run(signal));
      if (definition.run !== undefined) {
        group.start(async (signal) => definition.run?.({ trigger: (at) => loop.trigger(at), client }, signal));
      }
    });
    const trigger: ControllerLoop<T>['trigger'] = (at) => loop.trigger(at);
    definition.attach?.(trigger);
    return trigger;
  }

  /** Notes what is kept of the objects of a kind, before anybody keeps some. */
  #keep<T extends KubeObject>(definition: ControllerDefinition<T>): void {
    if (definition.project === undefined) return;
    const key = definition.kind as KindDefinition;
    const isKept = this.#informers.has(informerKey(key, ''));
    assert(!isKept, 'The controller that keeps less of a kind is added before others that watch it');
    this.#projections.set(key, (object) => definition.project?.(object as T) ?? object);
  }

  /** The shared informer of a kind, or of those of its objects; created on first use, started by `run`. */
  informer(kind: KindDefinition, fieldSelector = ''): Informer {
    const key = informerKey(kind, fieldSelector);
    const existing = this.#informers.get(key);
    if (existing !== undefined) return existing;
    const { clock, log } = this.#options;
    const project = this.#projections.get(kind);
    const limits = {
      ...(fieldSelector === '' ? {} : { fieldSelector }),
      ...(project === undefined ? {} : { project }),
    };
    const informer = new Informer({ kind, client: this.#options.clientFor(informerUser), clock, log, ...limits });
    this.#informers.set(key, informer);
    return informer;
  }

  /** Runs informers and controllers until `signal` aborts. @throws the first failure that is a bug of ours. */
  async run(signal: AbortSignal): Promise<void> {
    const group = new TaskGroup(signal);
    for (const start of this.#starts) start(group);
    for (const informer of this.#informers.values()) group.start((groupSignal) => informer.run(groupSignal));
    await group.join();
  }
}

function informerKey(kind: KindDefinition, fieldSelector: string): string {
  return `${formatResource(kind.plural, kind.group)} ${fieldSelector}`;
}
