import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MetricFamily } from '../base/metrics.ts';
import { ApiError, errorText } from '../meta/errors.ts';
import type { AuditedChange, AuditedRequest, AuditLevel, Auditor, AuditOutcome, RequestAudit } from '../ports/audit.ts';
import type { UserInfo } from '../ports/auth.ts';
import { recordBytesMax, type Store, StoreError } from '../ports/store.ts';
import type { Backlog } from './backlog.ts';
import { type EventParts, formatEvent } from './event.ts';
import { type AuditPolicy, type AuditStage, type AuditVerdict, verdictOf } from './policy.ts';

/** Characters of bodies in one record; longer ones are left out, with an annotation. */
const bodyCharactersMax = recordBytesMax / 4;
/** Most characters of an annotation (Kubernetes bounds those of policies to 10 KiB). */
const annotationCharactersMax = 10 * 1024;
/** Most annotations of a record. */
const annotationsMax = 100;

/** What records are made by. */
export interface AuditTrailOptions {
  readonly policy: AuditPolicy;
  readonly store: Pick<Store, 'appendRecords'>;
  readonly backlog: Backlog;
  readonly clock: Clock;
  readonly log: Logger;
  /** Records are durable now: somebody should take them into the log. */
  readonly onRecorded: () => void;
}

/** Makes a record of every request the policy wants, and has it durable before the answer leaves. */
export class AuditTrail implements Auditor {
  readonly options: AuditTrailOptions;
  readonly #countByLevel = new Map<AuditLevel, number>();
  #eventCount = 0;
  #rejectedCount = 0;

  constructor(options: AuditTrailOptions) {
    this.options = options;
  }

  begin(request: AuditedRequest): RequestAudit | undefined {
    const question = request.uri.indexOf('?');
    const path = question < 0 ? request.uri : request.uri.slice(0, question);
    const verdict = verdictOf(this.options.policy, request.user, request.target, path);
    this.#countByLevel.set(verdict.level, (this.#countByLevel.get(verdict.level) ?? 0) + 1);
    return verdict.level === 'None' ? undefined : new RequestRecord(this, request, verdict);
  }

  room(request: { readonly signal: AbortSignal }): Promise<void> | undefined {
    return this.options.backlog.room(request);
  }

  /** These bytes have become durable with a commit. */
  recorded(bytes: Uint8Array): void {
    this.#eventCount++;
    this.options.backlog.add(bytes.byteLength);
    this.options.onRecorded();
  }

  /** Makes a record durable that belongs to no commit. @throws {ApiError} */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.options.store.appendRecords([bytes]);
    } catch (cause) {
      this.#rejectedCount++;
      const isFull = cause instanceof StoreError && cause.code === 'Full';
      const text = isFull ? 'no space is left for its record in the audit log' : 'the audit log cannot be written';
      throw new ApiError(
        isFull ? 'InsufficientStorage' : 'ServiceUnavailable',
        `Cannot answer: ${text}`,
        {},
        { cause },
      );
    }
    this.recorded(bytes);
  }

  /** Upstream's names where there are any (apiserver `audit/metrics.go`). */
  *metrics(): Generator<MetricFamily, void> {
    const unlabelled = (value: number) => [{ labels: {}, value }];
    yield {
      name: 'apiserver_audit_event_total',
      help: 'Audit events recorded.',
      type: 'counter',
      samples: unlabelled(this.#eventCount),
    };
    yield {
      name: 'apiserver_audit_level_total',
      help: 'Requests by the level the audit policy gave them.',
      type: 'counter',
      samples: [...this.#countByLevel].map(([level, value]) => ({ labels: { level }, value })),
    };
    yield {
      name: 'apiserver_audit_requests_rejected_total',
      help: 'Requests refused because they could not be recorded.',
      type: 'counter',
      samples: unlabelled(this.#rejectedCount),
    };
    yield {
      name: 'planform_audit_waiting_records',
      help: 'Records that are durable in the store and not in a file of the log yet.',
      type: 'gauge',
      samples: unlabelled(this.options.backlog.count),
    };
  }
}

const noAnnotations: ReadonlyMap<string, string> = new Map();
/** Upstream's word for a record that is not all it was. */
const truncated: ReadonlyMap<string, string> = new Map([['audit.k8s.io/truncated', 'true']]);

/** What went wrong with some work, for whoever looks later. */
function failureOf(work: Promise<void>): Promise<Error | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(errorText(error), { cause: error })),
  );
}

function throwFailure(failure: Error | undefined): void {
  if (failure !== undefined) throw failure;
}

/** The record of one request. */
class RequestRecord implements RequestAudit {
  readonly #trail: AuditTrail;
  readonly #request: AuditedRequest;
  readonly #verdict: AuditVerdict;
  /** Why the record of its arrival was not made; `answered` throws it. Nothing where there is to be none. */
  #arrival: Promise<Error | undefined> | undefined;
  #impersonated: UserInfo | undefined;
  #annotations: Map<string, string> | undefined;
  #requestObject: string | undefined;
  /** What the last commit took along. */
  #committed: { readonly bytes: Uint8Array; readonly stage: AuditStage; readonly code: number } | undefined;

