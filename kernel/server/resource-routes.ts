import { ApiError, NotFoundError } from '../meta/errors.ts';
import { formatResource, type ObjectKey } from '../meta/key.ts';
import type { JsonObject } from '../meta/object.ts';
import type { ApiRequest, ApiResponse, ComputedResource, SubresourceHandler } from '../ports/endpoint.ts';
import type { UserInfo } from '../ports/auth.ts';
import type { KindCatalog, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import { findVersion, hasStatus, type KindDefinition, scaleMapping } from '../schema/kind.ts';
import { requireAllowed, resourceAttributes, type ResourceVerb } from './authorized-resources.ts';
import type { ResourceCall, VerbPorts } from './call.ts';
import { answerComputed } from './computed.ts';
import { isOwnGroup } from './discovery.ts';
import { pageNotFound } from './health.ts';
import type { ResourceRoute } from './path.ts';
import { nameInFieldSelector, readFlag, readWriteOptions } from './query-options.ts';
import { getObject, listObjects, objectHistory, watchObjects } from './read-verbs.ts';
import { refuseMethod, refuseUnknown } from './status.ts';
import { createObject, deleteObject, deleteObjects, patchObject, refuseVerb, updateObject } from './write-verbs.ts';

/** What answering a path below a group and version needs. */
export interface ResourcePorts {
  readonly ports: VerbPorts;
  readonly catalog: KindCatalog;
  readonly computed: readonly ComputedResource[];
  readonly subresources: readonly SubresourceHandler[];
}

/** A request on a resource whose user is known. */
export interface RoutedRequest {
  readonly request: ApiRequest;
  readonly route: ResourceRoute;
  readonly context: ResourceContext;
  /** Who sends it now. @throws {ApiError} `Unauthorized` when the credentials no longer count. */
  readonly authenticate: () => UserInfo | Promise<UserInfo>;
}

type Verb = (call: ResourceCall, ports: VerbPorts) => Promise<ApiResponse>;

const verbs: Readonly<Record<ResourceVerb, Verb>> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createObject,
  update: updateObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteObjects,
};

/** Finds what a path names, authorizes, and runs the verb. @throws {ApiError} for every refusal. */
export function handleResource(routed: RoutedRequest, options: ResourcePorts): ApiResponse | Promise<ApiResponse> {
  const { route } = routed;
  const definition = options.catalog.find(route.group, route.plural);
  if (definition === undefined) return handleComputed(routed, options);
  const version = findVersion(definition, route.version);
  if (version?.served !== true || !isScopeRight(definition, route)) return notServed(routed, options);
  if (version.deprecationWarning !== undefined) routed.context.warn(version.deprecationWarning);
  const resource = formatResource(route.plural, route.group);
  const handler =
    route.subresource === ''
      ? undefined
      : options.subresources.find((one) => one.resource === resource && one.subresource === route.subresource);
  if (handler !== undefined) return handleSubresource(routed, definition, handler, options);
  return handleStored(routed, definition, options);
}

/** Objects of namespaced kinds have a namespace in their path, those of cluster-scoped kinds have none. */
function isScopeRight(definition: KindDefinition, route: ResourceRoute): boolean {
  if (definition.scope === 'Cluster') return route.namespace === '';
  return route.namespace !== '' || route.name === '';
}

function handleStored(
  routed: RoutedRequest,
  definition: KindDefinition,
  { ports, catalog }: ResourcePorts,
): ApiResponse | Promise<ApiResponse> {
  const { request, route, context } = routed;
  const target = targetOf(route, definition);
  if (target === undefined && definition.custom !== undefined) throw new NotFoundError(keyOf(route));
  if (target === undefined || route.rest.length > 0) return nothingAt(route, catalog);
  if (route.subresource === 'history') {
    if (request.method !== 'GET') refuseMethod();
    requireAllowed(ports.authorizer, resourceAttributes(context.user, 'get', target, 'history'), context.audit);
    return objectHistory({ request, context, target }, ports);
  }
  const verb = verbOf(request, route, definition);
  if (verb === undefined) return refuse(request, route, definition);
  const attributes = attributesOf(routed, verb, target);
  requireAllowed(ports.authorizer, attributes, context.audit);
  const requireUser = (user: UserInfo) => requireAllowed(ports.authorizer, { ...attributes, user });
  const requireStill = () => {
    const sender = routed.authenticate();
    if (sender instanceof Promise) return sender.then(requireUser);
    requireUser(sender);
    return undefined;
  };
  return verbs[verb]({ request, context, target, requireStill }, ports);
}

function keyOf({ plural, group, namespace, name }: ResourceRoute): ObjectKey {
  return { resource: formatResource(plural, group), namespace, name };
}

function targetOf(route: ResourceRoute, definition: KindDefinition): ResourceTarget | undefined {
  const { version, namespace, name, subresource } = route;
  switch (subresource) {
    case '':
    case 'history':
      return { definition, version, namespace, name, subresource: '' };
    case 'status':
      return hasStatus(definition, version) ? { definition, version, namespace, name, subresource } : undefined;
    case 'scale':
      if (scaleMapping(definition, version) === undefined) return undefined;
      return { definition, version, namespace, name, subresource };
    case 'approval':
      if (definition.approvalSubresource !== true) return undefined;
      return { definition, version, namespace, name, subresource };
    default: {
      const own = definition.objectSubresources?.find((candidate) => candidate === subresource);
      return own === undefined ? undefined : { definition, version, namespace, name, subresource: own };
    }
  }
}

