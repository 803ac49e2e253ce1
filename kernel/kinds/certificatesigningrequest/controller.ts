import { formatTime } from '../../base/clock.ts';
import type { ControllerDefinition, Pass } from '../../controller/controller.ts';
import { type Outcome, settled } from '../../controller/outcome.ts';
import { isApiError } from '../../meta/errors.ts';
import type { RequestSigner } from '../../ports/certificates.ts';
import type { CertificateSigningRequest } from '../../schema/standard/types.ts';
import { deletedAtMs, hasCondition, servedSigners, validForMs, whyNotSigned } from './plan.ts';
import { certificateSigningRequestKind } from './type.ts';

/** Issues the certificates of approved requests for the signers of this server. */
export function certificateSigner(signer: RequestSigner): ControllerDefinition<CertificateSigningRequest> {
  return {
    name: 'certificate-signer',
    kind: certificateSigningRequestKind,
    rules: [
      {
        verbs: ['sign'],
        groups: ['certificates.k8s.io'],
        resources: ['signers'],
        names: [...servedSigners.keys()],
      },
    ],
    async reconcile(pass) {
      const { object } = pass;
      const isDue = hasCondition(object, 'Approved') && !hasCondition(object, 'Denied');
      const isDone = hasCondition(object, 'Failed') || (object.status?.certificate ?? '') !== '';
      if (!isDue || isDone || !servedSigners.has(object.spec.signerName)) return settled;
      return issue(pass, signer);
    },
  };
}

async function issue(pass: Pass<CertificateSigningRequest>, signer: RequestSigner): Promise<Outcome> {
  const { object, status, clock, log } = pass;
  const { request, signerName, usages = [] } = object.spec;
  const requestPem = atob(request);
  const refusal = whyNotSigned(signerName, await signer.readRequest(requestPem), usages);
  if (refusal === undefined) {
    const certificatePem = await signer.signRequest(requestPem, { usages, validForMs: validForMs(object) });
    status.certificate = btoa(certificatePem);
    log.info('issued a certificate', { signerName });
    return settled;
  }
  const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: refusal };
  const now = formatTime(clock.nowMs());
  status.conditions = [...(status.conditions ?? []), { ...failed, lastUpdateTime: now, lastTransitionTime: now }];
  return { kind: 'stalled', reason: failed.reason, message: refusal };
}

/** Deletes requests that have had their time: the certificate is with whoever asked for it. */
export const certificateRequestCleaner: ControllerDefinition<CertificateSigningRequest> = {
  name: 'certificate-request-cleaner',
  kind: certificateSigningRequestKind,
  rules: [{ verbs: ['delete'], groups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'] }],
  async reconcile({ object, client, clock, signal }) {
    const afterMs = deletedAtMs(object) - clock.nowMs();
    if (afterMs > 0) return { kind: 'settled', againAfterMs: afterMs };
    const { name, uid } = object.metadata;
    try {
      await client.delete(certificateSigningRequestKind, { name }, { preconditions: { uid } }, signal);
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
    return settled;
  },
};
