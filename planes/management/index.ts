import type { KubeObject } from '../../kernel/meta/object.ts';
import type { ControllerDefinition } from '../../kernel/controller/controller.ts';
import type { ContentEdges } from '../../kernel/ports/auth.ts';
import type { Blobs } from '../../kernel/ports/blobs.ts';
import type { SubresourceHandler } from '../../kernel/ports/endpoint.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { appliedWorkController } from './appliedwork/controller.ts';
import type { DeliveryPorts } from './appliedwork/ports.ts';
import { appliedWorkKind } from './appliedwork/type.ts';
import { bundleController } from './bundle/controller.ts';
import { bundleKind } from './bundle/type.ts';
import { heartbeatHandler } from './hub-line/heartbeat-handler.ts';
import type { HubLinePorts } from './hub-line/hub-ports.ts';
import { renewHandler } from './hub-line/renew-handler.ts';
import { type ReportPorts, reportController } from './hub-line/report-controller.ts';
import { sessionHandler } from './hub-line/session-handler.ts';
import { syncHandler } from './hub-line/sync-handler.ts';
import { hubMembershipKind } from './hubmembership/type.ts';
import type { CertificateSigner } from './identity/certificate-signer.ts';
import { joinTokenController } from './jointoken/controller.ts';
import { type JoinPorts, joinHandler } from './jointoken/join.ts';
import { joinTokenKind } from './jointoken/type.ts';
import { journalHandler } from './journal/handler.ts';
import { placementController } from './placement/controller.ts';
import { placementKind } from './placement/type.ts';
import { siteController } from './site/controller.ts';
import { siteKind } from './site/type.ts';
import { workBlobsHandler } from './work/blobs.ts';
import { workController } from './work/controller.ts';
import { workKind } from './work/type.ts';

export { namespaceGuard } from './appliedwork/namespace-guard.ts';
export { chooseSites } from './placement/plan.ts';

/** Kinds of the management plane that a hub serves. */
export const hubKinds: readonly KindDefinition[] = [siteKind, joinTokenKind, placementKind, bundleKind, workKind];

/** Kinds of the management plane that a site serves. */
export const siteKinds: readonly KindDefinition[] = [hubMembershipKind, appliedWorkKind];

/** What the management plane needs at a hub. */
export interface HubPorts extends HubLinePorts, JoinPorts {
  readonly signer: CertificateSigner;
  readonly blobs: Blobs;
  /** Which digests Works lead to. */
  readonly edges: ContentEdges;
}

/** Controllers of the management plane that run at the hub. */
export function hubControllers({ sessions, blobs }: HubPorts): readonly ControllerDefinition<KubeObject>[] {
  return [siteController(sessions), joinTokenController, placementController, bundleController(blobs), workController];
}

/** Subresources of the management plane at the hub: joining, and the hub's end of the line. */
export function hubSubresources(ports: HubPorts): readonly SubresourceHandler[] {
  return [
    joinHandler(ports),
    syncHandler(ports),
    heartbeatHandler(ports),
    sessionHandler(ports.sessions, ports.trust),
    journalHandler(ports),
    renewHandler(ports, ports.signer),
    workBlobsHandler(ports),
  ];
}

/** Controllers of the management plane that run at a site. Beside them runs `runHubLine` of `hub-line/line.ts`. */
export function siteControllers(ports: DeliveryPorts & ReportPorts): readonly ControllerDefinition<KubeObject>[] {
  return [appliedWorkController(ports), reportController(ports)];
}
