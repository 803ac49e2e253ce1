import { DriverError, type LogOptions, type Runtime } from '../../../drivers/api/runtime.ts';
import { type Clock, parseTime } from '../../../kernel/base/clock.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { ApiResponse, SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { containersOf, runIdOf, statusOf } from './facts.ts';

/** What `pods/log` needs. */
export interface PodLogPorts {
  readonly runtime: Runtime;
  /** @throws {ApiError} `NotFound`. */
  readonly readPod: (at: ObjectName, signal: AbortSignal) => Promise<Pod>;
  readonly clock: Clock;
}

/** `GET pods/<name>/log` as `kubectl logs` asks for it; errors are worded as upstream. */
export function podLog({ runtime, readPod, clock }: PodLogPorts): SubresourceHandler {
  return {
    resource: 'pods',
    subresource: 'log',
    verbs: { GET: 'get' },
    isLongRunning: true,
    async handle(request) {
      const { namespace, name, query, signal } = request;
      const options = logOptions(query, clock.nowMs());
      const pod = await readPod({ namespace, name }, signal);
      const container = chooseContainer(pod, query.get('container') ?? '');
      const id = chooseRun(pod, container, isTrue(query.get('previous')));
      return respond(runtime, id, options, request);
    },
  };
}

async function respond(
  runtime: Runtime,
  id: string,
  options: LogOptions,
  { signal }: SubresourceRequest,
): Promise<ApiResponse> {
  const lines = runtime.logs(id, options, signal)[Symbol.asyncIterator]();
  // The first chunk is read before the answer begins, so that a run that is gone is an error and not an empty log. A
  // follower must see the answer begin although nothing was written yet.
  const first = options.follow ? undefined : await firstChunk(lines, id);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' },
    body: chunks(first, lines, signal),
    isLongRunning: options.follow,
  };
}

async function firstChunk(lines: AsyncIterator<Uint8Array>, id: string): Promise<IteratorResult<Uint8Array>> {
  try {
    return await lines.next();
  } catch (cause) {
    if (!(cause instanceof DriverError)) throw cause;
    throw new ApiError('NotFound', `unable to retrieve container logs for ${id}`, {}, { cause });
  }
}

async function* chunks(
  first: IteratorResult<Uint8Array> | undefined,
  lines: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    let next = first ?? (await lines.next());
    while (next.done !== true) {
      yield next.value;
      next = await lines.next();
    }
  } catch (error) {
    // The client went away, or the pod was removed while it was followed: the log ends here.
    if (!signal.aborted && !(error instanceof DriverError)) throw error;
  } finally {
    await lines.return?.();
  }
}

/** `PodLogOptions` of the query. @throws {ApiError} `Invalid` or `BadRequest` as upstream. */
function logOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const [sinceSeconds, sinceTime] = [readCount(query, 'sinceSeconds'), query.get('sinceTime')];
  if (sinceSeconds !== undefined && sinceTime !== null) {
    throw invalid('sinceSeconds', 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (sinceSeconds !== undefined && sinceSeconds < 1) {
    throw invalid('sinceSeconds', `Invalid value: ${sinceSeconds}: must be greater than 0`);
  }
  const tailLines = readCount(query, 'tailLines');
  if (tailLines !== undefined && tailLines < 0) {
    throw invalid('tailLines', `Invalid value: ${tailLines}: must be greater than or equal to 0`);
  }
  const limitBytes = readCount(query, 'limitBytes');
  if (limitBytes !== undefined && limitBytes < 1) {
    throw invalid('limitBytes', `Invalid value: ${limitBytes}: must be greater than 0`);
  }
  const sinceMs = sinceSeconds === undefined ? readTime(sinceTime) : nowMs - sinceSeconds * 1000;
  return {
    follow: isTrue(query.get('follow')),
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

function readCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text))
    throw new ApiError('BadRequest', `Cannot read query parameter "${name}": "${text}" is no number`);
  return Number(text);
}

function readTime(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const ms = parseTime(text);
  if (ms === undefined)
    throw new ApiError('BadRequest', `Cannot read query parameter "sinceTime": "${text}" is no RFC 3339 time`);
  return ms;
}

function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1';
}

function invalid(field: string, problem: string): ApiError {
  const message = `PodLogOptions "" is invalid: ${field}: ${problem}`;
  return new ApiError('Invalid', message, {
    kind: 'PodLogOptions',
    causes: [{ reason: 'FieldValueInvalid', message: problem, field }],
  });
}

/** The container asked for; without a name the only one, or the one the pod names as its default. */
function chooseContainer({ metadata, spec, ...pod }: Pod, name: string): string {
  const all = containersOf({ metadata, ...pod, ...(spec === undefined ? {} : { spec }) }).map(
    ({ container }) => container.name,
  );
  if (name !== '') {
    if (all.includes(name)) return name;
    throw new ApiError('BadRequest', `container ${name} is not valid for pod ${metadata.name}`);
  }
  const mains = (spec?.containers ?? []).map((container) => container.name);
  const byDefault = metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (byDefault !== undefined && mains.includes(byDefault)) return byDefault;
  const [only, ...others] = mains;
  if (only !== undefined && others.length === 0 && (spec?.initContainers ?? []).length === 0) return only;
  const inits = (spec?.initContainers ?? []).map((container) => container.name);
  const initText = inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`;
  const choice = `choose one of: [${mains.join(' ')}]${initText}`;
  throw new ApiError('BadRequest', `a container name must be specified for pod ${metadata.name}, ${choice}`);
}

/** The run whose output is meant (kubelet `validateContainerLogStatus`). */
function chooseRun(pod: Pod, container: string, previous: boolean): string {
  const { name } = pod.metadata;
  if ((pod.spec?.nodeName ?? '') === '') throw new ApiError('BadRequest', `pod ${name} does not have a host assigned`);
  const status = statusOf(pod, container);
  const last = runIdOf(status?.lastState?.terminated?.containerID);
  if (previous) {
    if (last !== undefined) return last;
    throw new ApiError('BadRequest', `previous terminated container "${container}" in pod "${name}" not found`);
  }
  const { running, terminated, waiting } = status?.state ?? {};
  const current = running === undefined ? runIdOf(terminated?.containerID) : runIdOf(status?.containerID);
  const id = current ?? last;
  if (id !== undefined) return id;
  const reason = waiting?.reason ?? 'ContainerCreating';
  throw new ApiError('BadRequest', `container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}
