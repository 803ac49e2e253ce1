import { type Clock, formatTime } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Random } from '../../../kernel/base/random.ts';
import { type Condition, isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from '../../../kernel/meta/quantity.ts';
import type { Client, KindLookup } from '../../../kernel/ports/client.ts';
import type { HubConnection } from './connection.ts';
import { type Heartbeat, decodeHeartbeatAnswer, heartbeatSecondsDefault, sitePath } from './protocol.ts';
import { type SyncPorts, synchronize } from './sync.ts';

/** What heartbeats need. */
export interface HeartbeatPorts {
  readonly client: Client;
  readonly kinds: KindLookup;
  readonly sync: SyncPorts;
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

/**
 * Tells the hub every interval that the site is there and what it holds; compares again when the hub says that the
 * sets differ. @throws {ApiError} when the hub does not answer: the session is over.
 */
export async function sendHeartbeats(
  connection: HubConnection,
  ports: HeartbeatPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, siteName } = ports;
  for (;;) {
    const body = await readHeartbeat(ports, signal);
    const limit = AbortSignal.any([signal, clock.timeoutSignal(answerMsMax)]);
    const request = { method: 'POST', path: sitePath(siteName, 'heartbeat'), body } as const;
    const answer = decodeHeartbeatAnswer(await connection.requestJson(request, limit));
    if (answer.resync || ports.isHeld) await compareAgain(connection, ports, signal);
    const seconds = answer.heartbeatSeconds || ports.heartbeatSeconds || heartbeatSecondsDefault;
    // A tenth of jitter keeps sites apart that started together.
    await clock.sleep(seconds * 1_000 * (0.95 + random.nextFloat() * 0.1), signal);
  }
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
  { client, kinds, sync, clock, isHeld }: HeartbeatPorts,
  signal: AbortSignal,
): Promise<Heartbeat> {
  const { root } = await sync.intake.readDigests(signal);
  return {
    rootDigest: root,
    time: formatTime(clock.nowMs()),
    pods: countPods(await listKind('Pod', client, kinds, signal)),
    capacity: sumCapacity(await listKind('Node', client, kinds, signal)),
    held: isHeld ? 'UnknownHubEpoch' : '',
  };
}

async function listKind(
  kind: string,
  client: Client,
  kinds: KindLookup,
  signal: AbortSignal,
): Promise<readonly ReportingObject[]> {
  const definition = kinds.findKind('v1', kind);
  return definition === undefined ? [] : (await client.list(definition, {}, signal)).items;
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
