import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { formatMetrics, type MetricFamily, type MetricSource } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { ApiError, errorText } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { Auditor, RequestAudit } from '../ports/audit.ts';
import { anonymousUser, type Authenticator, type Authorizer, type UserInfo } from '../ports/auth.ts';
import type {
  ApiRequest,
  ApiResponse,
  ComputedResource,
  PathHandler,
  RequestHandler,
  SubresourceHandler,
} from '../ports/endpoint.ts';
import type { KindCatalog, ResourceApi } from '../ports/resources.ts';
import { requireAllowed } from './authorized-resources.ts';
import { auditIdHeader, auditIdOf, beginRecord, outcomeOf, untilEnd } from './auditing.ts';
import { AuthMetrics } from './auth-metrics.ts';
import { RequestContext, type VerbPorts } from './call.ts';
import { flowRequestOf } from './flowcontrol/arrival.ts';
import { dumpAnswer, dumpPath } from './flowcontrol/dump.ts';
import type { FlowControl } from './flowcontrol/flow-control.ts';
import { type Flow, type Refusal, Seats } from './flowcontrol/flow.ts';
import { flowMetrics } from './flowcontrol/metrics.ts';
import { healthAnswer, type HealthCheck, pageNotFound, textAnswer } from './health.ts';
import { impersonated } from './impersonation.ts';
import { prefersYaml } from './negotiation.ts';
import { parsePath, type Route } from './path.ts';
import { areServed, labelsOf } from './request-labels.ts';
import { RequestMetrics } from './request-metrics.ts';
import { handleResource, type ResourcePorts } from './resource-routes.ts';
import { defaultServerLimits, type ServerLimits, tooManyUnread, WatchCounts } from './server-limits.ts';
import { errorResponse, refusalFor, refuseMethod } from './status.ts';
import { SurfaceDocuments } from './surface.ts';
import { type ServerVersion, versionDocument } from './version.ts';
import { formatWarnings } from './warnings.ts';
import { SharedEncodings } from './watch-body.ts';

/** Encoded watch events shared between watchers, bytes. */
const encodingBytesMax = 16 * 1024 * 1024;

