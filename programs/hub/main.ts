import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { publicKeyFingerprint } from '../../kernel/server/pki/fingerprint.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { serveKernel } from '../apiserver/serve.ts';
import { openLogger } from '../logging.ts';
import { hubKinds, hubQuiet, plugHub } from './compose.ts';
import { readHubConfig } from './config.ts';

/** Runs a hub until `stop` aborts. */
export async function runHub(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const { logLevel, ...config } = readHubConfig(options);
  const log = openLogger(logLevel, { component: 'hub' });
  await serveKernel(
    {
      ...config,
      name: 'hub',
      component: 'planform-hub',
      kinds: hubKinds,
      quiet: hubQuiet,
      clock: systemClock,
      random: systemRandom,
      log,
      open: async ({ folder, authority, blobs, recovery }) => {
        const hubId = await keepHubId(folder, authority.certificatePem);
        return { hubId, hubEpoch: recovery.epoch, blobs, signer: authority, trust: authority };
      },
      plug: plugHub,
    },
    stop,
  );
}

/** Sites know a hub by this id, for ever: it is made of the key of its first authority, and stays when that is replaced. */
async function keepHubId(folder: string, certificatePem: string): Promise<string> {
  const path = join(folder, 'pki', 'hub-id');
  const known = await readFileIfThere(path);
  if (known !== undefined) return known.trim();
  const hubId = publicKeyFingerprint(new X509Certificate(certificatePem).publicKey).slice(0, 12);
  await replaceFile(path, `${hubId}\n`, 0o600);
  return hubId;
}
