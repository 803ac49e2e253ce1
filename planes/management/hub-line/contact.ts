import { sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import { errorText } from '../../../kernel/meta/errors.ts';
import { markCutOff } from './membership.ts';
import type { SiteLinePorts } from './site-ports.ts';

/** Without a session for so long the site is cut off: changes made here stand. */
export const cutOffAfterMs = 10_000;
const retryMs = 500;

/** Declares the site cut off once there has been no session for `cutOffAfterMs`, counted from the start at the earliest. */
export async function watchContact(ports: SiteLinePorts, signal: AbortSignal): Promise<void> {
  const { link, clock, log } = ports;
  while (!signal.aborted) {
    const leftMs = cutOffAfterMs - link.lostForMs;
    if (link.connection === undefined && leftMs > 0) {
      await sleepUnlessAborted(clock, leftMs, signal);
      continue;
    }
    try {
      if (link.connection === undefined) {
        await markCutOff(ports, signal);
        log.warn('cut off from the hub: changes made at this site stand');
      }
      await link.changed(signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('cannot write that the site is cut off, trying again', { error: errorText(error), retryMs });
      await sleepUnlessAborted(clock, retryMs, signal);
    }
  }
}
