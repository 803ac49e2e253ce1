/** What encryption at rest costs those who create: the same creates on a kernel that encrypts them and on one that does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { head, row } from './report.ts';
import { scratchFolder } from './servers.ts';
import { median } from './statistics.ts';
import { type CostedResult, costedLoad, jobOf, openKernel } from './target.ts';

const rounds = 16;
const requestCount = 1_000;

/** ConfigMaps that are encrypted as Secrets are, in turns with ConfigMaps that are not. */
export async function measureEncryption(): Promise<void> {
  using folder = scratchFolder('encryption');
  const config = join(folder.path, 'encryption.json');
  const secret = Buffer.alloc(32, 7).toString('base64');
  const providers = [{ aesgcm: { keys: [{ name: 'bench', secret }] } }];
  const resources = [{ resources: ['configmaps'], providers }];
  const text = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources };
  writeFileSync(config, JSON.stringify(text));
  await using encrypting = await openKernel(['--encryption-config', config]);
  await using plain = await openKernel();
  const kernels = [
    { label: 'encrypted', target: encrypting, results: [] as CostedResult[] },
    { label: 'not encrypted', target: plain, results: [] as CostedResult[] },
  ] as const;
  for (let round = -1; round < rounds; round++) {
    for (const { target, results } of round % 2 === 0 ? kernels : kernels.toReversed()) {
      const part = { kind: 'create', clientCount: 16, requestCount, prefix: `r${round + 1}` } as const;
      const result = await costedLoad(target, jobOf(target, part));
      // The first round warms up.
      if (round >= 0) results.push(result);
    }
  }
  head('create 1 KB, 16 clients', 'per s', 'p99 ms', 'CPU ms each');
  for (const { label, results } of kernels) {
    const middle = (pick: (result: CostedResult) => number) => median(results.map(pick));
    row(
      label,
      middle(({ perSecond }) => perSecond),
      middle(({ p99Ms }) => p99Ms),
      middle(({ cpuMs }) => cpuMs),
    );
  }
  const [{ results: own }, { results: other }] = kernels;
  head('creates per second of processor time, encrypted of not encrypted', 'median of the rounds');
  row('', median(own.map(({ cpuMs }, round) => (other[round]?.cpuMs ?? Number.NaN) / cpuMs)));
}
