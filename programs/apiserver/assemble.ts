import { QuotaLedger } from '../../kernel/admission/quota/ledger.ts';
import { authenticatorChain, certificateAuthenticator } from '../../kernel/auth/authenticators.ts';
import {
  fixedRules,
  type Grant,
  mastersAuthorizer,
  unionAuthorizer,
  userRules,
} from '../../kernel/auth/authorizers.ts';
import { DecisionCounts } from '../../kernel/auth/decision-counts.ts';
import { followGraph } from '../../kernel/auth/graph/follow-graph.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { GraphAuthorizer } from '../../kernel/auth/graph/graph-authorizer.ts';
import { followCache } from '../../kernel/auth/rbac/follow-cache.ts';
import { RbacAuthorizer } from '../../kernel/auth/rbac/rbac-authorizer.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { MetricSource } from '../../kernel/base/metrics.ts';
import type { Random } from '../../kernel/base/random.ts';
import { TaskGroup } from '../../kernel/base/task-group.ts';
import { serviceResolver } from '../../kernel/client/http/service-resolver.ts';
import type { ServiceResolver } from '../../kernel/client/http/webhook-caller.ts';
import { localClient } from '../../kernel/client/local/local-client.ts';
import type { ControllerDefinition } from '../../kernel/controller/controller.ts';
import type { Informer } from '../../kernel/controller/informer.ts';
import { ControllerHost, controllerUser, informerUser } from '../../kernel/controller/controller-host.ts';
import {
  GarbageCollector,
  garbageCollectorName,
  garbageCollectorRules,
} from '../../kernel/controller/garbage-collector.ts';
import { explainHandlers } from '../../kernel/controller/explain.ts';
import { apiServiceController, customApiRegistration } from '../../kernel/kinds/apiservice/controller.ts';
import { apiServiceKind } from '../../kernel/kinds/apiservice/type.ts';
import { clusterRoleAggregation } from '../../kernel/kinds/clusterrole/controller.ts';
import { customResourceDefinitionController } from '../../kernel/kinds/customresourcedefinition/controller.ts';
import type { ServedKinds } from '../../kernel/kinds/customresourcedefinition/ports.ts';
import { restoreKinds } from '../../kernel/kinds/customresourcedefinition/restore.ts';
import { customResourceDefinitionKind } from '../../kernel/kinds/customresourcedefinition/type.ts';
import { eventKind } from '../../kernel/kinds/event/type.ts';
import { flowSchemaController } from '../../kernel/kinds/flowschema/controller.ts';
import { flowSchemaKind } from '../../kernel/kinds/flowschema/type.ts';
import { EventRecorder } from '../../kernel/controller/event-recorder.ts';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import { namespaceController } from '../../kernel/kinds/namespace/controller.ts';
import { namespaceKind } from '../../kernel/kinds/namespace/type.ts';
import { priorityLevelController } from '../../kernel/kinds/prioritylevelconfiguration/controller.ts';
import { restorationController } from '../../kernel/kinds/restoration/controller.ts';
import { resourceQuotaController } from '../../kernel/kinds/resourcequota/controller.ts';
import { policyTypeCheck } from '../../kernel/kinds/validatingadmissionpolicy/controller.ts';
import { transactions } from '../../kernel/kinds/transaction/transactions.ts';
import { validatingAdmissionPolicyKind } from '../../kernel/kinds/validatingadmissionpolicy/type.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import { type KubeObject, parseApiVersion } from '../../kernel/meta/object.ts';
import type { AdmissionPlugin, PendingView } from '../../kernel/ports/admission.ts';
import type { Auditor } from '../../kernel/ports/audit.ts';
import type { Authenticator, Authorizer, ContentEdges, PolicyRule, UserInfo } from '../../kernel/ports/auth.ts';
import type { Client, KindLookup } from '../../kernel/ports/client.ts';
import type {
  ComputedResource,
  ComputedSubresource,
  PathHandler,
  RequestHandler,
  SubresourceHandler,
} from '../../kernel/ports/endpoint.ts';
import type { ResourceApi } from '../../kernel/ports/resources.ts';
import type { Store } from '../../kernel/ports/store.ts';
import type { WebhookCaller } from '../../kernel/ports/webhook.ts';
import { defaultRetention, type Retention, runCompaction } from '../../kernel/registry/compaction.ts';
import { noWebhooks } from '../../kernel/registry/convert-webhook.ts';
import { runExpiry } from '../../kernel/registry/expiry.ts';
import { openRegistry, type Registry } from '../../kernel/registry/registry.ts';
import { findVersion, type KindDefinition } from '../../kernel/schema/kind.ts';
import type { CustomResourceDefinition } from '../../kernel/schema/standard/types.ts';
import { auditedResources } from '../../kernel/server/audited-resources.ts';
import { authorizedResources } from '../../kernel/server/authorized-resources.ts';
import { computedSubresource } from '../../kernel/server/computed.ts';
import { createHandler } from '../../kernel/server/handler.ts';
import { defaultServerLimits, type ServerLimits } from '../../kernel/server/server-limits.ts';
import { kernelAdmission } from './admission.ts';
import { makeApiServices } from './api-services.ts';
import type { ConfiguredAuthentication } from './authentication.ts';
import { type DefaultRolesOptions, makeDefaultRoles } from './default-roles.ts';
import { openFlowControl } from './flow-control.ts';
import { type KernelHealth, kernelHealth } from './kernel-health.ts';
import type { Instruments } from '../tracing/instruments.ts';
import { cacheMetrics, type MeasuredStore, measuredStore } from './kernel-metrics.ts';
import { makeStartObjects, type StartObject } from './start-objects.ts';
import {
  bootstrapTokens,
  identityControllers,
  identityEndpoints,
  isServerUser,
  type KernelIdentity,
  openTokens,
  tokenRequests,
} from './identity.ts';

