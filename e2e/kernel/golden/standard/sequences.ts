import { conversation, type Sequence } from '../conversation.ts';
import { type Scrubbing, Transcript } from '../transcript.ts';
import type { Wire } from '../wire.ts';
import { flows } from './flows.ts';
import { networking } from './networking.ts';
import { core, namespace } from './places.ts';
import { pods } from './pods.ts';
import { policies } from './policies.ts';
import { settings } from './settings.ts';
import { storage } from './storage.ts';
import { workloads } from './workloads.ts';

/** Every sequence by name, in the order in which they run against one server. */
export const standardSequences: Readonly<Record<string, Sequence>> = {
  ...pods,
  ...workloads,
  ...settings,
  ...networking,
  ...storage,
  ...policies,
  ...flows,
};

/** What kube-apiserver draws by chance for standard kinds. */
export const standardScrubbing: Scrubbing = {
  drawn: {
    SUFFIX: /(?<=kube-api-access-|small-|UP_)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g,
  },
  passing: [
    [/^( *)- \d{1,2}s$/gm, '$1- AGE'],
    [/\b10\.96\.(?!0\.1\b|0\.0\/)\d+\.\d+\b/g, 'CLUSTERIP'],
    [/\b3[0-2]\d{3}\b/g, 'NODEPORT'],
    // Of this run: where the server listens, and who asks.
    [/^( *targetPort: )\d{5}$/gm, '$1SERVERPORT'],
    [/\bX509SHA256=[0-9a-f]{64}\b/g, 'X509SHA256=DIGEST'],
  ],
  isOurs,
  hidesDescriptions: true,
};

/** Subresources and a group that Kubernetes does not have. */
function isOurs(item: unknown): boolean {
  if (typeof item !== 'object' || item === null || !('name' in item)) return false;
  return /\/(explain|history)$|^kernel\.planform\.dev$/.test(String(item.name));
}

/** Makes a new server ready: a namespace with the account that controllers, which stand apart there, would give it. */
export async function prepareStandard(wire: Wire): Promise<void> {
  const say = conversation(new Transcript(wire));
  await say.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await say.post(`${core}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  await say.until(`${core}/serviceaccounts/default`, (_, status) => status === 200);
}
