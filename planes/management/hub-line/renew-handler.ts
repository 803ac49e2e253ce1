import { formatTime } from '../../../kernel/base/clock.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { type CertificateSigner, siteCertificateValidForMs } from '../identity/certificate-signer.ts';
import { requireSite, siteUserName, sitesGroup } from '../identity/users.ts';
import { jsonResponse, readJsonBody, textField } from '../request-body/fields.ts';
import { managementGroup, siteKind } from '../site/type.ts';
import type { HubLinePorts } from './hub-ports.ts';

const bodyBytesMax = 64 * 1024;

/** `POST sites/<name>/renew` {csrPem}: a new certificate for the key the site joined with. */
export function renewHandler(ports: HubLinePorts, signer: CertificateSigner): SubresourceHandler {
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'renew',
    verbs: { POST: 'create' },
    handle: async (request) => jsonResponse(await renew(request, ports, signer)),
  };
}

async function renew(
  request: SubresourceRequest,
  { client, hubId }: HubLinePorts,
  signer: CertificateSigner,
): Promise<object> {
  const { name, signal, user } = request;
  requireSite(user, name);
  const csrPem = textField(await readJsonBody(request, bodyBytesMax), 'csrPem', bodyBytesMax);
  const { publicKeyFingerprint } = await signer.inspect(csrPem, signal);
  const site = await client.get(siteKind, { name }, signal);
  if (site.status?.identity?.publicKeyFingerprint !== publicKeyFingerprint) {
    throw new ApiError(
      'Forbidden',
      `Cannot renew the certificate of site "${name}": the request is for another key than the one that joined`,
    );
  }
  const subject = {
    commonName: siteUserName(name),
    organizations: [sitesGroup],
    validForMs: siteCertificateValidForMs,
  };
  const signed = await signer.sign(csrPem, subject, signal);
  return { siteName: name, hubId, certificatePem: signed.certificatePem, notAfter: formatTime(signed.notAfterMs) };
}
