import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { clusterRoleKind } from '../../kernel/kinds/clusterrole/type.ts';
import { validatingAdmissionPolicyKind } from '../../kernel/kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../../kernel/kinds/validatingadmissionpolicybinding/type.ts';
import type { Client } from '../../kernel/ports/client.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../kernel/store/memory/memory-store.ts';
import { assembleKernel } from './assemble.ts';

const { signal } = new AbortController();

async function start(disk: MemoryDisk): Promise<{ client: Client; close: () => Promise<void> }> {
  const kernel = await assembleKernel(
    {
      store: openMemoryStore({ disk }),
      kinds: [validatingAdmissionPolicyKind, validatingAdmissionPolicyBindingKind],
      component: 'test',
      version: '0.0.0',
      runtime: { name: 'node', platform: 'test' },
      clock: new VirtualClock(),
      random: seededRandom(1),
      log: silentLogger,
      onFatal: (error) => assert.fail(error),
      plug: () => ({}),
    },
    signal,
  );
  return { client: kernel.clientFor({ name: 'alice', groups: ['system:masters'] }), close: () => kernel.close() };
}

test('a policy that refuses everything does not keep a server from starting', async () => {
  const disk = new MemoryDisk();
  const first = await start(disk);
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE' as const], resources: ['*'] };
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'false' }] };
  const metadata = { name: 'never' };
  await first.client.create(validatingAdmissionPolicyKind, { metadata, spec }, {}, signal);
  const bound = { policyName: 'never', validationActions: ['Deny' as const] };
  await first.client.create(validatingAdmissionPolicyBindingKind, { metadata, spec: bound }, {}, signal);
  const discovery = { name: 'system:discovery' };
  await first.client.delete(clusterRoleKind, discovery, {}, signal);
  await first.close();

  const { client, close } = await start(disk);
  await client.get(clusterRoleKind, discovery, signal);
  const role = { metadata: { name: 'own' }, rules: [] };
  await assert.rejects(client.create(clusterRoleKind, role, {}, signal), /ValidatingAdmissionPolicy 'never'/);
  await client.delete(validatingAdmissionPolicyBindingKind, metadata, {}, signal);
  await client.create(clusterRoleKind, role, {}, signal);
  await close();
});
