import type { AuditResources } from '../../kernel/audit/policy.ts';
import type { Grant } from '../../kernel/auth/authorizers.ts';
import { customResourceDefinitionKind } from '../../kernel/kinds/customresourcedefinition/type.ts';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import { mutatingAdmissionPolicyKind } from '../../kernel/kinds/mutatingadmissionpolicy/type.ts';
import { mutatingAdmissionPolicyBindingKind } from '../../kernel/kinds/mutatingadmissionpolicybinding/type.ts';
import { mutatingWebhookConfigurationKind } from '../../kernel/kinds/mutatingwebhookconfiguration/type.ts';
import { validatingAdmissionPolicyKind } from '../../kernel/kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../../kernel/kinds/validatingadmissionpolicybinding/type.ts';
import { validatingWebhookConfigurationKind } from '../../kernel/kinds/validatingwebhookconfiguration/type.ts';
import { formatApiVersion } from '../../kernel/meta/object.ts';
import type { Blobs } from '../../kernel/ports/blobs.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { applicationKinds, hubControllers as applicationControllers } from '../../planes/application/index.ts';
import { controlKinds } from '../../planes/control/index.ts';
import type { HubTrust } from '../../planes/management/hub-line/hub-ports.ts';
import { SiteSessions } from '../../planes/management/hub-line/sessions.ts';
import type { CertificateSigner } from '../../planes/management/identity/certificate-signer.ts';
import { hubLineRules, isDeliverable, joiningRules } from '../../planes/management/identity/rules.ts';
import { hubLineUser, joiningGroup, joiningUser } from '../../planes/management/identity/users.ts';
import {
  chooseSites,
  hubControllers,
  hubKinds as managementKinds,
  hubSubresources,
} from '../../planes/management/index.ts';
import { joinTokenAuthenticator } from '../../planes/management/jointoken/authenticator.ts';
import { type JoinToken, joinTokenKind } from '../../planes/management/jointoken/type.ts';
import { siteAuthenticator } from '../../planes/management/site/authenticator.ts';
import { siteKind, siteNamespace } from '../../planes/management/site/type.ts';
import type { PlaneParts, PlanePorts } from '../apiserver/assemble.ts';

/** Kinds of a hub besides the kernel's own. */
export const hubKinds: readonly KindDefinition[] = [
  ...managementKinds,
  ...applicationKinds,
  customResourceDefinitionKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  mutatingAdmissionPolicyKind,
  mutatingAdmissionPolicyBindingKind,
  validatingWebhookConfigurationKind,
  mutatingWebhookConfigurationKind,
];

/** Kinds that applications may be made of: those that sites serve and take from a hub. */
const deliverableKinds: readonly KindDefinition[] = [...kernelKinds, ...controlKinds].filter(isDeliverable);

/** What sites post all the time; what it brings about is recorded as what it is. */
export const hubQuiet: readonly AuditResources[] = [
  {
    group: siteKind.group,
    resources: ['sites/heartbeat', 'sites/journal', 'sites/session', 'sites/sync'],
    resourceNames: [],
  },
];

/** What a hub needs from outside its kernel. */
export interface HubEnvironment {
  /** Name of this hub, for ever. */
  readonly hubId: string;
  /** Epoch of the hub's store. */
  readonly hubEpoch: string;
  readonly blobs: Blobs;
  /** Absent: sites are told of no authorities. */
  readonly trust?: HubTrust;
  readonly signer: CertificateSigner;
}

/** Rights at a hub besides those of people, controllers and sites (`siteKind.authorization`). */
const hubGrants: readonly Grant[] = [
  { group: joiningGroup, userPrefix: joiningUser('').name, rules: joiningRules, reason: 'a bearer of a join token' },
  { user: hubLineUser.name, rules: hubLineRules, reason: "the hub's end of the line" },
];

/** Plugs the planes of a hub into its kernel. */
export function plugHub(environment: HubEnvironment, ports: PlanePorts): PlaneParts {
  const { clientFor, edges, clock, random, log } = ports;
  const { blobs } = environment;
  const client = clientFor(hubLineUser);
  const hub = { ...environment, client, edges, sessions: new SiteSessions(clock), clock, random, log };
  const tokens = ports.informer(joinTokenKind);
  const sites = ports.informer(siteKind);
  const findSite = (name: string) => sites.get({ name });
  return {
    authenticators: [
      joinTokenAuthenticator((name) => tokens.get({ name }) as JoinToken | undefined),
      siteAuthenticator(() => ({ isComplete: sites.synced, find: findSite })),
    ],
    grants: hubGrants,
    isReserved: (namespace) => namespace.startsWith(siteNamespace('')),
    subresources: hubSubresources(hub),
    controllers: [
      ...hubControllers(hub),
      ...applicationControllers({ blobs, findKind: findDeliverableKind, chooseSites }),
    ],
  };
}

function findDeliverableKind(apiVersion: string, kind: string): KindDefinition | undefined {
  return deliverableKinds.find(
    (known) =>
      known.kind === kind &&
      known.versions.some((version) => formatApiVersion(known.group, version.name) === apiVersion),
  );
}
