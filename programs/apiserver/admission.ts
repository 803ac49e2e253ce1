import { customResourceLifecycle } from '../../kernel/admission/custom-resource-lifecycle.ts';
import { DecisionMetrics } from '../../kernel/admission/decision-metrics.ts';
import { defaultTolerations } from '../../kernel/admission/default-tolerations.ts';
import { FollowedObjects } from '../../kernel/admission/followed-objects.ts';
import { limitRanger } from '../../kernel/admission/limit-ranger/plugin.ts';
import { isExempt } from '../../kernel/admission/matching.ts';
import { namespaceLifecycle } from '../../kernel/admission/namespace-lifecycle.ts';
import { ownerReferencesPermissions } from '../../kernel/admission/owner-references.ts';
import { mutatingPolicies, validatingPolicies } from '../../kernel/admission/policy/plugin.ts';
import { restorationRequester } from '../../kernel/admission/restoration-requester.ts';
import { serviceAccounts } from '../../kernel/admission/service-account.ts';
import { mutatingWebhooks, validatingWebhooks } from '../../kernel/admission/webhook/plugin.ts';
import { rbacEscalationCheck } from '../../kernel/auth/rbac/escalation.ts';
import type { RbacAuthorizer } from '../../kernel/auth/rbac/rbac-authorizer.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { MetricSource } from '../../kernel/base/metrics.ts';
import type { Random } from '../../kernel/base/random.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { AdmissionPlugin, PendingView } from '../../kernel/ports/admission.ts';
import type { Authorizer } from '../../kernel/ports/auth.ts';
import type { KindLookup } from '../../kernel/ports/client.ts';
import type { WebhookCaller } from '../../kernel/ports/webhook.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { identityAdmission, isServerUser, type KernelIdentity } from './identity.ts';

/** What the admission of a kernel is put together from. */
export interface AdmissionSources {
  /** Kinds served besides the kernel's own. */
  readonly served: readonly KindDefinition[];
  /** Plugins of planes. */
  readonly planes: readonly AdmissionPlugin[];
  readonly identity: KernelIdentity | undefined;
  /** See `PlaneParts.mountsTokens`. */
  readonly mountsTokens: boolean;
  readonly authorizer: Required<Authorizer>;
  readonly rbac: RbacAuthorizer;
  readonly kinds: KindLookup;
  /** Objects as they are at the moment. */
  readonly view: PendingView;
  readonly webhooks: WebhookCaller;
  readonly random: Random;
  readonly clock: Clock;
}

/** The admission of a kernel. */
export interface KernelAdmission {
  /** In the order in which they run. */
  readonly plugins: readonly AdmissionPlugin[];
  /** How policies and webhooks decided. */
  readonly metrics: MetricSource;
  /** Loads the objects that configure admission and follows their changes: they count from then on. */
  follow(cache: ObjectCache): void;
}

/** Puts the admission of a kernel together: what a kind is not served for is left out. */
export function kernelAdmission(sources: AdmissionSources): KernelAdmission {
  const { served, identity, authorizer, rbac, kinds, view } = sources;
  const configuration = served.filter(isExempt).map(({ plural, group }) => formatResource(plural, group));
  const followed = new FollowedObjects();
  const metrics = new DecisionMetrics(sources.clock);
  const webhookPorts = { view, authorizer, caller: sources.webhooks, random: sources.random, metrics };
  const policyPorts = { view, kinds, authorizer, metrics };
  const plugins = [
    namespaceLifecycle,
    customResourceLifecycle,
    ...(identity === undefined ? [] : [serviceAccounts(sources)]),
    limitRanger(view),
    defaultTolerations,
    ...sources.planes,
    ownerReferencesPermissions({ authorizer, kinds, isTrusted: isServerUser }),
    rbacEscalationCheck({ authorizer, rbac }),
    restorationRequester,
    ...identityAdmission(identity, authorizer),
    mutatingPolicies(followed, policyPorts),
    mutatingWebhooks(followed, webhookPorts),
    validatingPolicies(followed, policyPorts),
    validatingWebhooks(followed, webhookPorts),
  ];
  return { plugins, metrics: () => metrics.families(), follow: (cache) => followed.follow(cache, configuration) };
}