/** What planes get to work with. The clients work once the kernel is assembled. */
export interface PlanePorts {
  /** A client of this kernel that acts as the given user. */
  readonly clientFor: (user: UserInfo) => Client;
  /** Kinds this kernel serves. */
  readonly kinds: KindLookup;
  /** The verbs below authorization; only for reads that no client offers, such as history. */
  readonly resources: () => ResourceApi;
  /** The copy of all objects of a kind that controllers share; filled while the kernel runs. */
  readonly informer: (kind: KindDefinition) => Informer;
  /** Issues tokens of ServiceAccounts; absent where there are none. For what runs pods inside the process. */
  readonly tokenRequests?: () => ComputedSubresource;
  /** Where edges between objects lead; up to date in the step in which a change becomes visible. */
  readonly edges: ContentEdges;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Runs until its signal aborts. */
type KernelTask = (stop: AbortSignal) => Promise<void>;

/** What planes plug into a kernel. */
export interface PlaneParts {
  readonly admission?: readonly AdmissionPlugin[];
  readonly authenticators?: readonly Authenticator[];
  readonly grants?: readonly Grant[];
  readonly subresources?: readonly SubresourceHandler[];
  readonly computed?: readonly ComputedResource[];
  readonly computedSubresources?: readonly ComputedSubresource[];
  readonly controllers?: readonly ControllerDefinition<KubeObject>[];
  /** Run as long as the kernel's controllers. */
  readonly tasks?: readonly KernelTask[];
  /** Pods get a volume with the token of their account: whatever runs them here has such volumes. Default false. */
  readonly mountsTokens?: boolean;
  /** Namespaces of machinery: they get no ServiceAccount `default` and no `kube-root-ca.crt`. Default: none. */
  readonly isReserved?: (namespace: string) => boolean;
  /** Objects that are there from the start. */
  readonly objects?: readonly StartObject[];
}

/** What a kernel is assembled from. Nothing in here is real but what the caller passes in, so the simulator uses it too. */
export interface AssemblyOptions {
  readonly store: Store;
  /** Default: `defaultRetention`. */
  readonly retention?: Retention;
  /** Paths outside the resource API. Default none. */
  readonly paths?: readonly PathHandler[];
  /** Kinds of planes; the kernel's own are added. With CustomResourceDefinition among them, people may add their own. */
  readonly kinds: readonly KindDefinition[];
  readonly plug: (ports: PlanePorts) => PlaneParts;
  /** Makes what calls webhooks. Absent: none is called. */
  readonly webhooks?: (resolveService: ServiceResolver) => WebhookCaller;
  /** What tells of everything a request causes. Default: nothing. */
  readonly instruments?: Instruments;
  /** Whose numbers `/metrics` shows besides the kernel's own. Default none. */
  readonly metrics?: readonly MetricSource[];
  /** What one client may take. Default: `defaultServerLimits`. */
  readonly limits?: ServerLimits;
  /** Default: no tokens of ServiceAccounts, no certificates. */
  readonly identity?: KernelIdentity;
  /** Default: nobody else is known, and everybody else is anonymous. */
  readonly authentication?: ConfiguredAuthentication | undefined;
  /** Shown as the source of events. */
  readonly component: string;
  readonly version: string;
  readonly runtime: { readonly name: string; readonly platform: string };
  /** Default: nothing is recorded. */
  readonly auditor?: Auditor;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onFatal: (error: Error) => void;
}

/** A kernel that can answer requests; its controllers run inside `run`. */
export interface Kernel {
  readonly handler: RequestHandler;
  readonly registry: Registry;
  readonly clientFor: (user: UserInfo) => Client;
  /** Runs controllers, garbage collection, compaction and the tasks of planes until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends watches and waits for writes in flight. Does not close the store. */
  close(): Promise<void>;
}

/** Namespaces every kernel has. */
const builtInNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** The user that makes them. */
const bootstrapUser: UserInfo = { name: 'system:planform:bootstrap', groups: ['system:masters'] };

/** The user that looks up the Services of webhooks. */
const webhookUser: UserInfo = { name: 'system:planform:webhooks', groups: ['system:authenticated'] };

function tokensOf({ identity, random }: AssemblyOptions, cache: () => ObjectCache): Pick<PlanePorts, 'tokenRequests'> {
  if (identity === undefined) return {};
  return { tokenRequests: () => tokenRequests(openTokens(identity, cache()), cache(), random) };
}

/** Puts a kernel together: registry on the store, one handler in front, controllers of all planes behind. */
export async function assembleKernel(options: AssemblyOptions, signal: AbortSignal): Promise<Kernel> {
  const { clock, random, log, instruments } = options;
  const measured = measuredStore(instruments?.store(options.store) ?? options.store, clock);
  const { store } = measured;
  let registry: Registry | undefined;
  let authorized: ResourceApi | undefined;
  const opened = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The kernel is not assembled yet');
    return value;
  };
  // Whoever acts inside the process is authorized and recorded like anyone.
  const internal = lazily(() => opened(authorized));
  const recorded = options.auditor === undefined ? internal : auditedResources(internal, options.auditor);
  const clientFor = (user: UserInfo) => localClient({ resources: recorded, user, clock, random });
  const kinds = kindLookup(() => opened(registry).catalog);
  const host = new ControllerHost({ clientFor, eventKind, component: options.component, clock, random, log });
  const informer = (kind: KindDefinition) => host.informer(kind);
  const resources = () => opened(registry).resources;
  const graph = new GraphAuthorizer();
  const { identity } = options;
  const issued = tokensOf(options, () => opened(registry).core.cache);
  const parts = options.plug({ clientFor, kinds, resources, informer, edges: graph, ...issued, clock, random, log });
  addControllers(host, options, parts, { kinds, recorded, catalog: () => opened(registry).catalog });
  const takesCustomKinds = options.kinds.includes(customResourceDefinitionKind);
  const quotas = quotaLedger(options, host, () => opened(registry).catalog);
  const rbac = new RbacAuthorizer();
  const deciders = new DecisionCounts();
  const byObjects = [deciders.counted('Graph', 'graph', graph), deciders.counted('RBAC', 'rbac', rbac)];
  const decider = authorizerOf(host, parts, byObjects);
  const authorizer = instruments?.authorizer(decider) ?? decider;
  const { onFatal } = options;
  const view: PendingView = {
    get: (...args) => opened(registry).core.commits.view.get(...args),
    list: (...args) => opened(registry).core.commits.view.list(...args),
  };
  const { admission: planes = [], mountsTokens = false } = parts;
  const webhooks = options.webhooks?.(serviceResolver(clientFor(webhookUser), kinds)) ?? noWebhooks;
  const pods = { mountsTokens, identity };
  const sources = { served: options.kinds, planes, ...pods, authorizer, rbac, kinds, view, webhooks, random, clock };
  const decisions = kernelAdmission(sources);
  const admission = [...decisions.plugins, quotas].map((plugin) => instruments?.plugin(plugin) ?? plugin);
  const allKinds = [...kernelKinds, ...options.kinds];
  registry = await openRegistry({ store, kinds: allKinds, admission, webhooks, clock, random, log, onFatal }, signal);
  if (takesCustomKinds) serveStoredKinds(registry, log);
  startQuotas(quotas, registry);
  authorized = authorizedResources(registry.resources, authorizer);
  followCache(rbac, registry.core.cache);
  followGraph(graph, registry.core.cache, allKinds);
  const bootstrap = clientFor(bootstrapUser);
  const { cache } = registry.core;
  await makeFirstObjects(bootstrap, { cache, kinds: allKinds, objects: parts.objects ?? [] }, signal);
  // Only now: no policy and no webhook that is gone can keep the server from starting, which is needed to remove it.
  decisions.follow(cache);

