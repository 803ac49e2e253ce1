import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoleKind } from '../../kernel/kinds/clusterrole/type.ts';
import { validatingAdmissionPolicyKind } from '../../kernel/kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../../kernel/kinds/validatingadmissionpolicybinding/type.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { startTestKernel } from './testing/kernel.ts';

const { signal } = new AbortController();

const kinds = [validatingAdmissionPolicyKind, validatingAdmissionPolicyBindingKind];

test('a policy that refuses everything does not keep a server from starting', async () => {
  const disk = new MemoryDisk();
  const first = await startTestKernel(disk, kinds);
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE' as const], resources: ['*'] };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'false' }] };
  const metadata = { name: 'never' };
  await first.client.create(validatingAdmissionPolicyKind, { metadata, spec }, {}, signal);
  const bound = { policyName: 'never', validationActions: ['Deny' as const] };
  await first.client.create(validatingAdmissionPolicyBindingKind, { metadata, spec: bound }, {}, signal);
  const discovery = { name: 'system:discovery' };
  await first.client.delete(clusterRoleKind, discovery, {}, signal);
  await first.kernel.close();

  const { kernel, client } = await startTestKernel(disk, kinds);
  await client.get(clusterRoleKind, discovery, signal);
  const role = { metadata: { name: 'own' }, rules: [] };
  await assert.rejects(client.create(clusterRoleKind, role, {}, signal), /ValidatingAdmissionPolicy 'never'/);
  await client.delete(validatingAdmissionPolicyBindingKind, metadata, {}, signal);
  await client.create(clusterRoleKind, role, {}, signal);
  await kernel.close();
});
