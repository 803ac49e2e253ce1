import { namespaceLifecycle } from '../../admission/namespace-lifecycle.ts';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { eventKind } from '../../kinds/event/type.ts';
import { namespaceKind } from '../../kinds/namespace/type.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionPlugin } from '../../ports/admission.ts';
import type { DeleteOptions, WriteOptions } from '../../ports/endpoint.ts';
import type { DecodedBody, ResourceContext, ResourceTarget, WatchNotice, WatchQuery } from '../../ports/resources.ts';
import type { WebhookCaller } from '../../ports/webhook.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { array, integer, mapOf, object, string } from '../../schema/schema.ts';
import { MemoryDisk } from '../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { openRegistry, type Registry } from '../registry.ts';

/** A namespaced kind with status and scale, as custom resources are. */
export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly replicas?: number; readonly color?: string };
  readonly status?: { readonly phase?: string; readonly replicas?: number };
}

/** Definition of `Widget`. */
export const widget: KindDefinition<Widget> = {
  group: 'test.planform.dev',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      columns: [],
      schema: object({
        spec: object({
          size: integer({ minimum: 0 }),
          replicas: integer({ default: 1 }),
          color: string(),
          tags: array(string(), { listType: 'set' }),
          options: mapOf(string()),
        }),
        status: object({ phase: string(), replicas: integer() }),
      }),
    },
  ],
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    labelSelectorPath: 'spec.selector',
  },
  history: 'spec',
  selectableFields: [{ label: 'spec.color', value: (one: Widget) => one.spec?.color ?? '' }],
};

/** A kind whose objects stay for ten seconds after they were deleted, and whose status takes annotations, as with pods. */
export const graceful: KindDefinition = {
  ...widget,
  kind: 'Slow',
  plural: 'slows',
  singular: 'slow',
  admission: {},
  selectableFields: [],
  statusTakes: ['annotations'],
  gracefulDeletionSeconds: () => 10,
};

/** What a test registry may be given. */
export interface WorldOptions {
  readonly disk?: MemoryDisk;
  readonly plugins?: readonly AdmissionPlugin[];
  /** Served besides the usual ones. */
  readonly kinds?: readonly KindDefinition[];
  readonly webhooks?: WebhookCaller;
  /** Milliseconds a commit takes; 0: at once. */
  readonly durableAfterMs?: number;
}

/** A registry on a memory store with a virtual clock, and short ways to call it. */
export class World {
  readonly registry: Registry;
  readonly clock: VirtualClock;
  readonly disk: MemoryDisk;
  readonly warnings: string[] = [];
  readonly fatal: Error[];
  readonly signal = new AbortController().signal;

  constructor(parts: { registry: Registry; clock: VirtualClock; disk: MemoryDisk; fatal: Error[] }) {
    this.registry = parts.registry;
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.fatal = parts.fatal;
  }

  context(signal = this.signal, name = 'alice'): ResourceContext {
    return {
      user: { name, groups: [] },
      requestId: 'r1',
      receivedAtMs: this.clock.nowMs(),
      userAgent: 'tester/1.0',
      signal,
      warn: (text) => this.warnings.push(text),
    };
  }

  at(name: string, subresource: ResourceTarget['subresource'] = '', kind: KindDefinition = widget): ResourceTarget {
    const namespace = kind.scope === 'Namespaced' ? 'default' : '';
    return { definition: kind, version: kind.storageVersion, namespace, name, subresource };
  }

  async create(value: object, options: WriteOptions = {}, kind: KindDefinition = widget) {
    return this.registry.resources.create(this.context(), this.at('', '', kind), body(value), options);
  }

  async update(
    name: string,
    value: object,
    subresource: ResourceTarget['subresource'] = '',
    options: WriteOptions = {},
  ) {
    return this.registry.resources.update(this.context(), this.at(name, subresource), body(value), options);
  }

  async merge(
    name: string,
    patch: object,
    subresource: ResourceTarget['subresource'] = '',
    options: WriteOptions = {},
    kind: KindDefinition = widget,
  ) {
    const target = this.at(name, subresource, kind);
    return this.registry.resources.patch(this.context(), target, { type: 'merge', body: patch }, options);
  }

  async apply(value: { metadata: { name: string } } & object, options: WriteOptions) {
    return this.registry.resources.apply(this.context(), this.at(value.metadata.name), body(value), options);
  }

  async delete(name: string, options: DeleteOptions = {}, kind: KindDefinition = widget) {
    return this.registry.resources.delete(this.context(), this.at(name, '', kind), options);
  }

  async get(name: string, kind: KindDefinition = widget): Promise<Widget> {
    return (await this.registry.resources.get(this.context(), this.at(name, '', kind), {})).parsed();
  }

  async watch(query: Partial<WatchQuery> = {}, signal = this.signal): Promise<AsyncIterator<WatchNotice>> {
    const full = { allowBookmarks: false, timeoutMs: 600_000, ...query };
    const feed = await this.registry.resources.watch(this.context(signal), this.at(''), full);
    return feed[Symbol.asyncIterator]();
  }
}

/** A decoded body. */
export function body(value: object): DecodedBody {
  return { value: structuredClone(value) as DecodedBody['value'], duplicateFields: [] };
}

/** Opens a registry with namespace `default`. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = new VirtualClock();
  const disk = options.disk ?? new MemoryDisk();
  const { durableAfterMs } = options;
  const store = openMemoryStore(durableAfterMs === undefined ? { disk } : { disk, writes: { clock, durableAfterMs } });
  const fatal: Error[] = [];
  const registry = await openRegistry(
    {
      store,
      kinds: [namespaceKind, eventKind, widget, graceful, ...(options.kinds ?? [])],
      admission: [namespaceLifecycle, ...(options.plugins ?? [])],
      ...(options.webhooks === undefined ? {} : { webhooks: options.webhooks }),
      clock,
      random: seededRandom(disk.head + 1),
      log: silentLogger,
      onFatal: (error) => fatal.push(error),
    },
    new AbortController().signal,
  );
  const world = new World({ registry, clock, disk, fatal });
  if (disk.head === 0) {
    const created = world.create({ metadata: { name: 'default' } }, {}, namespaceKind);
    await clock.advance(durableAfterMs ?? 0);
    await created;
  }
  return world;
}
