import { formatTime } from '../../base/clock.ts';
import type { FieldError } from '../../meta/errors.ts';
import { supported } from '../../meta/field-rules.ts';
import { cloneJson, jsonEquals } from '../../meta/json.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import { enumValues } from '../../schema/standard/facts.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestStatus,
} from '../../schema/standard/types.ts';

const legacySigner = 'kubernetes.io/legacy-unknown';
const expirationSecondsMin = 600;
const signerNameLengthMax = 571;
const conditionsPath = 'status.conditions';

/** Conditions that are made by `/approval`, and those that can only be true. */
const approvals = ['Approved', 'Denied'];
const onlyTrue = [...approvals, 'Failed'];

/**
 * Rules of CertificateSigningRequests (Kubernetes `certificates/validation` and its strategies). The spec never changes;
 * `/approval` writes conditions and nothing else, `/status` everything of the status but approvals.
 */
export const admitCertificateSigningRequest: KindAdmission<CertificateSigningRequest> = {
  mutate(draft, old, context) {
    if (old === undefined) return;
    draft['spec'] = cloneJson(old.spec as object);
    if (draft['status'] === undefined && old.status === undefined) return;
    const next = (draft['status'] ?? {}) as CertificateSigningRequestStatus;
    const status = context.subresource === 'approval' ? { ...old.status, conditions: next.conditions ?? [] } : next;
    const { conditions } = status;
    draft['status'] =
      conditions === undefined
        ? { ...status }
        : { ...status, conditions: conditions.map((condition) => withTimes(condition, old, context)) };
  },
  validate(request, old, context) {
    return [
      ...validateSpec(request),
      ...validateConditions(request.status?.conditions ?? []),
      ...validateCertificate(request.status?.certificate),
      ...(old === undefined ? [] : validateChange(request, old, context)),
    ];
  },
};

/** Times that nobody gave (Kubernetes `populateConditionTimestamps`). */
function withTimes(
  condition: CertificateSigningRequestCondition,
  old: CertificateSigningRequest,
  { nowMs }: AdmitContext,
): CertificateSigningRequestCondition {
  const before = old.status?.conditions?.find(({ type }) => type === condition.type);
  const now = formatTime(nowMs);
  const changedAt = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return {
    ...condition,
    lastUpdateTime: condition.lastUpdateTime ?? now,
    lastTransitionTime: condition.lastTransitionTime ?? changedAt ?? now,
  };
}

/** As upstream lists them. */
const knownUsages = enumValues('certificates/v1.KeyUsage') ?? [];

function validateSpec({ spec }: CertificateSigningRequest): readonly FieldError[] {
  const { request, usages = [], expirationSeconds } = spec;
  const errors = [...validateRequest(request)];
  if (usages.length === 0) errors.push({ type: 'Required', path: 'spec.usages', detail: '' });
  usages.forEach((usage, index) => {
    const at = `spec.usages[${index}]`;
    errors.push(...supported(at, usage, knownUsages));
    if (usages.indexOf(usage) !== index) errors.push({ type: 'Duplicate', path: at, value: usage, detail: '' });
  });
  errors.push(...validateSigner(spec.signerName ?? ''));
  if (expirationSeconds !== undefined && expirationSeconds < expirationSecondsMin) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push({ type: 'Invalid', path: 'spec.expirationSeconds', value: expirationSeconds, detail });
  }
  return errors;
}

/** A request in PEM that is as long as it says; whether its sender holds the key is looked at later. */
function validateRequest(request: string | undefined): readonly FieldError[] {
  const path = 'spec.request';
  const block = /-----BEGIN ([^-]+)-----([\s\S]*?)-----END \1-----/.exec(atob(request ?? ''));
  if (block?.[1] !== 'CERTIFICATE REQUEST') {
    const detail = 'PEM block type must be CERTIFICATE REQUEST';
    return [{ type: 'Invalid', path, value: request ?? null, detail }];
  }
  const detail = 'asn1: syntax error: data truncated';
  return isWhole(bytesOf(block[2] ?? '')) ? [] : [{ type: 'Invalid', path, value: request, detail }];
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (error) {
    if (error instanceof SyntaxError) return new Uint8Array();
    throw error;
  }
}

/** True of DER (X.690 §8.1.3) that has the length its beginning says. */
function isWhole(der: Uint8Array): boolean {
  const [, first = 0] = der;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return der.length >= 2 && der.length >= 2 + lengthBytes + length;
}

