import { ApiError } from '../kernel/meta/errors.ts';
import { openMemoryRows } from '../kernel/store/memory/memory-rows.ts';
import { parseAddressRange } from '../planes/control/service/address.ts';
import type { HubDialer } from '../planes/management/hub-line/connection.ts';
import type { CertificateSigner } from '../planes/management/identity/certificate-signer.ts';
import { agentKinds, type AgentEnvironment, plugAgent } from '../programs/agent/compose.ts';
import { hubConnection } from '../programs/agent/dialer.ts';
import { hubKinds, plugHub } from '../programs/hub/compose.ts';
import type { Life } from './life.ts';
import type { Machine, Program } from './machine.ts';
import type { Link } from './network.ts';
import type { SiteHost } from './site-host.ts';

/** Name of the hub in every world. */
const hubId = 'sim';
/** Bounds of the event journal of a site: small, so that it overflows now and then. */
const journalBounds = { rowsMax: 200, bytesMax: 200_000 };

/** The hub's program, as `programs/hub` composes it, on the ports of a machine. */
export function hubProgram(machine: Machine, life: Life): Program {
  const environment = {
    hubId,
    hubEpoch: machine.disk.epoch,
    blobs: life.guard(machine.openBlobs()),
    signer: noSigner,
  };
  return { kinds: hubKinds, component: 'planform-hub', plug: (ports) => plugHub(environment, ports) };
}

/** Sites of a world have joined before it begins. */
const noSigner: CertificateSigner = {
  inspect: () => Promise.reject(new ApiError('ServiceUnavailable', 'Nobody signs certificates here')),
  sign: () => Promise.reject(new ApiError('ServiceUnavailable', 'Nobody signs certificates here')),
};

/** What an agent finds on its machine and around it. */
export interface SiteSurroundings {
  readonly host: SiteHost;
  readonly link: Link;
  /** Replaces ports by deliberately broken ones. */
  readonly sabotage?: (environment: AgentEnvironment) => AgentEnvironment;
}

/** The agent's program, as `programs/agent` composes it, on the ports of a machine. */
export function agentProgram(surroundings: SiteSurroundings): (machine: Machine, life: Life) => Program {
  const { sabotage = (environment) => environment } = surroundings;
  return (machine, life) => {
    const environment = sabotage(agentEnvironment(machine, life, surroundings));
    return { kinds: agentKinds, component: 'planform-agent', plug: (ports) => plugAgent(environment, ports) };
  };
}

function agentEnvironment(machine: Machine, life: Life, { host, link }: SiteSurroundings): AgentEnvironment {
  return {
    control: {
      nodeName: machine.name,
      address: '127.0.0.1',
      host: host.facts,
      version: 'v0.0.0-sim',
      hostPorts: { first: 20_000, last: 20_999 },
      runtime: life.guard(host.openRuntime()),
      serviceProxy: life.guard(host.proxy.openProxy()),
      volumes: life.guard(host.volumes),
      prober: life.guard(host.network.openProber()),
    },
    serviceRange: parseAddressRange('127.80.1.0/24'),
    agentVersion: '0.0.0-sim',
    blobs: life.guard(machine.openBlobs()),
    hub: {
      hubId,
      hubUrls: ['https://hub'],
      siteName: machine.name,
      storeEpoch: machine.disk.epoch,
      dialer: simulatedDialer(link, life),
      rows: life.guard(openMemoryRows({ disk: host.rows, ...journalBounds })),
    },
  };
}

/** Sessions over the simulated link; what comes back arrives only as long as the agent lives. */
function simulatedDialer(link: Link, life: Life): HubDialer {
  return {
    async dial(_hubUrls, signal) {
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
