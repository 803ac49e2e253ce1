import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BoundedQueue } from '../../kernel/base/bounded-queue.ts';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { LiveAuthority } from '../../kernel/server/pki/live-authority.ts';
import { prepareNextAuthority } from '../../kernel/server/pki/rotation.ts';
import { followCertificates, keepServingCertificate } from './certificates.ts';

const dayMs = 86_400_000;

test('certificates are renewed before they end, and when another authority signs, while the server runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-certificates-'));
  const pki = join(folder, 'pki');
  mkdirSync(pki);
  const clock = new VirtualClock();
  const tools = { clock, random: systemRandom };
  const authority = await LiveAuthority.open({ folder: pki, commonName: 'test', ...tools });
  const sources = { folder, authority, name: 'test', names: [], clock, log: silentLogger };
  const first = await keepServingCertificate(sources);
  const served = new BoundedQueue<{ readonly pem: string; readonly trusted: readonly string[] }>(10);
  const listener = {
    replaceCertificate({ certificatePem }: { readonly certificatePem: string }, trusted: readonly string[] = []): void {
      assert.ok(served.push({ pem: certificatePem, trusted }));
    },
  };
  const stop = new AbortController();
  const running = followCertificates(sources, { listener, url: 'https://127.0.0.1:1' }, stop.signal);

  await clock.advance(250 * dayMs);
  const second = await served.take();
  assert.notEqual(second?.pem, first.certificatePem);
  assert.ok(new X509Certificate(second?.pem ?? '').validToDate.getTime() > clock.nowMs() + 300 * dayMs);

  await prepareNextAuthority({ folder: pki, commonName: 'next', ...tools });
  await authority.reload();
  const third = await served.take();
  assert.equal(third?.pem, second?.pem, 'The old authority signs still');
  assert.deepEqual(third?.trusted, authority.trustedPems);
  const kubeconfig = readFileSync(join(folder, 'kubeconfig'), 'utf8');
  const encoded = /certificate-authority-data: (.*)/.exec(kubeconfig)?.[1] ?? '';
  assert.equal(Buffer.from(encoded, 'base64').toString(), authority.trustedPem);

  stop.abort(new DOMException('Stopped', 'AbortError'));
  await running.catch((error: unknown) => assert.equal(error, stop.signal.reason));
  rmSync(folder, { recursive: true });
});
