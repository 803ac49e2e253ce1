import type { Grant } from '../../kernel/auth/authorizers.ts';
import { informerUser } from '../../kernel/controller/controller-host.ts';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import type { Blobs } from '../../kernel/ports/blobs.ts';
import type { RowQueue } from '../../kernel/ports/rows.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { controlControllers, controlKinds, type ControlPorts } from '../../planes/control/index.ts';
import { podLog } from '../../planes/control/pod/log.ts';
import { podKind } from '../../planes/control/pod/type.ts';
import { imageWarning, securityWarning } from '../../planes/control/pod-spec/runtime-warnings.ts';
import { type AddressRange, serviceAddresses } from '../../planes/control/service/address.ts';
import { serviceWarning } from '../../planes/control/service/site-warnings.ts';
import { serviceKind } from '../../planes/control/service/type.ts';
import type { ObjectHistory } from '../../planes/management/appliedwork/ports.ts';
import { BundleLibrary } from '../../planes/management/bundle-content/library.ts';
import type { HubDialer } from '../../planes/management/hub-line/connection.ts';
import { runHubLine } from '../../planes/management/hub-line/line.ts';
import { HubLink } from '../../planes/management/hub-line/link.ts';
import type { CertificateKeeper } from '../../planes/management/hub-line/renewal.ts';
import { deliveryRules, isDeliverable, siteLineRules } from '../../planes/management/identity/rules.ts';
import { deliveryUser, siteLineUser } from '../../planes/management/identity/users.ts';
import { namespaceGuard, siteControllers, siteKinds } from '../../planes/management/index.ts';
import type { PlaneParts, PlanePorts } from '../apiserver/assemble.ts';
import { podTokenIssuer } from './pod-tokens.ts';

/** Kinds of a site besides the kernel's own. */
export const agentKinds: readonly KindDefinition[] = [...siteKinds, ...controlKinds];

/** The hub a site belongs to, and the way there. */
export interface HubMembershipPorts {
  readonly hubId: string;
  readonly hubUrls: readonly string[];
  readonly siteName: string;
  /** Epoch of the site's own store. */
  readonly storeEpoch: string;
  readonly dialer: HubDialer;
  /** Absent when nothing has to be renewed. */
  readonly certificate?: CertificateKeeper;
  /** The event journal. */
  readonly rows: RowQueue;
}

/** What a site needs from outside its kernel. */
export interface AgentEnvironment {
  readonly control: Omit<ControlPorts, 'tokens' | 'clock' | 'log'>;
  readonly serviceRange: AddressRange;
  readonly agentVersion: string;
  readonly blobs: Blobs;
  /** Absent for a site that has not joined a hub: it works all the same. */
  readonly hub: HubMembershipPorts | undefined;
}

/** Plugs the planes of a site into its kernel. */
export function plugAgent(environment: AgentEnvironment, ports: PlanePorts): PlaneParts {
  const control = controlParts(environment, ports);
  if (environment.hub === undefined) return control;
  const management = managementParts(environment, environment.hub, ports);
  return {
    ...control,
    ...management,
    admission: [...(control.admission ?? []), ...(management.admission ?? [])],
    controllers: [...(control.controllers ?? []), ...(management.controllers ?? [])],
  };
}

function controlParts({ control, serviceRange }: AgentEnvironment, ports: PlanePorts): PlaneParts {
  const { clientFor, tokenRequests, clock, log } = ports;
  const tokens = tokenRequests === undefined ? undefined : podTokenIssuer(tokenRequests, clock);
  const reader = clientFor(informerUser);
  const listServices = async (signal: AbortSignal) => (await reader.list(serviceKind, {}, signal)).items;
  return {
    admission: [imageWarning, securityWarning, serviceWarning, serviceAddresses({ range: serviceRange, listServices })],
    controllers: controlControllers({ ...control, tokens, clock, log }),
    mountsTokens: tokens !== undefined,
    subresources: [
      podLog({ runtime: control.runtime, readPod: (at, signal) => reader.get(podKind, at, signal), clock }),
    ],
  };
}

function managementParts(environment: AgentEnvironment, hub: HubMembershipPorts, ports: PlanePorts): PlaneParts {
  const { clientFor, kinds, clock, random, log } = ports;
  const { blobs, agentVersion } = environment;
  const link = new HubLink(clock);
  const line = { ...hub, client: clientFor(siteLineUser), link, blobs, kinds, agentVersion, clock, random, log };
  const delivery = {
    deliveryClient: (hubId: string) => clientFor(deliveryUser(hubId)),
    kinds,
    watchedKinds: [...kernelKinds, ...controlKinds].filter(isDeliverable),
    library: new BundleLibrary(blobs),
    history: objectHistory(ports),
    link,
    siteName: hub.siteName,
  };
  return {
    admission: [namespaceGuard([...kernelKinds, ...agentKinds])],
    grants: siteGrants(hub.hubId),
    controllers: siteControllers(delivery),
    tasks: [(signal) => runHubLine(line, signal)],
  };
}

/** Rights at a site besides those of people and controllers. */
function siteGrants(hubId: string): readonly Grant[] {
  return [
    { user: deliveryUser(hubId).name, rules: deliveryRules, reason: 'what a hub delivers' },
    { user: siteLineUser.name, rules: siteLineRules, reason: "the site's end of the line" },
  ];
}

function objectHistory({ resources, random, clock }: PlanePorts): ObjectHistory {
  return {
    async read(kind, { namespace = '', name }, entriesMax, signal) {
      const context = {
        user: informerUser,
        requestId: random.uuid(),
        receivedAtMs: clock.nowMs(),
        userAgent: informerUser.name,
        signal,
        warn: () => undefined,
      };
      const target = { definition: kind, version: kind.storageVersion, namespace, name, subresource: '' } as const;
      return (await resources().history(context, target, entriesMax)).entries;
    },
  };
}
