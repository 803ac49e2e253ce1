import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import { isApiError } from '../../meta/errors.ts';
import type { RequestSigner } from '../../ports/certificates.ts';
import type { KeyUsage } from '../../schema/standard/types.ts';
import { certificateRequestCleaner, certificateSigner } from './controller.ts';
import { certificateSigningRequestKind as kind } from './type.ts';

const none = { organizations: [], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
const signer: RequestSigner = {
  readRequest: async () => ({ commonName: 'ann', ...none }),
  signRequest: async (_request, { validForMs }) => `-----BEGIN CERTIFICATE-----\n${validForMs}`,
};
const hourMs = 3_600_000;

async function startWith(): Promise<ControlledKernel> {
  return ControlledKernel.start({ controllers: [certificateSigner(signer), certificateRequestCleaner] });
}

async function ask(world: ControlledKernel, name: string, usages: readonly KeyUsage[], decision?: string) {
  const { client, signal } = world;
  const spec = {
    request: btoa('-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages,
    expirationSeconds: 600,
  };
  await client.create(kind, { metadata: { name }, spec }, {}, signal);
  if (decision !== undefined) {
    const body = { status: { conditions: [{ type: decision, status: 'True' }] } };
    await client.patch(kind, { name }, { type: 'merge', body }, { subresource: 'approval' }, signal);
  }
  await world.settle();
}

const statusOf = async ({ client, signal }: ControlledKernel, name: string) =>
  (await client.get(kind, { name }, signal)).status;

test('certificateSigner() issues what was approved, and says why it does not', async () => {
  await using world = await startWith();
  await ask(world, 'approved', ['client auth'], 'Approved');
  await ask(world, 'wrong', ['server auth'], 'Approved');
  await ask(world, 'denied', ['client auth'], 'Denied');
  await ask(world, 'pending', ['client auth']);
  assert.equal(atob((await statusOf(world, 'approved'))?.certificate ?? ''), '-----BEGIN CERTIFICATE-----\n600000');
  const wrong = await statusOf(world, 'wrong');
  assert.equal(wrong?.certificate, undefined);
  const failed = wrong?.conditions?.find(({ type }) => type === 'Failed');
  assert.deepEqual([failed?.status, failed?.reason], ['True', 'SignerValidationFailure']);
  for (const name of ['denied', 'pending']) assert.equal((await statusOf(world, name))?.certificate, undefined);
});

test('certificateRequestCleaner deletes requests that had their time', async () => {
  await using world = await startWith();
  await ask(world, 'decided', ['client auth'], 'Denied');
  await ask(world, 'forgotten', ['client auth']);
  await world.settle(hourMs / 2);
  await statusOf(world, 'decided');
  await world.settle(hourMs);
  await assert.rejects(statusOf(world, 'decided'), (error) => isApiError(error, 'NotFound'));
  await statusOf(world, 'forgotten');
});
