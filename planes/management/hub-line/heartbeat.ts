import { type Clock, formatTime } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Random } from '../../../kernel/base/random.ts';
import { type Condition, isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { ApiError, isApiError } from '../../../kernel/meta/errors.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from '../../../kernel/meta/quantity.ts';
import type { Client, KindLookup, ListResult } from '../../../kernel/ports/client.ts';
import type { HubConnection } from './connection.ts';
import type { CertificateKeeper } from './renewal.ts';
import { type Heartbeat, decodeHeartbeatAnswer, heartbeatSecondsDefault, sitePath } from './protocol.ts';
import { type SyncPorts, synchronize } from './sync.ts';

/** What heartbeats need. */
export interface HeartbeatPorts {
  readonly client: Client;
  readonly kinds: KindLookup;
  readonly sync: SyncPorts;
  /** Says by which authorities the site knows the hub. Absent: nothing is said of them. */
  readonly certificate?: CertificateKeeper;
  readonly siteName: string;
  /** Interval the hub asked for at the hello. */
  readonly heartbeatSeconds: number;
  /** The site does not follow the hub until a person confirms. */
  readonly isHeld: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Longest wait for an answer to a heartbeat: then the hub is out of reach. */
const answerMsMax = 10_000;
/** Pods change in bursts: they are counted so long after the first change, and at most that often. */
const podsSettleMs = 1_000;

/**
 * Tells the hub that the site is there and what it holds: every interval, and soon when its pods are counted
 * differently. Compares again when the hub says that the sets differ. @throws {ApiError} when the hub does not answer: the session is over.
 */
export async function sendHeartbeats(
  connection: HubConnection,
  ports: HeartbeatPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, siteName } = ports;
  for (;;) {
    const pods = await listKind('Pod', ports.client, ports.kinds, signal);
    const body = await readHeartbeat(ports, countPods(pods.items), signal);
    const limit = AbortSignal.any([signal, clock.timeoutSignal(answerMsMax)]);
    const request = { method: 'POST', path: sitePath(siteName, 'heartbeat'), body } as const;
    const answer = decodeHeartbeatAnswer(await connection.requestJson(request, limit));
    if (answer.resync || ports.isHeld) await compareAgain(connection, ports, signal);
    const seconds = answer.heartbeatSeconds || ports.heartbeatSeconds || heartbeatSecondsDefault;
    // A tenth of jitter keeps sites apart that started together.
    const intervalMs = seconds * 1_000 * (0.95 + random.nextFloat() * 0.1);
    const due = AbortSignal.any([signal, clock.timeoutSignal(intervalMs)]);
    await podsCountedDifferently(ports, { counted: body.pods, resourceVersion: pods.resourceVersion }, due);
    signal.throwIfAborted();
  }
}

/** Ends as soon as the pods are counted differently, at the latest when `due` aborts. */
async function podsCountedDifferently(
  { client, kinds, clock }: HeartbeatPorts,
  { counted, resourceVersion }: { readonly counted: Heartbeat['pods']; readonly resourceVersion: string },
  due: AbortSignal,
): Promise<void> {
  const kind = kinds.findKind('v1', 'Pod');
  try {
    if (kind !== undefined) {
      for await (const event of client.watch(kind, { resourceVersion }, due)) {
        if (event.type === 'BOOKMARK') continue;
        await clock.sleep(podsSettleMs, due);
        const { ready, total } = countPods((await listKind('Pod', client, kinds, due)).items);
        if (ready !== counted.ready || total !== counted.total) return;
      }
    }
  } catch (error) {
    if (due.aborted) return;
    if (!isApiError(error, 'Expired', 'Gone')) throw error;
  }
  // No watch: the regular beat has to do.
  await untilAborted(due);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function compareAgain(
  connection: HubConnection,
  { sync, isHeld }: HeartbeatPorts,
  signal: AbortSignal,
): Promise<void> {
  const result = await synchronize(connection, sync, signal);
  if (isHeld && !result.isHeld)
    throw new ApiError('ServiceUnavailable', 'The epoch of the hub was confirmed: beginning a new session');
}

async function readHeartbeat(
  { client, kinds, sync, certificate, clock, isHeld }: HeartbeatPorts,
  pods: Heartbeat['pods'],
  signal: AbortSignal,
): Promise<Heartbeat> {
  const { root } = await sync.intake.readDigests(signal);
  return {
    rootDigest: root,
    time: formatTime(clock.nowMs()),
    pods,
    capacity: sumCapacity((await listKind('Node', client, kinds, signal)).items),
    ...(certificate === undefined ? {} : { authorities: certificate.authorities() }),
    held: isHeld ? 'UnknownHubEpoch' : '',
  };
}

async function listKind(
  kind: string,
  client: Client,
  kinds: KindLookup,
  signal: AbortSignal,
): Promise<ListResult<ReportingObject>> {
  const definition = kinds.findKind('v1', kind);
  return definition === undefined ? { items: [], resourceVersion: '' } : client.list(definition, {}, signal);
}

/** The parts of Pod and Node that are counted. */
interface ReportingObject extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly capacity?: Readonly<Record<string, string>>;
  };
}

/** Pods that should run, and how many of them are ready. Finished and leaving pods do not count. */
export function countPods(pods: readonly ReportingObject[]): Heartbeat['pods'] {
  const wanted = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  return {
    ready: wanted.filter(({ status }) => isConditionTrue(status?.conditions, 'Ready')).length,
    total: wanted.length,
  };
}

/** Sum over nodes, per resource. What is no quantity is left out. */
export function sumCapacity(nodes: readonly ReportingObject[]): Heartbeat['capacity'] {
  const sums = new Map<string, Quantity>();
  for (const [name, text] of nodes.flatMap((node) => Object.entries(node.status?.capacity ?? {}))) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined)
      sums.set(name, addQuantities(sums.get(name) ?? { ...zeroQuantity, format: quantity.format }, quantity));
  }
  return Object.fromEntries([...sums].map(([name, sum]) => [name, formatQuantity(sum)]));
}
