import type { Logger } from '../../../kernel/base/logger.ts';
import { ApiError, errorText } from '../../../kernel/meta/errors.ts';
import { bundleBlobBytesMax } from '../bundle/type.ts';
import type { FetchBlob } from '../bundle-content/fetch.ts';
import { siteNamespace } from '../site/type.ts';
import type { Work } from '../work/type.ts';
import type { HubConnection } from './connection.ts';
import { differingBuckets } from './digest.ts';
import type { Intake } from './intake.ts';
import type { Boot } from './membership.ts';
import {
  type SyncAnswer,
  type SyncRequest,
  decodeSyncAnswer,
  protocolVersion,
  sitePath,
  workBlobPath,
} from './protocol.ts';

/** What comparing with the hub needs. */
export interface SyncPorts {
  readonly intake: Intake;
  readonly siteName: string;
  readonly agentVersion: string;
  readonly boot: Boot;
  readonly log: Logger;
  /** Decides whether to follow a hub of that epoch. */
  readonly acceptEpoch: (hubEpoch: string, signal: AbortSignal) => Promise<boolean>;
}

/** How a comparison ended. */
export interface SyncResult {
  readonly answer: SyncAnswer;
  /** The hub's epoch is not accepted: nothing was taken. */
  readonly isHeld: boolean;
}

/** Rounds after which a comparison is given up until the next heartbeat. */
const roundsMax = 100;

/**
 * Compares what this site holds with what the hub wants, and takes what differs. A Work that cannot be taken now does
 * not hold up the others; the next heartbeat shows that the sets still differ.
 */
export async function synchronize(
  connection: HubConnection,
  ports: SyncPorts,
  signal: AbortSignal,
): Promise<SyncResult> {
  let first: SyncAnswer | undefined;
  for (let round = 0; round < roundsMax; round++) {
    const ours = await ports.intake.readDigests(signal);
    const answer = await ask(connection, ports, { rootDigest: ours.root }, signal);
    // Whatever changes after the first answer also comes by watch.
    first ??= answer;
    if (!(await ports.acceptEpoch(answer.hubEpoch, signal))) return { answer: first, isHeld: true };
    if (answer.current) break;
    const differing = differingBuckets(ours.buckets, answer.buckets ?? {});
    const works = Object.fromEntries(differing.map((bucket) => [bucket, ours.works[bucket] ?? {}]));
    const detail = await ask(connection, ports, { rootDigest: ours.root, works }, signal);
    const failures = await takeAll(detail.works ?? [], connection, ports, signal);
    for (const name of detail.missing ?? []) await ports.intake.noteMissing(name, detail.resourceVersion, signal);
    if (detail.more !== true || failures > 0) break;
  }
  if (first === undefined) throw new ApiError('InternalError', 'Cannot compare with the hub: no answer');
  return { answer: first, isHeld: false };
}

/** Takes Works one by one. @returns how many could not be taken. */
export async function takeAll(
  works: readonly Work[],
  connection: HubConnection,
  { intake, siteName, log }: Pick<SyncPorts, 'intake' | 'siteName' | 'log'>,
  signal: AbortSignal,
): Promise<number> {
  let failures = 0;
  for (const work of works) {
    try {
      await intake.take(work, blobFetcher(connection, siteName, work.metadata.name), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      failures++;
      log.warn('work cannot be taken, trying again at the next heartbeat', {
        work: work.metadata.name,
        error: errorText(error),
      });
    }
  }
  return failures;
}

function blobFetcher(connection: HubConnection, siteName: string, workName: string): FetchBlob {
  return (digest, signal) =>
    connection.readBytes(workBlobPath(siteNamespace(siteName), workName, digest), bundleBlobBytesMax, signal);
}

async function ask(
  connection: HubConnection,
  { siteName, agentVersion, boot }: SyncPorts,
  body: Pick<SyncRequest, 'rootDigest' | 'works'>,
  signal: AbortSignal,
): Promise<SyncAnswer> {
  const hello = {
    protocol: protocolVersion,
    agentVersion,
    boot: { ...boot },
    ...(body.works === undefined ? {} : { works: body.works }),
    rootDigest: body.rootDigest,
  };
  return decodeSyncAnswer(
    await connection.requestJson({ method: 'POST', path: sitePath(siteName, 'sync'), body: hello }, signal),
  );
}
