import { kernelKinds } from '../kernel/kinds/index.ts';
import type { RowQueue } from '../kernel/ports/rows.ts';
import { openMemoryRows } from '../kernel/store/memory/memory-rows.ts';
import type { PlanePorts, PlaneParts } from '../programs/apiserver/assemble.ts';
import { hubConnection } from '../programs/agent/dialer.ts';
import { controlControllers, controlKinds } from '../planes/control/index.ts';
import { BundleLibrary } from '../planes/management/bundle-content/library.ts';
import type { HubDialer } from '../planes/management/hub-line/connection.ts';
import { runHubLine } from '../planes/management/hub-line/line.ts';
import { HubLink } from '../planes/management/hub-line/link.ts';
import { deliveryRules, siteLineRules } from '../planes/management/identity/rules.ts';
import { deliveryUser, siteLineUser } from '../planes/management/identity/users.ts';
import { siteControllers, siteKinds } from '../planes/management/index.ts';
import { hubId } from './hub-program.ts';
import type { Life } from './life.ts';
import type { Machine, Program } from './machine.ts';
import type { Link } from './network.ts';
import type { SiteHost } from './site-host.ts';

/** What an agent finds on its machine and around it. */
export interface SiteSurroundings {
  readonly host: SiteHost;
  readonly link: Link;
}

/** The agent's program on a machine: its planes on the ports of that machine. */
export function siteProgram(surroundings: SiteSurroundings): (machine: Machine, life: Life) => Program {
  return (machine, life) => ({
    kinds: [...controlKinds, ...siteKinds],
    component: 'planform-agent',
    plug: (ports) => plugAgent(ports, machine, life, surroundings),
  });
}

function plugAgent(ports: PlanePorts, machine: Machine, life: Life, { host, link }: SiteSurroundings): PlaneParts {
  const { clock, random, log } = ports;
  const blobs = life.guard(machine.openBlobs());
  const rows: RowQueue = life.guard(openMemoryRows({ disk: host.rows, rowsMax: 1_000, bytesMax: 1_000_000 }));
  const hubLink = new HubLink(clock);
  const delivery = {
    deliveryClient: (id: string) => ports.clientFor(deliveryUser(id)),
    kinds: ports.kinds,
    watchedKinds: [...kernelKinds.filter(({ kind }) => ['Namespace', 'ConfigMap'].includes(kind)), ...controlKinds],
    library: new BundleLibrary(blobs),
    history: historyOf(ports),
  };
  const line = {
    client: ports.clientFor(siteLineUser),
    dialer: simulatedDialer(link, life),
    link: hubLink,
    blobs,
    rows,
    kinds: ports.kinds,
    hubId,
    hubUrls: ['https://hub'],
    siteName: machine.name,
    agentVersion: '0.0.0-sim',
    clock,
    random,
    log,
  };
  return {
    grants: [
      { user: siteLineUser.name, rules: siteLineRules, reason: 'the line to the hub' },
      { group: 'planform:deliveries', rules: deliveryRules, reason: 'what a hub delivers' },
    ],
    controllers: [
      ...siteControllers({ ...delivery, link: hubLink, siteName: machine.name }),
      ...controlControllers({
        nodeName: machine.name,
        address: '127.0.0.1',
        host: host.facts,
        version: 'v0.0.0-sim',
        hostPorts: { first: 20_000, last: 20_999 },
        runtime: life.guard(host.openRuntime()),
        serviceProxy: life.guard(host.proxy.openProxy()),
        volumes: life.guard(host.volumes),
        prober: life.guard(host.network.openProber()),
        clock,
        log,
      }),
    ],
    tasks: [(signal) => runHubLine(line, signal)],
  };
}

function simulatedDialer(link: Link, life: Life): HubDialer {
  return {
    async dial(signal) {
      signal.throwIfAborted();
      const connection = await life.call(() => link.dial(life));
      const transport = life.guard(connection);
      const request = async (...args: Parameters<typeof transport.request>) => {
        const response = await transport.request(...args);
        return { ...response, body: life.stream(response.body) };
      };
      return {
        ...hubConnection({ request }),
        [Symbol.asyncDispose]: () => {
          connection.break('the agent closed it');
          return Promise.resolve();
        },
      };
    },
  };
}

function historyOf(ports: PlanePorts): Parameters<typeof siteControllers>[0]['history'] {
  return {
    async read(definition, at, entriesMax, signal) {
      const context = {
        user: siteLineUser,
        userAgent: 'planform',
        requestId: ports.random.uuid(),
        receivedAtMs: ports.clock.nowMs(),
        signal,
        warn: () => undefined,
      };
      const target = {
        definition,
        version: definition.storageVersion,
        namespace: at.namespace ?? '',
        name: at.name,
        subresource: '',
      } as const;
      return await ports.resources().history(context, target, entriesMax);
    },
  };
}