/** What the one request handler is made of. */
export interface HandlerOptions {
  readonly resources: ResourceApi;
  readonly catalog: KindCatalog;
  readonly authenticator: Authenticator;
  /** Whether a request without credentials for a path is answered. Default: all are, as `system:anonymous`. */
  readonly allowsAnonymous?: (path: string) => boolean;
  readonly authorizer: Authorizer;
  /** Subresources that are more than fields of an object. Default none. */
  readonly subresources?: readonly SubresourceHandler[];
  /** Resources that are answered but never stored. Default none. */
  readonly computed?: readonly ComputedResource[];
  /** Paths outside the resource API. The longest matching prefix is taken. Default none. */
  readonly paths?: readonly PathHandler[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly version: ServerVersion;
  /** Name and platform of the runtime, for `/version`. */
  readonly runtime: { readonly name: string; readonly platform: string };
  /** Default: `defaultServerLimits`. */
  readonly limits?: Pick<ServerLimits, 'watchesPerUserMax' | 'watchesMax'>;
  /** Who may be answered at the same time, and who waits. Absent: everybody is answered at once. */
  readonly flowControl?: FlowControl;
  /** Records what the audit policy wants. Absent: nothing is recorded. */
  readonly auditor?: Auditor;
  /** What must be right for `/healthz`, `/livez` and `/readyz`. Default none. */
  readonly liveness?: readonly HealthCheck[];
  /** What must be right for `/readyz` besides. Default none. */
  readonly readiness?: readonly HealthCheck[];
  /** Whose numbers `/metrics` shows besides those of requests. Default none. */
  readonly metrics?: readonly MetricSource[];
}

/** Seats of requests whose answers are large: lists of 400 KB and more; watches may have as much of the past to tell. */
const largeSeats = 5;

type PathRoute = Exclude<Route, { readonly kind: 'resource' }>;

/** The parts of the handler that do not change while it lives. */
interface HandlerParts {
  readonly options: HandlerOptions;
  readonly documents: SurfaceDocuments;
  readonly metrics: RequestMetrics;
  readonly auth: AuthMetrics;
  readonly resources: ResourcePorts;
  /** Longest prefix first. */
  readonly paths: readonly PathHandler[];
  /** `pods/log`: subresources whose answers go on. */
  readonly longRunning: ReadonlySet<string>;
}

/** What becomes known of a request on its way. */
interface Progress {
  readonly warnings: Set<string>;
  /** The record of the request, once its sender is known and if the policy wants one. */
  audit: RequestAudit | undefined;
  isIdentified: boolean;
  flow: Flow | undefined;
  seats: Seats | undefined;
}

/**
 * The one handler in front of everything: authenticate, authorize, decode, then the verb. HTTP, the tunnel and the
 * in-memory transport stand in front of it. Never throws for what a client can cause.
 */
export function createHandler(given: HandlerOptions): RequestHandler {
  const { catalog, resources, clock, random, logger, computed = [], subresources = [] } = given;
  const auth = new AuthMetrics(clock);
  const authorizer = auth.authorizer(given.authorizer);
  const options: HandlerOptions = { ...given, authorizer };
  const ports: VerbPorts = {
    resources,
    authorizer,
    clock,
    random,
    logger,
    encodings: new SharedEncodings(encodingBytesMax),
    watches: new WatchCounts(options.limits ?? defaultServerLimits),
  };
  const parts: HandlerParts = {
    options,
    documents: new SurfaceDocuments({ catalog, computed, subresources }),
    metrics: new RequestMetrics((labels) => areServed(labels, { catalog, computed, subresources })),
    auth,
    resources: { ports, catalog, computed, subresources },
    paths: [...(options.paths ?? [])].sort((a, b) => b.prefix.length - a.prefix.length),
    longRunning: new Set(
      subresources.flatMap((one) => (one.isLongRunning === true ? `${one.resource}/${one.subresource}` : [])),
    ),
  };
  return { handle: (request) => handleRequest(request, parts) };
}

async function handleRequest(request: ApiRequest, parts: HandlerParts): Promise<ApiResponse> {
  const progress: Progress = {
    warnings: new Set(),
    audit: undefined,
    isIdentified: false,
    flow: undefined,
    seats: undefined,
  };
  const route = parsePath(request.path);
  const { clock } = parts.options;
  const startedMs = clock.monotonicMs();
  parts.metrics.begin(request.method);
  let response: ApiResponse;
  try {
    response = await answerRoute(request, route, parts, progress);
  } catch (error) {
    response = await refusal(request, error, parts);
  }
  const { auditor } = parts.options;
  if (auditor !== undefined && !progress.isIdentified) {
    progress.audit = beginRecord(auditor, request, route, undefined);
  }
  if (progress.audit !== undefined) response = await recorded(request, response, progress.audit, parts);
  const isLongRunning = response.isLongRunning === true;
  const seconds = (clock.monotonicMs() - startedMs) / 1000;
  const bytes = response.body instanceof Uint8Array ? response.body.byteLength : undefined;
  const isTerminated = progress.flow !== undefined && progress.seats === undefined;
  const outcome = { code: response.status, seconds, isLongRunning, isTerminated, bytes };
  parts.metrics.end(request.method, labelsOf(request, route), outcome);
  progress.seats?.[Symbol.dispose]();
  return finished(request, response, progress);
}

/** Has the record of a request durable before its answer leaves. What cannot be recorded is not answered. */
async function recorded(
  request: ApiRequest,
  response: ApiResponse,
  audit: RequestAudit,
  parts: HandlerParts,
): Promise<ApiResponse> {
  try {
    await audit.answered(outcomeOf(response));
    return untilEnd(response, audit);
  } catch (error) {
    return refusal(request, error, parts);
  }
}

/** No promise here or below but for what has to be waited for: each costs as much as a lookup. */
function answerRoute(
  request: ApiRequest,
  route: Route,
  parts: HandlerParts,
  progress: Progress,
): ApiResponse | Promise<ApiResponse> {
  const whoSends = () => senderOf(request, parts);
  const answer = (user: UserInfo) => {
    if (route.kind !== 'resource') return answerPath(request, route, user, { parts, audit: progress.audit });
    const context = new RequestContext(request, user, progress);
    return handleResource({ request, route, context, authenticate: whoSends }, parts.resources);
  };
  const answerTo = (user: UserInfo) => {
    request.sentBy?.(user);
    const taken = takeSeats(request, route, user, parts);
    if (taken === undefined) return answer(user);
    const answerSeated = (result: Seats | Refusal) => {
      progress.flow = result.flow;
      if (!(result instanceof Seats)) return tooManyRequests(result.retryAfterSeconds);
      progress.seats = result;
      // A large answer that nobody will be sent is not made.
      if ((result.count >= largeSeats || result.isWatch) && request.hasRoom?.() === false) throw tooManyUnread();
      return answer(user);
    };
    return taken instanceof Promise ? taken.then(answerSeated) : answerSeated(taken);
  };
  const answerSender = (sender: UserInfo) => {
    const room = identify(sender, request, route, parts, progress);
    const answeredAs = () => {
      const user = impersonated(sender, request, parts.options.authorizer);
      if (user !== sender) progress.audit?.actsAs(user);
      return answerTo(user);
    };
    return room === undefined ? answeredAs() : room.then(answeredAs);
  };
  const sender = authenticate(request, parts);
  return sender instanceof Promise ? sender.then(answerSender) : answerSender(sender);
}

/** Begins the record of a request. @returns what it has to wait for before anything is done. */
function identify(
  sender: UserInfo,
  request: ApiRequest,
  route: Route,
  { options: { auditor } }: HandlerParts,
  progress: Progress,
): Promise<void> | undefined {
  progress.isIdentified = true;
  if (auditor === undefined) return undefined;
  progress.audit = beginRecord(auditor, request, route, sender);
  return progress.audit === undefined ? undefined : auditor.room(request);
}

/** @returns `undefined` where nobody has to wait: answers that go on are no load but while they begin. */
function takeSeats(
  request: ApiRequest,
  route: Route,
  user: UserInfo,
  { options: { flowControl }, longRunning }: HandlerParts,
): Seats | Refusal | Promise<Seats | Refusal> | undefined {
  if (flowControl === undefined) return undefined;
  if (route.kind === 'resource' && route.subresource !== '') {
    if (longRunning.has(`${formatResource(route.plural, route.group)}/${route.subresource}`)) return undefined;
  }
  return flowControl.take({ request: flowRequestOf(request, route), user, source: request });
}

/** In plain text, as upstream refuses what flow control does not let through. */
function tooManyRequests(retryAfterSeconds: number): ApiResponse {
  const answer = textAnswer(429, 'Too many requests, please try again later.\n');
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } };
}

