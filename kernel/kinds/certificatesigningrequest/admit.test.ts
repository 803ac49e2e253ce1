import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { AdmitContext } from '../../schema/kind.ts';
import type { CertificateSigningRequest } from '../../schema/standard/types.ts';
import { admitCertificateSigningRequest as admission } from './admit.ts';

const metadata = { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: '' };
/** DER of an empty sequence. */
const pem = btoa('-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n');
const spec = { request: pem, signerName: 'example.com/signer', usages: ['client auth'] } as const;
const request = (more: object = {}, status?: object): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata,
  spec: { ...spec, ...more },
  ...(status === undefined ? {} : { status }),
});
const context = (subresource: string): AdmitContext => ({ operation: 'update', subresource, nowMs: 0 });
const condition = (type: string, more: object = {}) => ({ type, status: 'True', ...more });

async function errorsOf(
  next: CertificateSigningRequest,
  old?: CertificateSigningRequest,
  subresource = '',
): Promise<readonly string[]> {
  return ((await admission.validate?.(next, old, context(subresource))) ?? []).map(formatFieldError);
}

test('admitCertificateSigningRequest.validate() finds what is wrong with a request', async () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ usages: [] }, /^spec\.usages: Required value$/],
    [{ usages: ['client auth', 'client auth'] }, /^spec\.usages\[1\]: Duplicate value: "client auth"$/],
    [{ signerName: '' }, /^spec\.signerName: Required value$/],
    [{ signerName: 'kubernetes.io/legacy-unknown' }, /the legacy signerName is not allowed via this API version$/],
    [{ signerName: 'example' }, /must be a fully qualified domain and path of the form 'example\.com\/signer-name'$/],
    [{ signerName: 'a/b' }, /should be a domain with at least two segments separated by dots$/],
    [{ signerName: 'a.b/UPPER' }, /validating label "UPPER"/],
    [{ expirationSeconds: 599 }, /may not specify a duration less than 600 seconds \(10 minutes\)$/],
  ];
  assert.deepEqual(await errorsOf(request()), []);
  for (const [more, want] of cases) assert.match((await errorsOf(request(more))).join('\n'), want);
});

// Kubernetes: ParseCSR.
test('admitCertificateSigningRequest wants a request in PEM that is as long as it says', async () => {
  const other = btoa('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n');
  const cut = btoa('-----BEGIN CERTIFICATE REQUEST-----\nMIHP\n-----END CERTIFICATE REQUEST-----\n');
  assert.match(String(await errorsOf(request({ request: other }))), /PEM block type must be CERTIFICATE REQUEST/);
  assert.match(String(await errorsOf(request({ request: cut }))), /data truncated/);
});

test('admitCertificateSigningRequest lets /approval decide once, and /status issue once', async () => {
  const [open, approved] = [request({}, {}), request({}, { conditions: [condition('Approved')] })];
  const certificate = btoa('-----BEGIN CERTIFICATE-----\n');
  const issued = request({}, { conditions: [condition('Approved')], certificate });
  assert.deepEqual(await errorsOf(approved, open, 'approval'), []);
  assert.deepEqual(await errorsOf(issued, approved, 'status'), []);
  const refused: readonly (readonly [CertificateSigningRequest, CertificateSigningRequest, string, RegExp])[] = [
    [approved, open, 'status', /updates may not add a condition of type "Approved"/],
    [open, approved, 'approval', /updates may not remove a condition of type "Approved"/],
    [request({}, { conditions: [condition('Approved', { reason: 'x' })] }), approved, 'status', /may not modify/],
    [
      request({}, { conditions: [condition('Approved'), condition('Denied')] }),
      approved,
      'approval',
      /mutually exclusive/,
    ],
    [
      request({}, { conditions: [condition('Approved', { status: 'False' })] }),
      open,
      'approval',
      /Unsupported value: "False"/,
    ],
    [issued, approved, 'approval', /updates may not set certificate content/],
    [
      request({}, { ...issued.status, certificate: btoa(`${atob(certificate)}x`) }),
      issued,
      'status',
      /may not modify existing/,
    ],
    [request({}, { certificate: btoa('text') }), open, 'status', /must contain at least one CERTIFICATE PEM block/],
  ];
  for (const [next, old, subresource, want] of refused) {
    assert.match((await errorsOf(next, old, subresource)).join('\n'), want);
  }
});

test('admitCertificateSigningRequest.mutate() keeps the spec, and of a write to /approval only the conditions', () => {
  const old = request({}, { certificate: 'issued' });
  const draft: Record<string, unknown> = {
    ...request({ signerName: 'other.com/x' }, { certificate: 'changed', conditions: [condition('Approved')] }),
  };
  admission.mutate?.(draft, old, context('approval'));
  const time = '1970-01-01T00:00:00Z';
  assert.deepEqual(draft['spec'], spec);
  assert.deepEqual(draft['status'], {
    certificate: 'issued',
    conditions: [condition('Approved', { lastUpdateTime: time, lastTransitionTime: time })],
  });
});