  const health = kernelHealth(host, measured);
  const counted = () => [...deciders.families(), ...decisions.metrics()];
  const plain = handlerOf({ options, parts, registry, authorizer, host, kinds, authorized, measured, health, counted });
  const handler = instruments?.handler(plain) ?? plain;
  const { collector, events } = openCollector(options, clientFor, kinds);
  const { core } = registry;
  const tasks: readonly KernelTask[] = [
    (stop) => health.follow(stop),
    (stop) => host.run(stop),
    (stop) => collector.run(stop),
    (stop) => events.run(stop),
    (stop) => runCompaction(core, options.retention ?? defaultRetention, stop),
    (stop) => runExpiry(core, stop),
    ...(options.authentication === undefined ? [] : [options.authentication.run]),
    ...(parts.tasks ?? []),
  ];
  const close = () => opened(registry).close();
  return { handler, registry, clientFor, run: (stop) => runTasks(tasks, stop), close };
}

/** The controllers of the kernel itself, those its kinds need, and those of planes. */
function addControllers(
  host: ControllerHost,
  { identity, kinds: served }: AssemblyOptions,
  { isReserved = () => false, controllers = [] }: PlaneParts,
  ports: { readonly kinds: KindLookup; readonly recorded: ResourceApi; readonly catalog: () => Registry['catalog'] },
): void {
  const { kinds, recorded, catalog } = ports;
  host.add(namespaceController(kinds));
  host.add(clusterRoleAggregation);
  host.add(restorationController({ kinds, resources: () => recorded }));
  for (const controller of identityControllers(identity, isReserved)) host.add(controller);
  if (served.includes(customResourceDefinitionKind)) host.add(customResourceDefinitionController(servedKinds(catalog)));
  if (served.includes(validatingAdmissionPolicyKind)) host.add(policyTypeCheck(kinds));
  if (served.includes(apiServiceKind)) {
    host.add(apiServiceController);
    host.add(customApiRegistration);
  }
  if (served.includes(flowSchemaKind)) {
    host.add(flowSchemaController());
    host.add(priorityLevelController());
  }
  for (const controller of controllers) host.add(controller);
}

