import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Random } from '../../../kernel/base/random.ts';
import { TaskGroup } from '../../../kernel/base/task-group.ts';
import { ApiError, errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { Blobs } from '../../../kernel/ports/blobs.ts';
import type { Client, KindLookup } from '../../../kernel/ports/client.ts';
import type { RowQueue } from '../../../kernel/ports/rows.ts';
import { collectEvents } from '../journal/collector.ts';
import { sendJournal } from '../journal/sender.ts';
import { Journal } from '../journal/journal.ts';
import { siteNamespace } from '../site/type.ts';
import { workKind } from '../work/type.ts';
import type { HubConnection, HubDialer } from './connection.ts';
import { sendHeartbeats } from './heartbeat.ts';
import { Intake } from './intake.ts';
import type { HubLink } from './link.ts';
import {
  acceptEpoch,
  beginBoot,
  type Boot,
  ensureMembership,
  markConnected,
  markCutOff,
  writeJournalEpoch,
} from './membership.ts';
import { sitePath } from './protocol.ts';
import { type CertificateKeeper, renewCertificate } from './renewal.ts';
import { type SyncPorts, synchronize, takeAll } from './sync.ts';

/** What the site's end of the line needs. */
export interface SiteLinePorts {
  /** Acts as `siteLineUser` at this site. */
  readonly client: Client;
  readonly dialer: HubDialer;
  readonly link: HubLink;
  readonly blobs: Blobs;
  /** The event journal. */
  readonly rows: RowQueue;
  readonly kinds: KindLookup;
  /** Absent when somebody else renews the certificate. */
  readonly certificate?: CertificateKeeper;
  readonly hubId: string;
  readonly hubUrls: readonly string[];
  readonly siteName: string;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Without a session for so long the site is cut off: changes made here stand. */
export const cutOffAfterMs = 10_000;
/** Wait after the first failed attempt; doubles up to the maximum. Half of it is jitter. */
const retryFirstMs = 500;
const retryMsMax = 15_000;
/** Longest wait for one answer while a session begins. */
const helloMsMax = 30_000;

/**
 * The agent's end of the line: dials the hub, compares, takes what differs, follows, reports, and starts over when the
 * session ends. Runs until `signal` aborts; whatever happens to the hub is not a failure here.
 */
export async function runHubLine(ports: SiteLinePorts, signal: AbortSignal): Promise<void> {
  const begun = await begin(ports, signal);
  if (begun === undefined) return;
  const { boot, journal } = begun;
  const intake = new Intake(ports);
  const sync: SyncPorts = { ...ports, intake, boot, acceptEpoch: (epoch, at) => acceptEpoch(ports, epoch, at) };
  const group = new TaskGroup(signal);
  group.start((stop) => keepSessions(ports, sync, journal, stop));
  group.start((stop) => watchContact(ports, stop));
  group.start((stop) => collectEvents(ports, journal, stop));
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

async function keepSessions(
  ports: SiteLinePorts,
  sync: SyncPorts,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log, dialer } = ports;
  let retryMs = retryFirstMs;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      await using connection = await dialer.dial(signal);
      await holdSession(connection, ports, sync, journal, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('no session with the hub', { error: errorText(error), retryMs });
    }
    if (clock.monotonicMs() - startedMs > retryMsMax) retryMs = retryFirstMs;
    if (!(await sleepUnlessAborted(clock, retryMs / 2 + random.nextFloat() * (retryMs / 2), signal))) return;
    retryMs = Math.min(retryMsMax, retryMs * 2);
  }
}

/** One session, from the hello to its end. @throws always: the end of a session is an error for its tasks. */
async function holdSession(
  connection: HubConnection,
  ports: SiteLinePorts,
  sync: SyncPorts,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  const hello = AbortSignal.any([signal, ports.clock.timeoutSignal(helloMsMax)]);
  const { answer, isHeld } = await synchronize(connection, sync, hello);
  using _attached = ports.link.attach(connection);
  await markConnected(ports, signal);
  ports.log.info('session with the hub is open', { hubId: answer.hubId, isCurrent: answer.current, isHeld });
  const group = new TaskGroup(signal);
  group.start((stop) => keepOpen(connection, ports, stop));
  group.start((stop) =>
    sendHeartbeats(connection, { ...ports, sync, heartbeatSeconds: answer.heartbeatSeconds, isHeld }, stop),
  );
  group.start((stop) => followWorks(connection, ports, sync, answer.resourceVersion, isHeld, stop));
  group.start((stop) => sendJournal(connection, ports, journal, stop));
  const { certificate } = ports;
  if (certificate !== undefined) group.start((stop) => renewCertificate(connection, { ...ports, certificate }, stop));
  await group.join();
}

/** Holds the session stream open; its end is the end of the session. */
async function keepOpen(connection: HubConnection, { siteName }: SiteLinePorts, signal: AbortSignal): Promise<void> {
  for await (const _line of connection.openStream(sitePath(siteName, 'session'), signal)) signal.throwIfAborted();
  signal.throwIfAborted();
  throw new ApiError('ServiceUnavailable', 'The hub ended the session');
}

/** Watches the Works of this site. A watch that ends is continued; one that is too old is replaced by a comparison. */
async function followWorks(
  connection: HubConnection,
  ports: SiteLinePorts,
  sync: SyncPorts,
  from: string,
  isHeld: boolean,
  signal: AbortSignal,
): Promise<void> {
  const namespace = siteNamespace(ports.siteName);
  let resourceVersion = from;
  while (!isHeld) {
    signal.throwIfAborted();
    try {
      for await (const event of connection.client.watch(workKind, { namespace, resourceVersion }, signal)) {
        if (event.type === 'DELETED') await sync.intake.noteMissing(event.object.metadata.name, signal);
        else if (event.type !== 'BOOKMARK') await takeAll([event.object], connection, sync, signal);
        resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
      }
    } catch (error) {
      if (!isApiError(error, 'Expired', 'Gone')) throw error;
      resourceVersion = (await synchronize(connection, sync, signal)).answer.resourceVersion;
    }
  }
}

/** Declares the site cut off once there has been no session for `cutOffAfterMs`, counted from the start at the earliest. */
async function watchContact(ports: SiteLinePorts, signal: AbortSignal): Promise<void> {
  const { link, clock, log } = ports;
  while (!signal.aborted) {
    if (link.connection !== undefined) {
      await linkChange(link, signal);
      continue;
    }
    const leftMs = cutOffAfterMs - link.lostForMs;
    if (leftMs > 0) {
      await sleepUnlessAborted(clock, leftMs, signal);
      continue;
    }
    try {
      await markCutOff(ports, signal);
      log.warn('cut off from the hub: changes made at this site stand', {});
    } catch (error) {
      if (signal.aborted) return;
      log.warn('cannot write that the site is cut off, trying again', { error: errorText(error) });
      await sleepUnlessAborted(clock, retryFirstMs, signal);
      continue;
    }
    await linkChange(link, signal);
  }
}

/** Resolves when a session began or ended, or `signal` aborted. */
async function linkChange(link: HubLink, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _listening = link.onChange(resolve);
  if (signal.aborted) return;
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