function answerPath(
  request: ApiRequest,
  route: PathRoute,
  user: UserInfo,
  { parts, audit }: { readonly parts: HandlerParts; readonly audit: RequestAudit | undefined },
): ApiResponse | Promise<ApiResponse> {
  const extension = route.kind === 'unknown' || route.kind === 'index' ? findPath(request, parts.paths) : undefined;
  if (extension?.isPublic !== true) requirePath(request, user, parts.options.authorizer, audit);
  if (extension !== undefined) return extension.handle(request, user);
  if (request.method !== 'GET' && request.method !== 'HEAD') refuseMethod();
  return answerDocument(request, route, parts);
}

/** Whom a request is answered as. At once where nothing has to be worked out first. @throws {ApiError} `Unauthorized`, `Forbidden`. */
function senderOf(request: ApiRequest, parts: HandlerParts): UserInfo | Promise<UserInfo> {
  const sender = authenticate(request, parts);
  const answeredAs = (user: UserInfo) => impersonated(user, request, parts.options.authorizer);
  return sender instanceof Promise ? sender.then(answeredAs) : answeredAs(sender);
}

function authenticate(request: ApiRequest, { auth, options }: HandlerParts): UserInfo | Promise<UserInfo> {
  return auth.authentication(request.credentials, () => knownSender(request, options));
}

/** @throws {ApiError} `Unauthorized` for credentials nobody accepts. Without credentials the user is anonymous. */
function knownSender(
  { credentials, path }: ApiRequest,
  { authenticator, allowsAnonymous, clock }: HandlerOptions,
): UserInfo | Promise<UserInfo> {
  const { certificate, refusedCertificate, bearerToken } = credentials;
  if (certificate === undefined && bearerToken === undefined) {
    if (refusedCertificate === undefined) {
      if (allowsAnonymous?.(path) === false) throw new ApiError('Unauthorized', 'Unauthorized');
      return anonymousUser;
    }
    throw new ApiError('Unauthorized', `Unauthorized: the client certificate is not accepted: ${refusedCertificate}`);
  }
  const user = authenticator.authenticate(credentials, clock.nowMs());
  return user instanceof Promise ? user.then(requireKnown) : requireKnown(user);
}

function requireKnown(user: UserInfo | undefined): UserInfo {
  if (user === undefined) throw new ApiError('Unauthorized', 'Unauthorized');
  return user;
}

function requirePath(
  { method, path }: ApiRequest,
  user: UserInfo,
  authorizer: Authorizer,
  audit: RequestAudit | undefined,
): void {
  const none = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  requireAllowed(authorizer, { user, verb: method.toLowerCase(), ...none, path }, audit);
}

