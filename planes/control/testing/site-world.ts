import assert from 'node:assert/strict';
import { FakeNetwork } from '../../../drivers/api/fake-probe.ts';
import { FakeProxyHost } from '../../../drivers/api/fake-proxy.ts';
import { FakeHost, type FakeHostOptions } from '../../../drivers/api/fake-runtime.ts';
import { FakeVolumes } from '../../../drivers/api/fake-volume.ts';
import type { ContainerState } from '../../../drivers/api/runtime.ts';
import { silentLogger } from '../../../kernel/base/logger.ts';
import { seededRandom } from '../../../kernel/base/random.ts';
import { VirtualClock } from '../../../kernel/base/virtual-clock.ts';
import { eventKind } from '../../../kernel/kinds/event/type.ts';
import type { Draft, KubeObject } from '../../../kernel/meta/object.ts';
import type { UserInfo } from '../../../kernel/ports/auth.ts';
import type { Client, ObjectName } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { Deployment, Endpoints, Pod, Service } from '../../../kernel/schema/standard/types.ts';
import { MemoryDisk } from '../../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../kernel/store/memory/memory-store.ts';
import { informerUser } from '../../../kernel/controller/controller-host.ts';
import { assembleKernel, type Kernel } from '../../../programs/apiserver/assemble.ts';
import { deploymentKind } from '../deployment/type.ts';
import { endpointsKind } from '../endpoints/type.ts';
import { controlControllers, controlKinds } from '../index.ts';
import type { HostFacts } from '../node/plan.ts';
import { podKind } from '../pod/type.ts';
import { parseAddressRange, serviceAddresses } from '../service/address.ts';
import { serviceKind } from '../service/type.ts';

const admin: UserInfo = { name: 'admin', groups: ['system:masters'] };

const host: HostFacts = {
  hostname: 'host',
  operatingSystem: 'linux',
  architecture: 'amd64',
  kernelVersion: '6.1',
  osImage: 'Test',
  machineId: 'machine',
  bootId: 'boot',
  cpuCount: 2,
  memoryBytes: 4 * 1024 ** 3,
};

/** What a test world may be given. */
export type SiteWorldOptions = Pick<FakeHostOptions, 'programFor' | 'features'>;

/**
 * A whole site on a virtual clock: a real kernel on the memory store, the real controllers, and a host, a proxy and a
 * network in memory. The agent can be killed and started again; everything else goes on.
 */
export class SiteWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk();
  readonly host: FakeHost;
  readonly proxy = new FakeProxyHost();
  /** Programs listen on their port as soon as they run. */
  readonly network = new FakeNetwork({
    isListening: (port) => this.running.some(({ id }) => this.host.specOf(id).env['PORT'] === String(port)),
  });
  readonly volumes = new FakeVolumes();
  readonly #random = seededRandom(1);
  readonly signal = new AbortController().signal;
  #agent: { readonly kernel: Kernel; readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: SiteWorldOptions = {}) {
    this.host = new FakeHost({ clock: this.clock, ...options });
  }

  /** A world whose agent runs. */
  static async start(options?: SiteWorldOptions): Promise<SiteWorld> {
    const world = new SiteWorld(options);
    await world.startAgent();
    return world;
  }

  async startAgent(): Promise<void> {
    const { clock } = this;
    const random = this.#random;
    const stop = new AbortController();
    const store = openMemoryStore({ disk: this.disk });
    const kernel = await assembleKernel(
      {
        store,
        kinds: controlKinds,
        component: 'test',
        version: '0.0.0',
        runtime: { name: 'node', platform: 'test' },
        clock,
        random,
        log: silentLogger,
        onFatal: (error) => assert.fail(error),
        plug: ({ clientFor }) => ({
          admission: [
            serviceAddresses({
              range: parseAddressRange('127.65.1.0/24'),
              listServices: async (signal) => (await clientFor(informerUser).list(serviceKind, {}, signal)).items,
            }),
          ],
          controllers: controlControllers({
            nodeName: 'node',
            address: '127.0.0.1',
            host,
            version: 'v0.0.0',
            hostPorts: { first: 20_000, last: 20_019 },
            runtime: this.host.openRuntime(),
            serviceProxy: this.proxy.openProxy(),
            volumes: this.volumes,
            prober: this.network.openProber(),
            clock,
            log: silentLogger,
          }),
        }),
      },
      stop.signal,
    );
    this.#agent = { kernel, stop, ended: kernel.run(stop.signal) };
    await this.settle();
  }

  /** The agent is gone; what it started goes on. */
  async killAgent(): Promise<void> {
    const agent = this.#agent;
    assert(agent !== undefined);
    this.#agent = undefined;
    agent.stop.abort(new DOMException('Killed', 'AbortError'));
    await agent.ended;
    await agent.kernel.close();
  }

  get client(): Client {
    assert(this.#agent !== undefined, 'The agent does not run');
    return this.#agent.kernel.clientFor(admin);
  }

  get kernel(): Kernel {
    assert(this.#agent !== undefined, 'The agent does not run');
    return this.#agent.kernel;
  }

  /** Lets everything happen that needs no more than a moment. */
  async settle(): Promise<void> {
    await this.clock.advance(1_500);
  }

  async create<T extends KubeObject>(kind: KindDefinition<T>, object: Draft<T>): Promise<T> {
    return this.client.create(kind, object, {}, this.signal);
  }

  async get<T extends KubeObject>(kind: KindDefinition<T>, name: string): Promise<T> {
    return this.client.get(kind, { namespace: 'default', name }, this.signal);
  }

  async patch<T extends KubeObject>(kind: KindDefinition<T>, name: string, body: unknown): Promise<T> {
    return this.client.patch(kind, { namespace: 'default', name }, { type: 'merge', body }, {}, this.signal);
  }

  async delete<T extends KubeObject>(kind: KindDefinition<T>, name: string, options = {}): Promise<void> {
    await this.client.delete(kind, { namespace: 'default', name } satisfies ObjectName, options, this.signal);
  }

  async list<T extends KubeObject>(kind: KindDefinition<T>): Promise<readonly T[]> {
    return (await this.client.list(kind, {}, this.signal)).items;
  }

  pods(): Promise<readonly Pod[]> {
    return this.list(podKind);
  }

  deployment(name = 'web'): Promise<Deployment> {
    return this.get(deploymentKind, name);
  }

  endpoints(name = 'web'): Promise<Endpoints> {
    return this.get(endpointsKind, name);
  }

  service(name = 'web'): Promise<Service> {
    return this.get(serviceKind, name);
  }

  /** Reasons and messages of events so far. */
  async events(): Promise<readonly string[]> {
    return (await this.list(eventKind)).map((event) => `${event.reason}: ${event.message}`);
  }

  /** Containers that run now. */
  get running(): readonly ContainerState[] {
    return this.host.containers.filter((container) => container.status === 'running');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#agent !== undefined) await this.killAgent();
  }
}

/** A Pod of one container. */
export function podNamed(name: string, container: object = {}, spec: object = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { containers: [{ name: 'main', command: ['run'], ...container }], ...spec },
  };
}

/** A Deployment `web` of one container with one port, and the Service in front of it. */
export function webDeployment(spec: object = {}, container: object = {}): Draft<Deployment> {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            { name: 'web', command: ['serve'], ports: [{ name: 'http', containerPort: 8080 }], ...container },
          ],
        },
      },
      ...spec,
    },
  };
}

/** The Service in front of `webDeployment`. */
export const webService: Draft<Service> = {
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};