/** The garbage collector and what records its events. */
function openCollector(
  { clock, random, log }: AssemblyOptions,
  clientFor: (user: UserInfo) => Client,
  kinds: KindLookup,
): { readonly collector: GarbageCollector; readonly events: EventRecorder } {
  const client = clientFor(controllerUser(garbageCollectorName));
  const component = `${garbageCollectorName}-controller`;
  const events = new EventRecorder({ client, kind: eventKind, component, clock, random, log });
  return { collector: new GarbageCollector({ client, kinds, clock, random, log, events }), events };
}

/** Counts for the quotas of a kernel, and keeps their status. */
function quotaLedger(
  { clock }: AssemblyOptions,
  host: ControllerHost,
  catalog: () => Registry['catalog'],
): QuotaLedger {
  const ledger = new QuotaLedger({ kinds: () => catalog().list(), clock });
  host.add(resourceQuotaController(ledger, clock));
  return ledger;
}

/** To be called once all stored kinds are served: the ledger counts what is there. */
function startQuotas(ledger: QuotaLedger, { core: { commits } }: Registry): void {
  ledger.start(commits.view);
  commits.follow(ledger);
}

async function runTasks(tasks: readonly KernelTask[], stop: AbortSignal): Promise<void> {
  const group = new TaskGroup(stop);
  for (const task of tasks) group.start(task);
  await group.join();
}

