import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { ApiError } from '../meta/errors.ts';
import type { RequestAudit } from '../ports/audit.ts';
import type { Authorizer, UserInfo } from '../ports/auth.ts';
import { changeReasonHeader, readChangeReason } from '../ports/change-reason.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import type { ResourceApi, ResourceContext, ResourceTarget, WriteResult } from '../ports/resources.ts';
import { negotiate } from './negotiation.ts';
import { readFlag } from './query-options.ts';
import { contentTypeOf, objectBody, type View } from './view.ts';
import type { WatchCounts } from './server-limits.ts';
import type { SharedEncodings } from './watch-body.ts';

/** Header of every write's answer, DELETE included: the revision the write made. */
export const revisionHeader = 'x-planform-resource-version';

/** One authorized request on a resource, on its way through a verb. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly context: ResourceContext;
  readonly target: ResourceTarget;
  /**
   * Asks again whether the sender is who it was and may do this, for answers that go on for hours.
   * @returns a promise only where there is something to wait for. @throws {ApiError} `Unauthorized`, `Forbidden`.
   */
  readonly requireStill: () => Promise<void> | undefined;
}

/** What verbs need besides the request. */
export interface VerbPorts {
  readonly resources: ResourceApi;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly encodings: SharedEncodings;
  readonly watches: WatchCounts;
}

/** What is noted of a request on its way. */
export interface RequestNotes {
  /** Texts for the Warning header. */
  readonly warnings: Set<string>;
  readonly audit: RequestAudit | undefined;
}

/** The context of a request. A class, because its signal is made only for the few requests that look at it. */
export class RequestContext implements ResourceContext {
  readonly user: UserInfo;
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly userAgent: string;
  readonly changeReason: string | undefined;
  readonly warn: (text: string) => void;
  readonly audit: RequestAudit | undefined;
  readonly #request: ApiRequest;

  /** @throws {ApiError} `BadRequest` for a reason that cannot be kept. */
  constructor(request: ApiRequest, user: UserInfo, { warnings, audit }: RequestNotes) {
    this.user = user;
    this.requestId = request.requestId;
    this.receivedAtMs = request.receivedAtMs;
    this.userAgent = request.headers['user-agent'] ?? '';
    this.changeReason = readChangeReason(request.headers[changeReasonHeader]);
    this.warn = (text) => warnings.add(text);
    this.audit = audit;
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

/** What the form of an answer follows from. */
export interface ViewSource {
  readonly request: Pick<ApiRequest, 'headers' | 'query'>;
  readonly target: ResourceTarget;
}

/** How the client wants its answer. @throws {ApiError} `NotAcceptable`, or `BadRequest` for an odd `includeObject`. */
export function viewOf({ request, target }: ViewSource, clock: Clock): View {
  const representation = negotiate(request.headers['accept']);
  const includeObject = request.query.get('includeObject') ?? '';
  if (includeObject !== '' && includeObject !== 'None' && includeObject !== 'Metadata' && includeObject !== 'Object') {
    const why = "must be 'Metadata', 'Object', 'None', or empty";
    const detail = `includeObject: Invalid value: ${JSON.stringify(includeObject)}: ${why}`;
    throw new ApiError('BadRequest', `Unable to convert to Table as requested: ${detail}`);
  }
  return {
    target,
    representation,
    includeObject: includeObject === '' ? 'Metadata' : includeObject,
    isPretty: request.query.has('pretty') ? readFlag(request.query, 'pretty') : isForPeople(request),
    clock,
  };
}

/** Programs people read answers in (kube-apiserver `negotiation.isPrettyPrint`). */
function isForPeople({ headers }: Pick<ApiRequest, 'headers'>): boolean {
  const agent = headers['user-agent'];
  return (
    agent !== undefined && (agent.startsWith('curl') || agent.startsWith('Wget') || agent.startsWith('Mozilla/5.0'))
  );
}

/** The revision a write made, or that of the object where nothing changed. */
export function revisionMade({ revision, object }: WriteResult): number {
  return revision ?? object.revision;
}

/** The answer to a write: the object as it is now, and its revision in a header. */
export async function writeAnswer(result: WriteResult, status: number, view: View): Promise<ApiResponse> {
  return {
    status,
    headers: { 'content-type': contentTypeOf(view), [revisionHeader]: String(revisionMade(result)) },
    body: await objectBody(result.object, view),
  };
}
