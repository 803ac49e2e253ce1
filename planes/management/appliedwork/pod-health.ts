import { formatTime, parseTime } from '../../../kernel/base/clock.ts';
import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { Json, KubeObject } from '../../../kernel/meta/object.ts';
import type { Health } from './health.ts';
import { conditionsOf, listIn, numberIn, read, textIn } from './status-fields.ts';

/** Reasons with which a waiting container is not just starting. */
const failingReasons = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'InvalidImageName',
]);

/** A pod is healthy when it is ready or has succeeded; otherwise its worst container says why not. */
export function podHealth(pod: KubeObject): Health {
  const status = read(pod, 'status');
  const phase = textIn(status, 'phase') ?? 'Pending';
  if (phase === 'Succeeded') return { state: 'Healthy' };
  if (phase === 'Failed') {
    const message = textIn(status, 'message') ?? 'The pod failed';
    return { state: 'Degraded', reason: textIn(status, 'reason') ?? 'Failed', message };
  }
  const containers = ['initContainerStatuses', 'containerStatuses'].flatMap((name) => listIn(status, name));
  const troubles = containers.map(containerHealth).filter((health) => health !== undefined);
  const worst = troubles.find((health) => health.state === 'Degraded') ?? troubles[0];
  return worst ?? readiness(pod, phase);
}

function readiness(pod: KubeObject, phase: string): Health {
  const conditions = conditionsOf(pod);
  const ready = findCondition(conditions, 'Ready');
  if (ready?.status === 'True') return { state: 'Healthy' };
  const scheduled = findCondition(conditions, 'PodScheduled');
  const why = scheduled?.status === 'False' ? scheduled : ready;
  const message = why?.message === undefined || why.message === '' ? `The pod is ${phase}` : why.message;
  return { state: 'Progressing', reason: why?.reason ?? phase, message };
}

/** What is wrong with a container; `undefined` when nothing is. */
function containerHealth(container: Json): Health | undefined {
  const name = textIn(container, 'name') ?? '';
  const waiting = read(container, 'state', 'waiting');
  const ended = read(container, 'state', 'terminated') ?? read(container, 'lastState', 'terminated');
  const exitCode = numberIn(ended, 'exitCode');
  const exit = exitCode === undefined ? '' : `, exit ${exitCode}`;
  if (waiting === undefined) {
    const isFailed = read(container, 'state', 'terminated') !== undefined && exitCode !== 0;
    const message = `container ${name}: ended${exit}`;
    return isFailed ? { state: 'Progressing', reason: 'Error', message, ...lastLog(ended) } : undefined;
  }
  const reason = textIn(waiting, 'reason') ?? 'Waiting';
  if (reason === 'PodInitializing') return undefined;
  const state = failingReasons.has(reason) ? 'Degraded' : 'Progressing';
  const backOffMs = parseBackOff(textIn(waiting, 'message'));
  const text = backOffMs === undefined ? textIn(waiting, 'message') : undefined;
  return {
    state,
    reason,
    message: `container ${name}: ${reason}${exit}${text === undefined ? '' : `, ${text}`}`,
    ...retry(textIn(ended, 'finishedAt'), backOffMs),
    ...lastLog(ended),
  };
}

function retry(finishedAt: string | undefined, backOffMs: number | undefined): Pick<Health, 'retryAt'> {
  const endedMs = parseTime(finishedAt);
  return endedMs === undefined || backOffMs === undefined ? {} : { retryAt: formatTime(endedMs + backOffMs) };
}

/** The last line of the termination message: where the kubelet, and this kernel, put the last output. */
function lastLog(ended: Json | undefined): Pick<Health, 'lastLog'> {
  const line = textIn(ended, 'message')?.trim().split('\n').at(-1);
  return line === undefined || line === '' ? {} : { lastLog: line.slice(0, 256) };
}

/** Milliseconds in `back-off 1m20s restarting failed container=…`, the message of a kubelet. */
function parseBackOff(message: string | undefined): number | undefined {
  const match = /^back-off (?:(\d+)m)?(\d+)s restarting /.exec(message ?? '');
  return match === null ? undefined : (Number(match[1] ?? 0) * 60 + Number(match[2])) * 1_000;
}