function findPath({ path }: ApiRequest, handlers: readonly PathHandler[]): PathHandler | undefined {
  return handlers.find(({ prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`));
}

async function answerDocument(request: ApiRequest, route: PathRoute, parts: HandlerParts): Promise<ApiResponse> {
  const { documents, options } = parts;
  switch (route.kind) {
    case 'coreVersions':
    case 'groups':
    case 'group':
    case 'groupVersion':
      return documents.answer(request, route);
    case 'version':
      return indentedAnswer(versionDocument(options.version, options.runtime));
    case 'health':
      return healthAnswer(request, route, healthChecks(route.probe, options), options.logger);
    case 'metrics':
      return { ...textAnswer(200, formatMetrics(allMetrics(parts))), headers: metricsHeaders };
    case 'index':
      return indentedAnswer({ paths: indexPaths(documents, options) });
    case 'openapiV2':
    case 'openapiV3Index':
    case 'openapiV3': {
      // Documents are made from schemas that most processes never have to convert.
      const { openApiAnswer } = await import('./openapi/answers.ts');
      return openApiAnswer(request, route, {
        documents,
        productVersion: options.version.product,
        clock: options.clock,
      });
    }
    case 'unknown':
      return dumpOf(request, options) ?? pageNotFound();
  }
}

function dumpOf(request: ApiRequest, { flowControl, clock }: HandlerOptions): ApiResponse | undefined {
  if (flowControl === undefined || !request.path.startsWith(`${dumpPath}/`)) return undefined;
  return dumpAnswer(request, flowControl, clock.nowMs() - clock.monotonicMs());
}

function watchEvents({ counts }: SharedEncodings): MetricFamily {
  const help = 'Events sent to watchers, bookmarks included.';
  return { name: 'apiserver_watch_events_total', help, type: 'counter', samples: counts };
}

/** Of Prometheus text format. */
const metricsHeaders = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' };

function allMetrics({ metrics: requests, auth, resources, options }: HandlerParts): readonly MetricFamily[] {
  const { flowControl, auditor, metrics = [] } = options;
  return [
    ...requests.families(),
    ...auth.families(),
    watchEvents(resources.ports.encodings),
    ...(flowControl === undefined ? [] : flowMetrics(flowControl)),
    ...(auditor?.metrics() ?? []),
    ...metrics.flatMap((source) => [...source()]),
  ];
}

function healthChecks(probe: string, { liveness = [], readiness = [] }: HandlerOptions): readonly HealthCheck[] {
  const ping: HealthCheck = { name: 'ping', problem: () => undefined };
  return probe === 'readyz' ? [ping, ...liveness, ...readiness] : [ping, ...liveness];
}

function indexPaths(documents: SurfaceDocuments, { paths = [] }: HandlerOptions): readonly string[] {
  const groupPaths = documents.groups().flatMap(({ name, versions }) => {
    const root = name === '' ? '/api' : `/apis/${name}`;
    return [root, ...versions.map((version) => `${root}/${version.name}`)];
  });
  const own = ['/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];
  return [...groupPaths, ...own, ...paths.map(({ prefix }) => prefix)].sort();
}

/** For documents people look at with curl. */
function indentedAnswer(value: unknown): ApiResponse {
  const body = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** The answer to a request that failed, in the encoding it asked for. */
async function refusal(request: ApiRequest, error: unknown, parts: HandlerParts): Promise<ApiResponse> {
  const response = statusAnswer(request, error, parts);
  if (!prefersYaml(request.headers['accept'])) return response;
  const { formatYaml } = await import('./yaml.ts');
  const body = Buffer.from(formatYaml(JSON.parse(Buffer.from(response.body).toString())));
  return { ...response, headers: { ...response.headers, 'content-type': 'application/yaml' }, body };
}

/** Failures that are not the client's are logged here, once. */
function statusAnswer(request: ApiRequest, error: unknown, { options }: HandlerParts) {
  const { method, path, requestId, signal } = request;
  if (!(error instanceof ApiError) && !signal.aborted) {
    options.logger.error('Request failed', { method, path, requestId, error: errorText(error), stack: stackOf(error) });
  }
  return errorResponse(refusalFor(error, request));
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}

/** Adds the headers every answer has. */
function finished(request: ApiRequest, response: ApiResponse, { warnings, flow }: Progress): ApiResponse {
  const headers: Record<string, string> = {
    'cache-control': 'no-cache, private',
    ...response.headers,
    ...flow?.headers,
    [auditIdHeader]: auditIdOf(request),
  };
  if (warnings.size > 0) headers['warning'] = formatWarnings(warnings);
  return { ...response, headers };
}