/** What the request handler of a kernel is made from. */
interface HandlerSources {
  readonly options: AssemblyOptions;
  readonly parts: PlaneParts;
  readonly registry: Registry;
  readonly authorizer: Required<Authorizer>;
  readonly host: ControllerHost;
  readonly kinds: KindLookup;
  readonly authorized: ResourceApi;
  readonly measured: MeasuredStore;
  readonly health: KernelHealth;
  /** How authorizers, policies and webhooks decided. */
  readonly counted: MetricSource;
}

function handlerOf(sources: HandlerSources): RequestHandler {
  const { options, parts, registry, authorizer, host, kinds, authorized, measured, health, counted } = sources;
  const { identity, authentication, clock, random, log, version, runtime } = options;
  const { limits = defaultServerLimits } = options;
  const { resources, catalog, core } = registry;
  const tokens = identity === undefined ? undefined : openTokens(identity, core.cache);
  const authenticator = authenticatorChain([
    ...(parts.authenticators ?? []),
    certificateAuthenticator({ isReserved: isServerUser }),
    ...(tokens === undefined ? [] : [tokens]),
    bootstrapTokens(core.cache),
    ...(authentication === undefined ? [] : [authentication.authenticator]),
  ]);
  const { cache } = core;
  const endpoints = identityEndpoints({ identity, tokens, authenticator, authorizer, cache, clock, random });
  // No controller here looks at objects of custom kinds.
  const explained = catalog.list().filter(({ custom }) => custom === undefined);
  const explain = explainHandlers(explained, host.outcomes);
  const computed = (parts.computedSubresources ?? []).map((one) => computedSubresource(one, clock));
  const { instruments } = options;
  return createHandler({
    ...endpoints,
    ...(options.auditor === undefined ? {} : { auditor: options.auditor }),
    resources: instruments?.resources(resources) ?? resources,
    catalog,
    authenticator: instruments?.authenticator(authenticator) ?? authenticator,
    ...(authentication === undefined ? {} : { allowsAnonymous: authentication.allowsAnonymous }),
    authorizer,
    computed: [...endpoints.computed, transactions({ kinds, resources: authorized }), ...(parts.computed ?? [])],
    subresources: [...(parts.subresources ?? []), ...computed, ...endpoints.subresources, ...explain],
    paths: [...endpoints.paths, ...(options.paths ?? [])],
    clock,
    random,
    logger: log,
    limits,
    flowControl: openFlowControl({ cache, catalog, clock, seats: limits.requestsInFlightMax }),
    liveness: health.liveness,
    readiness: health.readiness,
    metrics: [
      cacheMetrics(cache, catalog),
      measured.metrics,
      () => host.metrics(),
      () => core.admission.metrics(),
      counted,
      ...(authentication === undefined ? [] : [authentication.metrics]),
      ...(options.metrics ?? []),
    ],
    version: { product: version, gitCommit: '', buildDate: '' },
    runtime,
  });
}

