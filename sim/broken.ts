import type { Runtime } from '../drivers/api/runtime.ts';
import { isApiError } from '../kernel/meta/errors.ts';
import type { KubeObject } from '../kernel/meta/object.ts';
import type { Blobs } from '../kernel/ports/blobs.ts';
import type { Client, WatchEvent } from '../kernel/ports/client.ts';
import type { Store } from '../kernel/ports/store.ts';
import { forwardedStore } from '../kernel/store/forwarded-store.ts';
import type { KindDefinition } from '../kernel/schema/kind.ts';
import type { HubConnection } from '../planes/management/hub-line/connection.ts';
import { type Work, workKind } from '../planes/management/work/type.ts';
import type { AgentEnvironment } from '../programs/agent/compose.ts';
import type { Sabotage } from './world.ts';

/**
 * Builds that are wrong on purpose: each wraps a port of the real programs, and the simulator has to notice. They show
 * that its checks look at what they claim to look at.
 */
export const brokenParts = {
  /** A store that answers before the commit is durable. */
  'store-answers-early': { store: answeringEarly },
  /** An agent that tells the hub it holds a Work before it does. */
  'agent-acknowledges-early': { agent: (environment) => withConnections(environment, acknowledgingEarly) },
  /** An agent that takes a Work the hub does not show any more for deleted. */
  'agent-takes-missing-for-deleted': { agent: (environment) => withConnections(environment, takingMissingForDeleted) },
  /** An agent that, once restarted, finds nothing in the bundles on its disk. */
  'agent-reads-empty-bundles': {
    agent: (environment, { startCount }) =>
      startCount > 1 ? { ...environment, blobs: emptyLayers(environment.blobs) } : environment,
  },
  /** An agent whose blobs are only in memory when it says that it has them. */
  'agent-keeps-blobs-in-memory': { agent: (environment) => ({ ...environment, blobs: forgetfulBlobs() }) },
  /** A runtime that does not find its containers again when the agent has just started. */
  'runtime-forgets-containers': { agent: (environment) => withRuntime(environment, forgetfulRuntime) },
} satisfies Record<string, Sabotage>;

/** Name of a broken build. */
export type BrokenName = keyof typeof brokenParts;

/** True for names of broken builds. */
export function isBrokenName(name: string): name is BrokenName {
  return name in brokenParts;
}

function answeringEarly(store: Store): Store {
  return {
    ...forwardedStore(store),
    append: (commit) => {
      // What becomes of the commit is nobody's business here: that is what is broken.
      store.append(commit).catch(() => undefined);
      return Promise.resolve();
    },
  };
}

function withConnections(
  environment: AgentEnvironment,
  wrap: (connection: HubConnection) => HubConnection,
): AgentEnvironment {
  const { hub } = environment;
  if (hub === undefined) return environment;
  const dialer = {
    dial: async (hubUrls: readonly string[], signal: AbortSignal) => wrap(await hub.dialer.dial(hubUrls, signal)),
  };
  return { ...environment, hub: { ...hub, dialer } };
}

function withWatch(
  connection: HubConnection,
  onEvent: (event: WatchEvent<Work>, client: Client, signal: AbortSignal) => Promise<WatchEvent<Work>>,
): HubConnection {
  const { client } = connection;
  async function* watch<T extends KubeObject>(
    kind: KindDefinition<T>,
    options: Parameters<Client['watch']>[1],
    signal: AbortSignal,
  ) {
    for await (const event of client.watch(kind, options, signal)) {
      const isWork = (kind as KindDefinition).kind === workKind.kind;
      yield isWork
        ? ((await onEvent(
            event as WatchEvent<KubeObject> as WatchEvent<Work>,
            client,
            signal,
          )) as WatchEvent<KubeObject> as WatchEvent<T>)
        : event;
    }
  }
  return { ...connection, client: { ...client, watch } };
}

function acknowledgingEarly(connection: HubConnection): HubConnection {
  return withWatch(connection, async (event, client, signal) => {
    if (event.type !== 'ADDED' && event.type !== 'MODIFIED') return event;
    const { namespace = '', name, generation } = event.object.metadata;
    const body = { status: { persistedDigest: event.object.spec.bundle.digest, observedGeneration: generation } };
    try {
      await client.patch(workKind, { namespace, name }, { type: 'merge', body }, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
    return event;
  });
}

function takingMissingForDeleted(connection: HubConnection): HubConnection {
  return withWatch(connection, (event) => {
    if (event.type !== 'DELETED' || event.object.metadata.deletionTimestamp !== undefined)
      return Promise.resolve(event);
    const { generation = 1, ...metadata } = event.object.metadata;
    const tombstone = { ...metadata, generation: generation + 1, deletionTimestamp: metadata.creationTimestamp };
    return Promise.resolve({ type: 'MODIFIED', object: { ...event.object, metadata: tombstone } });
  });
}

/** Blobs in the memory of the program: the machine's disk never sees them. */
function forgetfulBlobs(): Blobs {
  const contents = new Map<string, Uint8Array>();
  return {
    put: async (digest, bytes) => void contents.set(digest, bytes),
    read: async (digest) => contents.get(digest) ?? new Uint8Array(),
    has: async (digest) => contents.has(digest),
    remove: async (digest) => void contents.delete(digest),
    async *list() {
      yield* contents.keys();
    },
  };
}

const emptyList = new TextEncoder().encode('[]');

/** Layers are JSON arrays of manifests; these have none. */
function emptyLayers(blobs: Blobs): Blobs {
  return {
    put: (...args) => blobs.put(...args),
    read: async (digest, signal) => {
      const bytes = await blobs.read(digest, signal);
      return bytes[0] === emptyList[0] ? emptyList : bytes;
    },
    has: (...args) => blobs.has(...args),
    remove: (...args) => blobs.remove(...args),
    list: (signal) => blobs.list(signal),
  };
}

function withRuntime(environment: AgentEnvironment, wrap: (runtime: Runtime) => Runtime): AgentEnvironment {
  const { control } = environment;
  return { ...environment, control: { ...control, runtime: wrap(control.runtime) } };
}

function forgetfulRuntime(runtime: Runtime): Runtime {
  const known = new Set<string>();
  return {
    name: runtime.name,
    version: runtime.version,
    fingerprint: (signal) => runtime.fingerprint(signal),
    start: (container, signal) => {
      known.add(container.id);
      return runtime.start(container, signal);
    },
    observe: async (signal) => (await runtime.observe(signal)).filter(({ id }) => known.has(id)),
    changes: (signal) => runtime.changes(signal),
    stop: (id, options, signal) => runtime.stop(id, options, signal),
    remove: (id, signal) => runtime.remove(id, signal),
    logs: (id, options, signal) => runtime.logs(id, options, signal),
    exec: (id, command, options, signal) => runtime.exec(id, command, options, signal),
  };
}
