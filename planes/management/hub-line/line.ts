import { sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import { TaskGroup } from '../../../kernel/base/task-group.ts';
import { errorText } from '../../../kernel/meta/errors.ts';
import { collectEvents } from '../journal/collector.ts';
import { Journal } from '../journal/journal.ts';
import { watchContact } from './contact.ts';
import { Intake } from './intake.ts';
import { acceptEpoch, beginBoot, type Boot, ensureMembership, writeJournalEpoch } from './membership.ts';
import { holdSession, type SessionPorts } from './session.ts';
import type { SiteLinePorts } from './site-ports.ts';

/** Wait after the first failed attempt; doubles up to the maximum. Half of it is jitter. */
const retryFirstMs = 500;
const retryMsMax = 10_000;
const sweepEveryMs = 3_600_000;

/**
 * The agent's end of the line: dials the hub, compares, takes what differs, follows, reports, and starts over when the
 * session ends. Runs until `signal` aborts; whatever happens to the hub is not a failure here.
 */
export async function runHubLine(ports: SiteLinePorts, signal: AbortSignal): Promise<void> {
  const begun = await begin(ports, signal);
  if (begun === undefined) return;
  const { boot, journal } = begun;
  const intake = new Intake(ports);
  const sync = {
    ...ports,
    intake,
    boot,
    acceptEpoch: (epoch: string, at: AbortSignal) => acceptEpoch(ports, epoch, at),
  };
  const group = new TaskGroup(signal);
  group.start((stop) => keepSessions({ ...ports, sync, journal }, stop));
  group.start((stop) => watchContact(ports, stop));
  group.start((stop) => collectEvents(ports, journal, stop));
  group.start((stop) => sweepRegularly(ports, intake, stop));
  await group.join();
}

/** Counts the start and names the journal, however long the store refuses writes. @returns `undefined` when stopped. */
async function begin(
  ports: SiteLinePorts,
  signal: AbortSignal,
): Promise<{ readonly boot: Boot; readonly journal: Journal } | undefined> {
  while (!signal.aborted) {
    try {
      const boot = await beginBoot(ports, ports.random.uuid(), signal);
      return { boot, journal: new Journal(await nameJournal(ports, signal)) };
    } catch (error) {
      if (signal.aborted) return undefined;
      ports.log.warn('the line to the hub cannot begin, trying again', { error: errorText(error) });
      await sleepUnlessAborted(ports.clock, retryMsMax, signal);
    }
  }
  return undefined;
}

/** The name of the journal. A queue that has never held a row is a new journal: its sequence numbers begin anew. */
async function nameJournal(ports: SiteLinePorts, signal: AbortSignal): Promise<string> {
  const known = (await ensureMembership(ports, signal)).status?.journalEpoch;
  if (known !== undefined && ports.rows.nextSequence > 1) return known;
  const epoch = ports.random.uuid();
  await writeJournalEpoch(ports, epoch, signal);
  return epoch;
}

async function keepSessions(ports: SessionPorts, signal: AbortSignal): Promise<void> {
  const { clock, random, log, dialer } = ports;
  let retryMs = retryFirstMs;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      // Read for every attempt: a person at the site can say where the hub has moved to.
      const { hubUrls = ports.hubUrls } = (await ensureMembership(ports, signal)).spec;
      await using connection = await dialer.dial(hubUrls, signal);
      await holdSession(connection, ports, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('no session with the hub', { error: errorText(error), retryMs });
    }
    if (clock.monotonicMs() - startedMs > retryMsMax) retryMs = retryFirstMs;
    if (!(await sleepUnlessAborted(clock, retryMs / 2 + random.nextFloat() * (retryMs / 2), signal))) return;
    retryMs = Math.min(retryMsMax, retryMs * 2);
  }
}

/** Clears away blobs of bundles that are no longer needed, now and then. */
async function sweepRegularly({ clock, log }: SiteLinePorts, intake: Intake, signal: AbortSignal): Promise<void> {
  while (await sleepUnlessAborted(clock, sweepEveryMs, signal)) {
    try {
      const removed = await intake.removeUnusedBlobs(signal);
      if (removed > 0) log.info('unused blobs removed', { removed });
    } catch (error) {
      if (signal.aborted) return;
      log.warn('unused blobs cannot be removed, trying again later', { error: errorText(error) });
    }
  }
}
