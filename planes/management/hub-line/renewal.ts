import { type Clock, parseTime } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Random } from '../../../kernel/base/random.ts';
import { ApiError, errorText } from '../../../kernel/meta/errors.ts';
import { textField } from '../request-body/fields.ts';
import type { HubConnection } from './connection.ts';
import { type SiteAuthorities, sitePath } from './protocol.ts';

/** Port: holds the key and the certificate of this site. */
export interface CertificateKeeper {
  /** By which authorities this site knows the hub now, and which one signed its certificate. */
  authorities(): SiteAuthorities;
  /** When to ask for a new certificate, milliseconds since the epoch. */
  renewAtMs(): number;
  /** A request (PKCS #10) for the key this site joined with. */
  makeRequest(signal: AbortSignal): Promise<string>;
  /**
   * The hub names its authorities. Stores them durably if there is reason to believe it: sessions opened from now on
   * use them. @returns true if the certificate of this site has to be renewed at once, since another authority signs now.
   */
  trust(authoritiesPem: string, endorsementPem: string, signal: AbortSignal): Promise<boolean>;
  /** Stores a new certificate durably; sessions opened from now on use it. */
  install(certificatePem: string, notAfterMs: number, signal: AbortSignal): Promise<void>;
}

/** What renewing needs. */
export interface RenewalPorts {
  readonly certificate: CertificateKeeper;
  readonly siteName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Longest time between two looks at the certificate; also the wait after a failure. */
const lookMsMax = 3_600_000;

/** Renews the certificate of this site whenever it is due, as long as the session lasts. A failure is tried again. */
export async function renewCertificate(
  connection: HubConnection,
  ports: RenewalPorts,
  signal: AbortSignal,
): Promise<void> {
  const { certificate, clock, random, log } = ports;
  for (;;) {
    const dueInMs = certificate.renewAtMs() - clock.nowMs();
    if (dueInMs <= 0) {
      try {
        await renewOnce(connection, ports, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn('certificate cannot be renewed, trying again', { error: errorText(error) });
      }
    }
    // The jitter keeps sites apart that joined together.
    const waitMs = dueInMs <= 0 ? lookMsMax : Math.min(lookMsMax, dueInMs);
    await clock.sleep(waitMs * (1 + random.nextFloat() * 0.1), signal);
  }
}

/** Renews it now. */
export async function renewOnce(
  connection: HubConnection,
  { certificate, siteName, log }: RenewalPorts,
  signal: AbortSignal,
): Promise<void> {
  const csrPem = await certificate.makeRequest(signal);
  const answer = await connection.requestJson(
    { method: 'POST', path: sitePath(siteName, 'renew'), body: { csrPem } },
    signal,
  );
  const notAfterMs = parseTime(textField(answer, 'notAfter', 64));
  if (notAfterMs === undefined)
    throw new ApiError('BadRequest', 'Cannot renew the certificate: the hub named no end of its validity');
  await certificate.install(textField(answer, 'certificatePem', 64 * 1024), notAfterMs, signal);
  log.info('certificate renewed', { notAfterMs });
}
