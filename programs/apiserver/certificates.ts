import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, sleepUnlessAborted } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { TaskGroup } from '../../kernel/base/task-group.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import type { Listener } from '../../kernel/server/listener.ts';
import { type KeptCertificate, keepCertificate, servingProfile } from '../../kernel/server/pki/kept-certificate.ts';
import { writeKubeconfig } from '../../kernel/server/pki/kubeconfig.ts';
import type { LiveAuthority } from '../../kernel/server/pki/live-authority.ts';
import { followFolder } from '../follow-folder.ts';

/** What the certificates of a server are made from. */
export interface CertificateSources {
  /** The data folder. */
  readonly folder: string;
  readonly authority: LiveAuthority;
  /** Name of the context in the kubeconfig. */
  readonly name: string;
  /** Further names and addresses of the serving certificate. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Life of the administrator's certificate in the kubeconfig. */
const adminValidForMs = 365 * 86_400_000;
/** Wait after a failure. */
const retryMs = 60_000;

/** The serving certificate, made anew when it is due or of another authority. */
export function keepServingCertificate({
  folder,
  authority,
  names,
  clock,
}: CertificateSources): Promise<KeptCertificate> {
  return keepCertificate({
    authority,
    folder: join(folder, 'pki'),
    name: 'serving',
    profile: servingProfile(names),
    clock,
  });
}

/** Writes the administrator's kubeconfig, with every authority that is trusted. @returns the certificate in it. */
export async function writeAdminKubeconfig(sources: CertificateSources, url: string): Promise<KeptCertificate> {
  const { folder, authority, name, clock } = sources;
  const profile = {
    commonName: 'admin',
    organizations: ['system:masters'],
    validForMs: adminValidForMs,
    usage: 'client' as const,
    names: [],
  };
  const admin = await keepCertificate({ authority, folder: join(folder, 'pki'), name: 'admin', profile, clock });
  await writeKubeconfig({
    path: join(folder, 'kubeconfig'),
    server: url,
    name,
    caPem: authority.trustedPem,
    clientCertPem: admin.certificatePem,
    clientKeyPem: admin.keyPem,
  });
  return admin;
}

/**
 * Follows the authority and renews what it signed for this server before it ends, without a restart: the certificate of the listener and
 * the administrator's kubeconfig. Runs until `stop` aborts.
 */
export async function followCertificates(
  sources: CertificateSources,
  served: { readonly listener: Pick<Listener, 'replaceCertificate'>; readonly url: string },
  stop: AbortSignal,
): Promise<void> {
  const { folder, authority, log } = sources;
  const group = new TaskGroup(stop);
  const reload = async () => {
    try {
      await authority.reload();
    } catch (error) {
      // A command may be half way; its last step comes by here again.
      log.warn('the authority cannot be read, the old one counts', { error: errorText(error) });
    }
  };
  group.start((ending) => followFolder(join(folder, 'pki'), reload, sources, ending));
  group.start((ending) => renew(sources, served, ending));
  await group.join();
}

async function renew(
  sources: CertificateSources,
  { listener, url }: { readonly listener: Pick<Listener, 'replaceCertificate'>; readonly url: string },
  stop: AbortSignal,
): Promise<void> {
  const { authority, clock, log } = sources;
  let changed = new AbortController();
  authority.onChange(() => changed.abort());
  let trusted = authority.trustedPem;
  while (!stop.aborted) {
    changed = new AbortController();
    let waitMs = retryMs;
    try {
      const serving = await keepServingCertificate(sources);
      const admin = await writeAdminKubeconfig(sources, url);
      if (serving.isNew || trusted !== authority.trustedPem) {
        listener.replaceCertificate(serving, authority.trustedPems);
        trusted = authority.trustedPem;
        const { issuer } = new X509Certificate(serving.certificatePem);
        log.info('certificates replaced', { issuer, trusted: authority.trustedPems.length, isRenewed: serving.isNew });
      }
      waitMs = Math.max(1, Math.min(serving.renewAtMs, admin.renewAtMs) - clock.nowMs());
    } catch (error) {
      log.error('certificates cannot be renewed, trying again', { error: errorText(error) });
    }
    await sleepUnlessAborted(clock, waitMs, AbortSignal.any([stop, changed.signal]));
  }
}
