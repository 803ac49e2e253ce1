import { errorText, InvalidError, isApiError } from '../meta/errors.ts';
import { jsonEquals } from '../meta/json.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../ports/admission.ts';
import type { Authorizer, UserInfo } from '../ports/auth.ts';
import type { RequestedCertificate, RequestSigner } from '../ports/certificates.ts';
import type { CertificateSigningRequest } from '../schema/standard/types.ts';
import { forbidden } from '../meta/forbidden.ts';

const group = 'certificates.k8s.io';
const clientSigner = 'kubernetes.io/kube-apiserver-client';

function isRequest({ definition }: AdmissionAttributes): boolean {
  return definition.group === group && definition.plural === 'certificatesigningrequests';
}

/**
 * A new CertificateSigningRequest says who made it, whatever its maker wrote, and its PKCS #10 request is one (Kubernetes
 * `certificates` strategy and validation).
 */
export function certificateRequestor(reader: Pick<RequestSigner, 'readRequest'>): AdmissionPlugin {
  return {
    name: 'CertificateRequestor',
    handles: (attributes) => attributes.operation === 'create' && isRequest(attributes),
    async mutate(draft, { user }) {
      const given = draft['spec'];
      if (typeof given !== 'object' || given === null) return;
      draft['spec'] = { ...withoutRequestor(given), ...requestorOf(user) };
    },
    async validate(object, attributes) {
      const { spec } = object as CertificateSigningRequest;
      await readRequest(reader, spec.request, attributes);
    },
  };
}

function withoutRequestor(spec: object): object {
  const {
    username: _username,
    uid: _uid,
    groups: _groups,
    extra: _extra,
    ...asked
  } = { ...spec } as Record<string, unknown>;
  return asked;
}

function requestorOf({ name, uid, groups, extra }: UserInfo) {
  return {
    username: name,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra: structuredClone(extra) }),
  };
}

/** @throws {ApiError} `Invalid`. */
async function readRequest(
  reader: Pick<RequestSigner, 'readRequest'>,
  request: string,
  { name, definition }: AdmissionAttributes,
): Promise<RequestedCertificate> {
  const pem = atob(request);
  const invalid = (detail: string) => {
    const error = { type: 'Invalid', path: 'spec.request', value: request, detail } as const;
    return new InvalidError({ kind: definition.kind, group, name }, [error]);
  };
  if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----')) {
    throw invalid('PEM block type must be CERTIFICATE REQUEST');
  }
  try {
    return await reader.readRequest(pem);
  } catch (error) {
    if (isApiError(error, 'BadRequest')) throw invalid(errorText(error));
    throw error;
  }
}

/**
 * Approving, denying and signing are rights on the signer, besides the right to write the object: verbs `approve` and `sign`
 * on `signers`, by name or `domain/*` (Kubernetes CertificateApproval, CertificateSigning).
 */
export function certificateSignerRights(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSignerRights',
    handles: (attributes) =>
      attributes.operation === 'update' && attributes.subresource !== '' && isRequest(attributes),
    async validate(object, attributes) {
      const [next, old] = [object, attributes.old] as readonly (CertificateSigningRequest | undefined)[];
      if (old === undefined || jsonEquals(next?.status, old.status)) return;
      const verb = attributes.subresource === 'approval' ? 'approve' : 'sign';
      const { signerName } = old.spec;
      const domain = `${signerName.split('/')[0]}/*`;
      const { user } = attributes;
      const asked = { user, verb, group, resource: 'signers', subresource: '', namespace: '' };
      const isAllowed = [signerName, domain].some(
        (name) => authorizer.authorize({ ...asked, name }).verdict === 'allow',
      );
      if (isAllowed) return;
      throw forbidden(
        attributes,
        `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
      );
    },
  };
}

/**
 * Nobody gets a certificate that makes them a master (Kubernetes CertificateSubjectRestriction), or a user of the server
 * itself. @param isReserved true for the names of those.
 */
export function certificateSubjectRestriction(
  reader: Pick<RequestSigner, 'readRequest'>,
  isReserved: (name: string) => boolean,
): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (attributes) => attributes.operation === 'create' && isRequest(attributes),
    async validate(object, attributes) {
      const { spec } = object as CertificateSigningRequest;
      if (spec.signerName !== clientSigner) return;
      const { organizations, commonName } = await readRequest(reader, spec.request, attributes);
      const use = `use of ${clientSigner} signer with`;
      if (organizations.includes('system:masters')) {
        throw forbidden(attributes, `${use} system:masters group is not allowed`);
      }
      if (isReserved(commonName)) {
        throw forbidden(attributes, `${use} name ${JSON.stringify(commonName)} is not allowed: it is the server's own`);
      }
    },
  };
}
