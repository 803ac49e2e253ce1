import type { Prober } from '../../drivers/api/probe.ts';
import type { ServiceProxy } from '../../drivers/api/proxy.ts';
import type { Runtime } from '../../drivers/api/runtime.ts';
import type { Volumes } from '../../drivers/api/volume.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { ControllerDefinition } from '../../kernel/controller/controller.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { deploymentController } from './deployment/controller.ts';
import { deploymentKind } from './deployment/type.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointsKind } from './endpoints/type.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { endpointSliceKind } from './endpointslice/type.ts';
import { nodeController } from './node/controller.ts';
import type { HostFacts } from './node/plan.ts';
import { simulatedNodeController, type SimulationPorts } from './node/simulated.ts';
import { nodeKind } from './node/type.ts';
import type { ApiPlace } from './pod-runtime/environment.ts';
import type { HostPortRange } from './pod-runtime/host-ports.ts';
import { PodKeeper } from './pod-runtime/pod-keeper.ts';
import type { TokenIssuer } from './pod-runtime/pod-tokens.ts';
import { podController } from './pod/controller.ts';
import { simulatedPodController } from './pod/simulated.ts';
import { podKind } from './pod/type.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { replicaSetKind } from './replicaset/type.ts';
import { schedulerController } from './scheduler/controller.ts';
import { serviceProxyController } from './service/controller.ts';
import { serviceKind } from './service/type.ts';
import { TrafficGate } from './traffic/traffic-gate.ts';

/** The kinds of the control plane. */
export const controlKinds: readonly KindDefinition[] = [
  nodeKind,
  podKind,
  replicaSetKind,
  deploymentKind,
  serviceKind,
  endpointsKind,
  endpointSliceKind,
];

/** What the control plane of a site with one host works with. */
export interface ControlPorts {
  /** Name of the site's Node. */
  readonly nodeName: string;
  /** Address of the host that its pods share: `127.0.0.1` when everything is on one machine. */
  readonly address: string;
  readonly host: HostFacts;
  /** Version of the agent: `v0.1.0`. */
  readonly version: string;
  /** Ports of the host that pods may get. No other site on the host may use them. */
  readonly hostPorts: HostPortRange;
  readonly runtime: Runtime;
  readonly serviceProxy: ServiceProxy;
  readonly volumes: Volumes;
  readonly prober: Prober;
  /** Issues the tokens that pods mount. Absent: there are none. */
  readonly tokens?: TokenIssuer | undefined;
  /** Where pods reach the API server of the site. Absent: they are not told. */
  readonly api?: ApiPlace | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The controllers of a site's control plane. */
export function controlControllers(ports: ControlPorts): readonly ControllerDefinition<KubeObject>[] {
  const gate = new TrafficGate();
  const keeper = new PodKeeper({ ...ports, gate });
  return [
    nodeController(ports),
    schedulerController,
    podController(keeper),
    replicaSetController,
    deploymentController,
    endpointsController,
    endpointSliceController,
    serviceProxyController({ nodeName: ports.nodeName, proxy: ports.serviceProxy, gate }),
  ];
}

/** Controllers that turn pods Running on nodes that are only objects: see `simulation/README.md`. */
export function simulationControllers(ports: SimulationPorts): readonly ControllerDefinition<KubeObject>[] {
  return [simulatedNodeController(ports), schedulerController, simulatedPodController()];
}
