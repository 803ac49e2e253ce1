import { X509Certificate } from 'node:crypto';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { publicKeyFingerprint } from '../../kernel/server/pki/fingerprint.ts';
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
      open: ({ authority, blobs, recovery }) => {
        // Sites trust the key of the authority, not an address: it is the hub's identity.
        const hubId = publicKeyFingerprint(new X509Certificate(authority.certificatePem).publicKey).slice(0, 12);
        return Promise.resolve({ hubId, hubEpoch: recovery.epoch, blobs, signer: authority });
      },
      plug: plugHub,
    },
    stop,
  );
}
