import { TaskGroup } from '../../../kernel/base/task-group.ts';
import { ApiError, errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { JsonObject } from '../../../kernel/meta/object.ts';
import type { Journal } from '../journal/journal.ts';
import { sendJournal } from '../journal/sender.ts';
import { optionalTextField, textField } from '../request-body/fields.ts';
import { siteNamespace } from '../site/type.ts';
import { workKind } from '../work/type.ts';
import type { HubConnection } from './connection.ts';
import { sendHeartbeats } from './heartbeat.ts';
import { markConnected } from './membership.ts';
import { sitePath } from './protocol.ts';
import { renewCertificate, renewOnce } from './renewal.ts';
import { sessionLines } from './session-lines.ts';
import type { SiteLinePorts } from './site-ports.ts';
import { type SyncPorts, type SyncResult, synchronize, takeAll } from './sync.ts';

/** What a session shares with those before and after it. */
export interface SessionPorts extends SiteLinePorts {
  readonly sync: SyncPorts;
  readonly journal: Journal;
}

/** Longest wait for the first comparison. */
const helloMsMax = 30_000;
/** Longest list of authorities, characters. */
const authoritiesLengthMax = 64 * 1024;
/** Pause before a watch that the hub ended is continued. */
const watchAgainMs = 500;

/**
 * One session, from the hello to its end: compare, then follow, report and beat until the line breaks.
 * @throws {ApiError} always: the end of a session is an error to its tasks.
 */
export async function holdSession(connection: HubConnection, ports: SessionPorts, signal: AbortSignal): Promise<void> {
  const { sync, journal, certificate, link, clock, log } = ports;
  sync.intake.beginSession();
  const hello = await synchronize(connection, sync, AbortSignal.any([signal, clock.timeoutSignal(helloMsMax)]));
  const { answer, isHeld } = hello;
  using _attached = link.attach(connection);
  await markConnected(ports, signal);
  log.info('session with the hub is open', { hubId: answer.hubId, isCurrent: answer.current, isHeld });
  const { heartbeatSeconds } = answer;
  const group = new TaskGroup(signal);
  group.start((stop) => keepOpen(connection, ports, stop));
  group.start((stop) => sendHeartbeats(connection, { ...ports, heartbeatSeconds, isHeld }, stop));
  if (!isHeld) group.start((stop) => followWorks(connection, hello, ports, stop));
  group.start((stop) => sendJournal(connection, ports, journal, stop));
  if (certificate !== undefined) group.start((stop) => renewCertificate(connection, { ...ports, certificate }, stop));
  await group.join();
}

/** Holds the session stream open and takes what it says; its end is the end of the session. */
async function keepOpen(connection: HubConnection, ports: SiteLinePorts, signal: AbortSignal): Promise<void> {
  const stream = connection.openStream(sitePath(ports.siteName, 'session'), signal);
  for await (const line of sessionLines(stream)) {
    signal.throwIfAborted();
    if (line['type'] === 'TRUST') await takeTrust(line, connection, ports, signal);
  }
  signal.throwIfAborted();
  throw new ApiError('ServiceUnavailable', 'The hub ended the session');
}

/** Authorities that are not believed, and a renewal that fails, do not end a session: the certificate counts until it ends. */
async function takeTrust(
  line: JsonObject,
  connection: HubConnection,
  { certificate, siteName, clock, random, log }: SiteLinePorts,
  signal: AbortSignal,
): Promise<void> {
  if (certificate === undefined) return;
  try {
    const authorities = textField(line, 'authorities', authoritiesLengthMax);
    const endorsement = optionalTextField(line, 'endorsement', authoritiesLengthMax) ?? '';
    const mustRenew = await certificate.trust(authorities, endorsement, signal);
    if (mustRenew) await renewOnce(connection, { certificate, siteName, clock, random, log }, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn('the authorities of the hub are not taken', { error: errorText(error) });
  }
}

/** Watches the Works of this site. A watch that ends is continued; one that is too old is replaced by a comparison. */
async function followWorks(
  connection: HubConnection,
  hello: SyncResult,
  { sync, siteName, clock }: SessionPorts,
  signal: AbortSignal,
): Promise<void> {
  const namespace = siteNamespace(siteName);
  let { resourceVersion } = hello.answer;
  for (;;) {
    try {
      for await (const event of connection.client.watch(workKind, { namespace, resourceVersion }, signal)) {
        if (event.type === 'DELETED') {
          const { metadata } = event.object;
          await sync.intake.noteMissing(metadata.name, metadata.resourceVersion, signal);
        } else if (event.type !== 'BOOKMARK') await takeAll([event.object], connection, sync, signal);
        resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
      }
    } catch (error) {
      if (!isApiError(error, 'Expired', 'Gone')) throw error;
      resourceVersion = (await synchronize(connection, sync, signal)).answer.resourceVersion;
    }
    await clock.sleep(watchAgainMs, signal);
  }
}
