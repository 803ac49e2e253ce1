import { formatAge } from '../../base/age.ts';
import { checkPathSegment } from '../../meta/names.ts';
import { allMetadataOfStatus, type KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { CertificateSigningRequest } from '../../schema/standard/types.ts';
import { admitCertificateSigningRequest } from './admit.ts';
import { hasCondition } from './plan.ts';

/** Asks for a certificate; somebody approves, a signer signs (`certificates.k8s.io/v1.CertificateSigningRequest`). */
export const certificateSigningRequestKind: KindDefinition<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('certificates/v1.CertificateSigningRequest'),
      columns: [
        { name: 'Age', type: 'date', description: 'Time since it was made.', value: '.metadata.creationTimestamp' },
        { name: 'SignerName', type: 'string', description: 'Who is to sign.', value: '.spec.signerName' },
        { name: 'Requestor', type: 'string', description: 'The user who asked.', value: '.spec.username' },
        {
          name: 'RequestedDuration',
          type: 'string',
          description: 'Life of the certificate, where one was asked for.',
          value: ({ spec }: CertificateSigningRequest) =>
            spec.expirationSeconds === undefined ? '<none>' : formatAge(spec.expirationSeconds * 1_000),
        },
        {
          name: 'Condition',
          type: 'string',
          description: 'Pending, Approved or Denied; whether it failed or the certificate was issued.',
          value: conditionText,
        },
      ],
    },
  ],
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  approvalSubresource: true,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  history: 'spec',
  selectableFields: [{ label: 'spec.signerName', value: ({ spec }: CertificateSigningRequest) => spec.signerName }],
  checkName: checkPathSegment,
  admission: admitCertificateSigningRequest,
};

function conditionText(request: CertificateSigningRequest): string {
  const verdict = hasCondition(request, 'Denied')
    ? 'Denied'
    : hasCondition(request, 'Approved')
      ? 'Approved'
      : 'Pending';
  const failed = hasCondition(request, 'Failed') ? ',Failed' : '';
  return `${verdict}${failed}${(request.status?.certificate ?? '') === '' ? '' : ',Issued'}`;
}
