import { parseTime } from '../../base/clock.ts';
import type { RequestedCertificate } from '../../ports/certificates.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  KeyUsage,
} from '../../schema/standard/types.ts';

/** Longest life of a certificate, and that of requests that name none (kube-controller-manager `--cluster-signing-duration`). */
const validForMsMax = 365 * 86_400_000;
const validForMsMin = 600_000;

const hourMs = 3_600_000;
/** What is kept of decided, of issued and of forgotten requests (kube-controller-manager `certificates/cleaner`). */
const keptAfterDecisionMs = hourMs;
const keptUndecidedMs = 24 * hourMs;

/** True if the request has a condition of that type. */
export function hasCondition({ status }: CertificateSigningRequest, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

/** Life of the certificate to be issued: what was asked for, within the bounds of the signer. */
export function validForMs({ spec }: CertificateSigningRequest): number {
  if (spec.expirationSeconds === undefined) return validForMsMax;
  return Math.min(validForMsMax, Math.max(validForMsMin, spec.expirationSeconds * 1_000));
}

const keyUsages: ReadonlySet<KeyUsage> = new Set(['digital signature', 'key encipherment']);
const nodePrefix = 'system:node:';

/**
 * Why one of the signers of Kubernetes must not sign a request; `undefined` when it may (`certificates.k8s.io` signer names).
 * Only for names in `servedSigners`.
 */
export function whyNotSigned(
  signerName: string,
  asked: RequestedCertificate,
  usages: readonly KeyUsage[],
): string | undefined {
  return servedSigners.get(signerName)?.(asked, usages);
}

type SignerCheck = (asked: RequestedCertificate, usages: readonly KeyUsage[]) => string | undefined;

/** The signers this server has, with their rules. */
export const servedSigners: ReadonlyMap<string, SignerCheck> = new Map<string, SignerCheck>([
  ['kubernetes.io/kube-apiserver-client', (_asked, usages) => whyNotClient(usages)],
  [
    'kubernetes.io/kube-apiserver-client-kubelet',
    (asked, usages) =>
      whyNotOfNode(asked) ??
      firstGiven([
        ['DNS', asked.dnsNames],
        ['Email', asked.emailAddresses],
        ['IP', asked.ipAddresses],
        ['URI', asked.uris],
      ]) ??
      whyNotNode(asked) ??
      whyNotExactly(usages, 'client auth'),
  ],
  [
    'kubernetes.io/kubelet-serving',
    (asked, usages) =>
      whyNotOfNode(asked) ??
      (asked.dnsNames.length + asked.ipAddresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined) ??
      firstGiven([
        ['Email', asked.emailAddresses],
        ['URI', asked.uris],
      ]) ??
      whyNotExactly(usages, 'server auth') ??
      whyNotNode(asked),
  ],
]);

function whyNotClient(usages: readonly KeyUsage[]): string | undefined {
  const other = usages.find((usage) => usage !== 'client auth' && !keyUsages.has(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

function whyNotOfNode({ organizations }: RequestedCertificate): string | undefined {
  const isOfNodes = organizations.length === 1 && organizations[0] === 'system:nodes';
  return isOfNodes ? undefined : 'subject organization is not system:nodes';
}

function whyNotNode({ commonName }: RequestedCertificate): string | undefined {
  return commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`;
}

function firstGiven(names: readonly (readonly [kind: string, values: readonly string[]])[]): string | undefined {
  const [kind] = names.find(([, values]) => values.length > 0) ?? [];
  return kind === undefined ? undefined : `${kind} subjectAltNames are not allowed`;
}

/** Key encipherment may be left out: only RSA keys can do it. */
function whyNotExactly(usages: readonly KeyUsage[], purpose: KeyUsage): string | undefined {
  const required: readonly KeyUsage[] = ['digital signature', 'key encipherment', purpose];
  const hasAll = required.every((usage) => usage === 'key encipherment' || usages.includes(usage));
  const hasOthers = usages.some((usage) => !required.includes(usage));
  return hasAll && !hasOthers ? undefined : `usages did not match [${required.toSorted().join(' ')}]`;
}

/**
 * When a request is deleted, milliseconds since the epoch: an hour after it was decided or its certificate issued, a day after
 * it was made if nobody decided.
 */
export function deletedAtMs(request: CertificateSigningRequest): number {
  const { metadata, status } = request;
  const decided = (status?.conditions ?? []).filter(({ type }) => type !== '');
  const madeAtMs = parseTime(metadata.creationTimestamp) ?? 0;
  if (decided.length === 0) return madeAtMs + keptUndecidedMs;
  return Math.max(madeAtMs, ...decided.map(changedAtMs)) + keptAfterDecisionMs;
}

function changedAtMs({ lastUpdateTime, lastTransitionTime }: CertificateSigningRequestCondition): number {
  return parseTime(lastUpdateTime) ?? parseTime(lastTransitionTime) ?? 0;
}