/** `example.com/signer-name`: a domain of at least two labels, and a name. */
function validateSigner(signerName: string): readonly FieldError[] {
  const path = 'spec.signerName';
  if (signerName === '') return [{ type: 'Required', path, detail: '' }];
  const invalid = (value: string, detail: string): FieldError => ({ type: 'Invalid', path, value, detail });
  if (signerName === legacySigner) {
    return [invalid(signerName, 'the legacy signerName is not allowed via this API version')];
  }
  const [domain = '', name, ...rest] = signerName.split('/');
  if (name === undefined || rest.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(signerName, detail)];
  }
  const labels = domain.split('.');
  const errors: FieldError[] = [];
  const badLabel = labels.find((label) => checkDnsLabel(label).length > 0);
  for (const detail of badLabel === undefined ? [] : checkDnsLabel(badLabel)) {
    errors.push(invalid(domain, `validating label ${JSON.stringify(badLabel)}: ${detail}`));
  }
  if (labels.length < 2) {
    errors.push(invalid(domain, 'should be a domain with at least two segments separated by dots'));
  }
  const badPart = name.split('.').find((part) => checkDnsSubdomain(part).length > 0);
  for (const detail of badPart === undefined ? [] : checkDnsSubdomain(badPart)) {
    errors.push(invalid(name, `validating label ${JSON.stringify(badPart)}: ${detail}`));
  }
  if (signerName.length > signerNameLengthMax) {
    errors.push({ type: 'TooLong', path, detail: `may not be more than ${signerNameLengthMax} bytes` });
  }
  return errors;
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen: string[] = [];
  conditions.forEach(({ type, status }, index) => {
    const path = `${conditionsPath}[${index}]`;
    if (type === '') errors.push({ type: 'Required', path: `${path}.type`, detail: '' });
    const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (status === '') errors.push({ type: 'Required', path: `${path}.status`, detail: '' });
    else if (!allowed.includes(status)) {
      const detail = `supported values: ${allowed.map((value) => JSON.stringify(value)).join(', ')}`;
      errors.push({ type: 'NotSupported', path: `${path}.status`, value: status, detail });
    }
    const isSecondVerdict =
      approvals.includes(type) && seen.some((other) => other !== type && approvals.includes(other));
    if (isSecondVerdict) {
      const detail = 'Approved and Denied conditions are mutually exclusive';
      errors.push({ type: 'Invalid', path: `${path}.type`, value: type, detail });
    }
    if (seen.includes(type)) errors.push({ type: 'Duplicate', path: `${path}.type`, value: type, detail: '' });
    seen.push(type);
  });
  return errors;
}

function validateCertificate(certificate: string | undefined): readonly FieldError[] {
  if (certificate === undefined || certificate === '') return [];
  const headings = [...atob(certificate).matchAll(/-----BEGIN ([^-]+)-----/g)].map(([, heading = '']) => heading);
  const other = headings.find((heading) => heading !== 'CERTIFICATE');
  if (headings.length > 0 && other === undefined) return [];
  const detail =
    other === undefined
      ? 'must contain at least one CERTIFICATE PEM block'
      : `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`;
  return [{ type: 'Invalid', path: 'status.certificate', value: '<certificate data>', detail }];
}

/** What was decided stays decided, and what was issued stays issued. */
function validateChange(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const forbidden = (path: string, detail: string) => errors.push({ type: 'Forbidden', path, detail });
  for (const type of onlyTrue) {
    const [before, after] = [conditionOf(old, type), conditionOf(next, type)];
    const which = `a condition of type ${JSON.stringify(type)}`;
    const isSettable = subresource === 'approval' || !approvals.includes(type);
    if (after === undefined && before !== undefined) forbidden(conditionsPath, `updates may not remove ${which}`);
    else if (isSettable) continue;
    else if (before === undefined && after !== undefined) forbidden(conditionsPath, `updates may not add ${which}`);
    else if (!jsonEquals(before, after)) forbidden(conditionsPath, `updates may not modify ${which}`);
  }
  const [issued = '', certificate = ''] = [old.status?.certificate, next.status?.certificate];
  if (certificate === issued) return errors;
  const path = 'status.certificate';
  if (subresource !== 'status') forbidden(path, 'updates may not set certificate content');
  else if (issued !== '') forbidden(path, 'updates may not modify existing certificate content');
  return errors;
}

function conditionOf(request: CertificateSigningRequest, type: string) {
  return request.status?.conditions?.find((condition) => condition.type === type);
}
