import {
  certificateRequestor,
  certificateSignerRights,
  certificateSubjectRestriction,
} from '../../kernel/admission/certificate-requests.ts';
import { bootstrapTokenAuthenticator } from '../../kernel/auth/bootstrap-tokens.ts';
import { ServiceAccountTokens, type TokenKeys } from '../../kernel/auth/service-account-tokens.ts';
import { tokenReviewer } from '../../kernel/auth/token-review.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Random } from '../../kernel/base/random.ts';
import { cacheKey } from '../../kernel/cache/cached-object.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import type { ControllerDefinition } from '../../kernel/controller/controller.ts';
import {
  certificateRequestCleaner,
  certificateSigner,
} from '../../kernel/kinds/certificatesigningrequest/controller.ts';
import { rootAuthorityPublisher } from '../../kernel/kinds/configmap/root-authority.ts';
import { localSubjectAccessReviews } from '../../kernel/kinds/localsubjectaccessreview/review.ts';
import { selfSubjectAccessReviews } from '../../kernel/kinds/selfsubjectaccessreview/review.ts';
import { selfSubjectReviews } from '../../kernel/kinds/selfsubjectreview/review.ts';
import { selfSubjectRulesReviews } from '../../kernel/kinds/selfsubjectrulesreview/review.ts';
import { defaultServiceAccounts } from '../../kernel/kinds/serviceaccount/controller.ts';
import { serviceAccountTokens } from '../../kernel/kinds/serviceaccount/token-request.ts';
import { subjectAccessReviews } from '../../kernel/kinds/subjectaccessreview/review.ts';
import { tokenReviews } from '../../kernel/kinds/tokenreview/review.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { AdmissionPlugin } from '../../kernel/ports/admission.ts';
import type { Authenticator, Authorizer } from '../../kernel/ports/auth.ts';
import type { RequestSigner } from '../../kernel/ports/certificates.ts';
import type {
  ComputedResource,
  PathHandler,
  SubresourceHandler,
  ComputedSubresource,
} from '../../kernel/ports/endpoint.ts';
import { computedSubresource } from '../../kernel/server/computed.ts';
import { openIdDocuments } from '../../kernel/server/openid-documents.ts';
import { siteUserName } from '../../planes/management/identity/users.ts';

/** What a kernel vouches for others with. Without it there are no tokens of ServiceAccounts and no certificates. */
export interface KernelIdentity {
  readonly tokenKeys: TokenKeys;
  /** Signs the serving certificate, and client certificates that were approved. */
  readonly authority: RequestSigner & {
    /** Authorities that are trusted at the moment, PEM. */
    readonly trustedPem: string;
    onChange(changed: () => void): void;
  };
  /** `https://host:port`; known once the kernel listens. */
  readonly address: () => string;
}

/** `iss` of the tokens of ServiceAccounts: what the apiserver is called inside a cluster, as kubeadm sets it up. */
export const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Names of users that live inside a server; of all of them only sites come from outside, with certificates of their hub. */
export function isServerUser(name: string): boolean {
  if (name.startsWith('system:planform:')) return !name.startsWith(siteUserName(''));
  return name.startsWith('hub:');
}

/** The tokens of a kernel. */
export function openTokens({ tokenKeys }: KernelIdentity, cache: ObjectCache): ServiceAccountTokens {
  const find = (resource: string, namespace: string, name: string) =>
    cache.resource(resource).get(cacheKey(namespace, name));
  return new ServiceAccountTokens({ keys: tokenKeys, issuer: tokenIssuer, find });
}

/** What issues tokens of accounts, for those inside the process who need one. */
export function tokenRequests(issuer: ServiceAccountTokens, cache: ObjectCache, random: Random): ComputedSubresource {
  const find = (resource: string, namespace: string, name: string) =>
    cache.resource(resource).get(cacheKey(namespace, name))?.parsed();
  return serviceAccountTokens({ issuer, find, random });
}

/** Knows the bearers of bootstrap tokens. */
export function bootstrapTokens(cache: ObjectCache): Authenticator {
  return bootstrapTokenAuthenticator((namespace, name) => cache.resource('secrets').get(cacheKey(namespace, name)));
}

/** Controllers behind identities. @param isReserved namespaces of machinery, which get nothing. */
export function identityControllers(
  identity: KernelIdentity | undefined,
  isReserved: (namespace: string) => boolean,
): readonly ControllerDefinition<KubeObject>[] {
  if (identity === undefined) return [];
  const { authority } = identity;
  return [
    defaultServiceAccounts(isReserved),
    rootAuthorityPublisher({
      certificatePem: () => authority.trustedPem,
      onChange: (changed) => authority.onChange(changed),
      isOwn: isReserved,
    }),
    certificateSigner(authority),
    certificateRequestCleaner,
  ];
}

/** Admission of what identities are made of. */
export function identityAdmission(
  identity: KernelIdentity | undefined,
  authorizer: Authorizer,
): readonly AdmissionPlugin[] {
  if (identity === undefined) return [];
  const { authority } = identity;
  return [
    certificateRequestor(authority),
    certificateSignerRights(authorizer),
    certificateSubjectRestriction(authority, isServerUser),
  ];
}

/** What `identityEndpoints` is made from. */
export interface EndpointOptions {
  readonly identity: KernelIdentity | undefined;
  readonly tokens: ServiceAccountTokens | undefined;
  readonly authenticator: Authenticator;
  readonly authorizer: Required<Authorizer>;
  readonly cache: ObjectCache;
  readonly clock: Clock;
  readonly random: Random;
}

/** What is served about identities besides stored objects: reviews, tokens and the keys to verify them. */
export function identityEndpoints({ identity, tokens, authenticator, authorizer, ...tools }: EndpointOptions): {
  readonly computed: readonly ComputedResource[];
  readonly subresources: readonly SubresourceHandler[];
  readonly paths: readonly PathHandler[];
} {
  const reviews = [
    selfSubjectReviews,
    selfSubjectAccessReviews(authorizer),
    selfSubjectRulesReviews(authorizer),
    subjectAccessReviews(authorizer),
    localSubjectAccessReviews(authorizer),
  ];
  if (identity === undefined || tokens === undefined) return { computed: reviews, subresources: [], paths: [] };
  const { cache, clock, random } = tools;
  const { address, tokenKeys } = identity;
  return {
    computed: [...reviews, tokenReviews(tokenReviewer(tokens, authenticator))],
    subresources: [computedSubresource(tokenRequests(tokens, cache, random), clock)],
    paths: openIdDocuments({ issuer: tokens.ownAudience, keys: tokenKeys.verifying, address }),
  };
}
