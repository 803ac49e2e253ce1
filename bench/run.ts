/**
 * Measures the kernel and prints a Markdown report: `npm run bench` (about four minutes on two quiet cores), or
 * `npm run bench -- starts creates` for some of it. Rates are medians of three rounds; etcd runs in turns with the
 * hub, so that noise hits both.
 */
import { cpus, loadavg } from 'node:os';
import { measureAdmission } from './admission.ts';
import { measureAudit } from './audit.ts';
import { measureAuthorization } from './authorization.ts';
import { measureCel } from './cel.ts';
import { measureCompaction } from './compaction.ts';
import { measureCrds } from './crds.ts';
import { measureEncryption } from './encryption.ts';
import { measureHistory } from './history.ts';
import { measureQuota } from './quota.ts';
import { measureRequests } from './requests.ts';
import { measureJoined, measureManyObjects, measureStarts } from './starts.ts';
import { openHub, type Target } from './target.ts';
import { measureWatches } from './watches.ts';
import { measureCreates, measureManyConnections } from './writes.ts';

/** In the order of the report. Those that take a target share one hub. */
const sharedQuestions: Readonly<Record<string, (target: Target) => Promise<void>>> = {
  creates: measureCreates,
  connections: measureManyConnections,
  requests: measureRequests,
  watches: measureWatches,
};
const ownQuestions: Readonly<Record<string, () => Promise<void> | void>> = {
  admission: measureAdmission,
  audit: measureAudit,
  authorization: measureAuthorization,
  cel: measureCel,
  starts: measureStarts,
  joined: measureJoined,
  objects: measureManyObjects,
  crds: measureCrds,
  compaction: measureCompaction,
  encryption: measureEncryption,
  history: measureHistory,
  quota: measureQuota,
};

const wanted = new Set(process.argv.slice(2));
const known = [...Object.keys(ownQuestions), ...Object.keys(sharedQuestions)];
for (const name of wanted) {
  if (!known.includes(name)) throw new Error(`Unknown question "${name}": allowed are ${known.join(', ')}`);
}
const isWanted = (name: string) => wanted.size === 0 || wanted.has(name);

const processors = `${cpus().length} × ${cpus()[0]?.model}`;
const load = `load ${loadavg()[0]?.toFixed(2)} at the start`;
console.log(`Node ${process.versions.node}, ${processors}, ${load}, ${new Date().toISOString().slice(0, 10)}`);
for (const [name, measure] of Object.entries(ownQuestions)) if (isWanted(name)) await measure();
if (Object.keys(sharedQuestions).some(isWanted)) {
  await using target = await openHub();
  for (const [name, measure] of Object.entries(sharedQuestions)) if (isWanted(name)) await measure(target);
}