  constructor(trail: AuditTrail, request: AuditedRequest, verdict: AuditVerdict) {
    this.#trail = trail;
    this.#request = request;
    this.#verdict = verdict;
    if (this.#omits('RequestReceived')) return;
    this.#arrival = failureOf(trail.append(this.#format({ stage: 'RequestReceived', atMs: request.receivedAtMs })));
  }

  actsAs(user: UserInfo): void {
    this.#impersonated = user;
  }

  decided(isAllowed: boolean, reason: string): void {
    this.annotate('authorization.k8s.io/decision', isAllowed ? 'allow' : 'forbid');
    this.annotate('authorization.k8s.io/reason', reason);
  }

  annotate(key: string, value: string): void {
    const annotations = (this.#annotations ??= new Map());
    if (annotations.has(key) || annotations.size >= annotationsMax) return;
    annotations.set(key, value.slice(0, annotationCharactersMax));
  }

  sent(body: unknown): void {
    if (this.#verdict.level === 'Metadata' || body === undefined) return;
    this.#requestObject = this.#bodyText(body);
  }

  committing(changes: readonly AuditedChange[]): readonly Uint8Array[] {
    // What follows of several commits is recorded at its end; the first commit says that it has begun.
    const isPart = this.#request.target.verb === 'deletecollection';
    if (isPart && this.#committed !== undefined) return [];
    const stage = isPart ? 'RequestReceived' : 'ResponseComplete';
    if (this.#omits(stage) && !isPart) return [];
    const code = this.#request.target.verb === 'create' || isCreation(changes) ? 201 : 200;
    const bytes = this.#format({ stage, ...(isPart ? {} : this.#answerOf(code, changes)) });
    this.#committed = { bytes, stage, code };
    return [bytes];
  }

  answered(outcome: AuditOutcome): Promise<void> | undefined {
    const committed = this.#committed;
    if (committed !== undefined && outcome.code < 400) this.#trail.recorded(committed.bytes);
    const isRecorded = committed?.stage === 'ResponseComplete' && committed.code === outcome.code;
    const stage = outcome.isLongRunning === true ? 'ResponseStarted' : 'ResponseComplete';
    const arrival = this.#arrival?.then(throwFailure);
    if (isRecorded || this.#omits(stage)) return arrival;
    const { code, status } = outcome;
    const responseObject = outcome.isLongRunning === true ? undefined : this.#responseText(outcome);
    const complete = this.#trail.append(this.#format({ stage, code, status, responseObject }));
    return arrival === undefined ? complete : Promise.all([arrival, complete]).then(() => undefined);
  }

  ended(): void {
    if (this.#omits('ResponseComplete')) return;
    const { log } = this.#trail.options;
    // The answer is over: there is nobody left to refuse.
    this.#trail.append(this.#format({ stage: 'ResponseComplete', code: 200 })).catch((error: unknown) => {
      log.error('the end of a request is not in the audit log', { error: errorText(error) });
    });
  }

  #omits(stage: AuditStage): boolean {
    return this.#verdict.omitStages.includes(stage);
  }

  #format(parts: Partial<EventParts> & Pick<EventParts, 'stage'>): Buffer {
    const head = { level: this.#verdict.level, request: this.#request, impersonated: this.#impersonated };
    const atMs = parts.atMs ?? this.#trail.options.clock.nowMs();
    const requestObject = parts.stage === 'RequestReceived' ? undefined : this.#requestObject;
    const annotations = this.#annotations ?? noAnnotations;
    const bytes = Buffer.from(formatEvent(head, { annotations, requestObject, ...parts, atMs }));
    if (bytes.byteLength <= recordBytesMax) return bytes;
    const { stage, code } = parts;
    const rest = { stage, atMs, ...(code === undefined ? {} : { code }), annotations: truncated };
    return Buffer.from(formatEvent(head, rest));
  }

  /** What the answer will be once the commit is durable. */
  #answerOf(code: number, changes: readonly AuditedChange[]): Partial<EventParts> {
    const [change] = changes;
    if (change === undefined || changes.length > 1) {
      this.annotate('kernel.planform.dev/objects', changes.map(changeText).join(' '));
      return { code };
    }
    const { metadata } = change.object.parsed();
    const { namespace, name, uid } = metadata;
    const object = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      revision: change.object.revision,
    };
    if (change.operation === 'delete') {
      const { group, resource } = this.#request.target;
      return { code, object, status: { status: 'Success', details: { name, group, kind: resource, uid } } };
    }
    if (this.#verdict.level !== 'RequestResponse') return { code, object };
    return { code, object, responseObject: this.#bodyText(change.object.parsed()) };
  }

  #responseText({ body, status }: AuditOutcome): string | undefined {
    if (this.#verdict.level !== 'RequestResponse') return undefined;
    if (status !== undefined) return this.#bodyText(status);
    if (body === undefined || body.byteLength > bodyCharactersMax) {
      this.annotate('audit.k8s.io/truncated', 'true');
      return undefined;
    }
    return this.#bodyText(JSON.parse(Buffer.from(body).toString()));
  }

  /** Kubernetes `audit/truncate`: too large a body is left out and the record says so. */
  #bodyText(value: unknown): string | undefined {
    const text = JSON.stringify(this.#verdict.omitManagedFields ? withoutManagedFields(value) : value);
    if (text === undefined || text.length <= bodyCharactersMax) return text;
    this.annotate('audit.k8s.io/truncated', 'true');
    return undefined;
  }
}

function isCreation([first]: readonly AuditedChange[]): boolean {
  return first?.operation === 'create';
}

/** One of several changes: `create configmaps … `. */
function changeText({ operation, object }: AuditedChange): string {
  const { kind, metadata } = object.parsed();
  const { namespace, name } = metadata;
  return `${operation} ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}@${object.revision};`;
}

function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('items' in value && Array.isArray(value.items)) return { ...value, items: value.items.map(withoutManagedFields) };
  if (!('metadata' in value) || typeof value.metadata !== 'object' || value.metadata === null) return value;
  const metadata = { ...value.metadata, managedFields: undefined };
  return { ...value, metadata };
}