/** Grants of all parts, then what follows from objects; whoever is not allowed by one of them is refused. */
function authorizerOf(
  host: ControllerHost,
  { grants = [] }: PlaneParts,
  byObjects: readonly Authorizer[],
): Required<Authorizer> {
  return unionAuthorizer([
    mastersAuthorizer,
    userRules(host.rules),
    userRules(kernelUserRules),
    fixedRules(grants),
    ...byObjects,
  ]);
}

/** Rights of the kernel's own users besides controllers. */
const kernelUserRules: ReadonlyMap<string, readonly PolicyRule[]> = new Map([
  [informerUser.name, [{ verbs: ['get', 'list', 'watch'], groups: ['*'], resources: ['*'] }]],
  [webhookUser.name, [{ verbs: ['get'], groups: [''], resources: ['services'] }]],
  [controllerUser(garbageCollectorName).name, garbageCollectorRules],
]);

/** Serves what was established before the last stop, so that nobody finds a ready server without it. */
function serveStoredKinds({ catalog, core }: Registry, log: Logger): void {
  const { plural, group } = customResourceDefinitionKind;
  const definitions: CustomResourceDefinition[] = [];
  core.cache.resource(formatResource(plural, group)).visit('', (stored) => {
    definitions.push(stored.parsed() as CustomResourceDefinition);
    return true;
  });
  for (const name of restoreKinds(definitions, catalog)) {
    log.warn('not serving a custom kind: its names are taken', { definition: name });
  }
}

function servedKinds(catalog: () => Registry['catalog']): ServedKinds {
  return {
    list: () => catalog().list(),
    find: (group, plural) => catalog().find(group, plural),
    add: (kind) => catalog().add(kind),
    remove: (group, plural) => catalog().remove(group, plural),
  };
}

/** What is there before anybody is answered. */
async function makeFirstObjects(
  client: Client,
  { objects, ...options }: DefaultRolesOptions & { readonly objects: readonly StartObject[] },
  signal: AbortSignal,
): Promise<void> {
  const { cache, kinds } = options;
  const namespaces = builtInNamespaces.map((name) => ({ kind: namespaceKind, object: { metadata: { name } } }));
  await Promise.all([
    makeDefaultRoles(client, options, signal),
    makeStartObjects(client, cache, [...namespaces, ...objects], signal),
    kinds.includes(apiServiceKind) ? makeApiServices(client, options, signal) : undefined,
  ]);
}

function kindLookup(catalog: () => Registry['catalog']): KindLookup {
  return {
    findKind(apiVersion, kind) {
      const { group, version } = parseApiVersion(apiVersion);
      const definition = catalog().findKind(group, kind);
      return definition === undefined || findVersion(definition, version) === undefined ? undefined : definition;
    },
    listKinds: () => catalog().list(),
    onChange: (listener) => catalog().onChange(listener),
  };
}

/** An object whose methods are looked up at each call: for references that exist before what they refer to. */
function lazily(target: () => ResourceApi): ResourceApi {
  return {
    get: (...args) => target().get(...args),
    list: (...args) => target().list(...args),
    watch: (...args) => target().watch(...args),
    create: (...args) => target().create(...args),
    update: (...args) => target().update(...args),
    patch: (...args) => target().patch(...args),
    apply: (...args) => target().apply(...args),
    delete: (...args) => target().delete(...args),
    deleteCollection: (...args) => target().deleteCollection(...args),
    transact: (...args) => target().transact(...args),
    history: (...args) => target().history(...args),
  };
}
