/** What the record of every write costs those who write, next to a namespace the audit policy leaves out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './servers.ts';
import { openKernel } from './target.ts';
import { measureTurns } from './turns.ts';

/** Creates that are recorded at Metadata, as the built-in policy does, and creates that are not. */
export async function measureAudit(): Promise<void> {
  using folder = scratchFolder('audit');
  const policyFile = join(folder.path, 'policy.json');
  const rules = [
    { level: 'None', namespaces: ['silent'] },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] },
  ];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  writeFileSync(policyFile, JSON.stringify(policy));
  await using target = await openKernel(['--audit-policy-file', policyFile]);
  await measureTurns(target, {
    measured: { namespace: 'recorded', label: 'recorded' },
    compared: { namespace: 'silent', label: 'without records' },
    rounds: 30,
    requestCount: 1_000,
    objects: [],
  });
}