/**
 * The authorization verb of a request; `undefined` when the path does not take its method. Upstream takes HEAD for GET, and
 * a POST to an object for one to its collection, where resources are custom (apiextensions-apiserver `crdHandler`).
 */
function verbOf(request: ApiRequest, route: ResourceRoute, definition: KindDefinition): ResourceVerb | undefined {
  const isCustom = definition.custom !== undefined;
  const method = isCustom && request.method === 'HEAD' ? 'GET' : request.method;
  if (route.isWatch === true) return method === 'GET' && route.subresource === '' ? 'watch' : undefined;
  if (route.name === '') {
    const isWholeCluster = isAcrossNamespaces(route, definition);
    if (method === 'GET') return readFlag(request.query, 'watch') ? 'watch' : 'list';
    if (isWholeCluster) return undefined;
    if (method === 'POST') return 'create';
    return method === 'DELETE' && definition.deletesCollections !== false ? 'deletecollection' : undefined;
  }
  if (method === 'GET') return 'get';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (route.subresource !== '') return undefined;
  if (method === 'DELETE') return 'delete';
  return isCustom && method === 'POST' ? 'create' : undefined;
}

function isAcrossNamespaces({ namespace }: ResourceRoute, { scope }: KindDefinition): boolean {
  return scope === 'Namespaced' && namespace === '';
}

/** Refuses a method as upstream does. @throws {ApiError} unless it knows no such path. */
function refuse({ method }: ApiRequest, route: ResourceRoute, definition: KindDefinition): ApiResponse {
  if (definition.custom === undefined) refuseMethod();
  if (isAcrossNamespaces(route, definition)) return pageNotFound();
  if (route.name === '' && (method === 'PUT' || method === 'PATCH')) {
    throw new ApiError('BadRequest', 'name must be provided');
  }
  return refuseVerb(definition, method);
}

/** Lists and watches of one object by name are authorized with that name (kube-apiserver RequestInfo). */
function attributesOf({ request, context }: RoutedRequest, verb: ResourceVerb, target: ResourceTarget) {
  const attributes = resourceAttributes(context.user, verb, target);
  const isOfMany = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  if (!isOfMany || target.name !== '') return attributes;
  return { ...attributes, name: nameInFieldSelector(request.query) };
}

async function handleSubresource(
  { request, route, context }: RoutedRequest,
  definition: KindDefinition,
  handler: SubresourceHandler,
  { ports }: ResourcePorts,
): Promise<ApiResponse> {
  const verb = Object.hasOwn(handler.verbs, request.method) ? handler.verbs[request.method] : undefined;
  if (verb === undefined) return refuseMethod();
  const { namespace, name, version, subresource, rest } = route;
  const target: ResourceTarget = { definition, version, namespace, name, subresource: '' };
  requireAllowed(ports.authorizer, resourceAttributes(context.user, verb, target, subresource), context.audit);
  const { method, query, headers, credentials, readBody, requestId } = request;
  return handler.handle({
    method,
    definition,
    namespace,
    name,
    rest,
    query,
    headers,
    user: context.user,
    credentials,
    readBody,
    requestId,
    get signal() {
      return request.signal;
    },
  });
}

/** `POST` of a resource that is answered but never stored. */
async function handleComputed(routed: RoutedRequest, options: ResourcePorts): Promise<ApiResponse> {
  const { request, route, context } = routed;
  const resource = options.computed.find(
    ({ definition }) => definition.group === route.group && definition.plural === route.plural,
  );
  const isServed = resource !== undefined && findVersion(resource.definition, route.version)?.served === true;
  if (!isServed || (resource.definition.scope === 'Cluster') !== (route.namespace === '')) {
    return notServed(routed, options);
  }
  if (request.method !== 'POST' || route.name !== '') return refuseMethod();
  const { version, namespace } = route;
  const target: ResourceTarget = { definition: resource.definition, version, namespace, name: '', subresource: '' };
  requireAllowed(options.ports.authorizer, resourceAttributes(context.user, 'create', target), context.audit);
  const { user, receivedAtMs, signal } = context;
  const call = { context, options: readWriteOptions(request.query, 'CreateOptions') };
  const answer = (body: JsonObject, duplicateFields: readonly string[]) => {
    context.audit?.sent(body);
    return resource.create({ body, namespace, user, receivedAtMs, signal }, { ...call, duplicateFields });
  };
  return answerComputed({ request, target }, options.ports.clock, answer);
}

/** A path nothing serves: 404 for those who may know, 403 for others. */
function notServed({ request, context, route }: RoutedRequest, { ports, catalog }: ResourcePorts): ApiResponse {
  const { group, plural: resource, subresource, namespace, name } = route;
  const verb = request.method.toLowerCase();
  const attributes = { user: context.user, verb, group, resource, subresource, namespace, name };
  requireAllowed(ports.authorizer, attributes, context.audit);
  return nothingAt(route, catalog);
}

/** Kubernetes: its own groups answer with a Status, those of custom kinds with a page not found. */
function nothingAt({ group }: ResourceRoute, catalog: KindCatalog): ApiResponse {
  return isOwnGroup(catalog.list(), group) ? refuseUnknown() : pageNotFound();
}
