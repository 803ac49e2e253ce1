import { ApiError, isApiError } from '../meta/errors.ts';
import type { RequestAudit } from '../ports/audit.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../ports/auth.ts';
import type { WriteOptions } from '../ports/endpoint.ts';
import { RefusedItem, refusedItem } from '../ports/refused-item.ts';
import type { ResourceApi, ResourceContext, ResourceTarget, TransactionItem, WriteResult } from '../ports/resources.ts';

/** Authorization verbs on resources. */
export type ResourceVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** What a request on a resource is authorized as. */
export function resourceAttributes(
  user: UserInfo,
  verb: string,
  target: ResourceTarget,
  subresource: string = target.subresource,
): AuthorizationAttributes {
  const { group, plural } = target.definition;
  // A request for a Namespace counts as one inside it, so that namespaced roles can grant it (kube-apiserver).
  const isNamespace = group === '' && plural === 'namespaces';
  const namespace = isNamespace ? target.name : target.namespace;
  return { user, verb, group, resource: plural, subresource, namespace, name: target.name };
}

/**
 * The same verbs, each authorized for the user of its context before it runs. The in-process client uses it directly;
 * the request handler authorizes earlier still, before it reads a body.
 * @throws {ApiError} `Forbidden`, from every method.
 */
export function authorizedResources(resources: ResourceApi, authorizer: Authorizer): ResourceApi {
  const check = (context: ResourceContext, verb: ResourceVerb, target: ResourceTarget, subresource?: string) =>
    requireAllowed(authorizer, resourceAttributes(context.user, verb, target, subresource), context.audit);
  return {
    async get(context, target, options) {
      check(context, 'get', target);
      return resources.get(context, target, options);
    },
    async list(context, target, query) {
      check(context, 'list', target);
      return resources.list(context, target, query);
    },
    async watch(context, target, query) {
      check(context, 'watch', target);
      return resources.watch(context, target, query);
    },
    async create(context, target, body, options) {
      check(context, 'create', target);
      return resources.create(context, target, body, options);
    },
    async update(context, target, body, options) {
      check(context, 'update', target);
      const write = (checked: WriteOptions) => resources.update(context, target, body, checked);
      if (target.definition.createsOnUpdate !== true) return write(options);
      return checkedWrite(authorizer, { context, target, options }, write);
    },
    async patch(context, target, patch, options) {
      check(context, 'patch', target);
      return resources.patch(context, target, patch, options);
    },
    async apply(context, target, body, options) {
      check(context, 'patch', target);
      return checkedWrite(authorizer, { context, target, options }, (checked) =>
        resources.apply(context, target, body, checked),
      );
    },
    async delete(context, target, options) {
      check(context, 'delete', target);
      return resources.delete(context, target, options);
    },
    async deleteCollection(context, target, query, options) {
      check(context, 'deletecollection', target);
      return resources.deleteCollection(context, target, query, options);
    },
    async transact(context, items, options) {
      const allowed = items.map((item, index) => allowedItem(authorizer, context, item, index));
      try {
        return await resources.transact(context, allowed, options);
      } catch (error) {
        if (error instanceof RefusedItem && error.reason === 'NotFound') {
          requireCreation(authorizer, context, allowed[error.index] as TransactionItem, error);
        }
        throw error;
      }
    },
    async history(context, target, limit, before) {
      check(context, 'get', target, 'history');
      return resources.history(context, target, limit, before);
    },
  };
}

/** A write that creates an object when there is none. */
export interface CreatingWrite {
  readonly context: ResourceContext;
  readonly target: ResourceTarget;
  readonly options: WriteOptions;
}

/**
 * Runs an apply or an update so that it creates nothing the user may not create; the right to change the object was
 * checked before. @throws {ApiError} `Forbidden` where it would have had to create.
 */
export async function checkedWrite(
  authorizer: Authorizer,
  { context, target, options }: CreatingWrite,
  write: (options: WriteOptions) => Promise<WriteResult>,
): Promise<WriteResult> {
  const creation = resourceAttributes(context.user, 'create', target);
  const isPart = target.subresource !== '';
  if (isPart || authorizer.authorize(creation).verdict === 'allow') return write(options);
  try {
    return await write({ ...options, noCreate: true });
  } catch (error) {
    if (isApiError(error, 'NotFound')) requireAllowed(authorizer, creation);
    throw error;
  }
}

/** What an item may do is what the same write may do alone. @throws {ApiError} `Forbidden`, naming the item. */
function allowedItem(
  authorizer: Authorizer,
  { user }: ResourceContext,
  item: TransactionItem,
  index: number,
): TransactionItem {
  const { verb, target } = item;
  const require = (authorizationVerb: string, subresource?: string) =>
    requireAllowed(authorizer, resourceAttributes(user, authorizationVerb, target, subresource));
  try {
    if (verb === 'restore') require('get', 'history');
    require(verbsOfItems[verb]);
  } catch (error) {
    throw refusedItem(error, item, index);
  }
  if (item.verb === 'create' || item.verb === 'delete' || item.verb === 'patch') return item;
  if (target.subresource !== '' || (verb === 'update' && target.definition.createsOnUpdate !== true)) return item;
  const { verdict } = authorizer.authorize(resourceAttributes(user, 'create', target));
  return verdict === 'allow' ? item : { ...item, options: { ...item.options, noCreate: true } };
}

const verbsOfItems: Readonly<Record<TransactionItem['verb'], ResourceVerb>> = {
  create: 'create',
  update: 'update',
  apply: 'patch',
  patch: 'patch',
  delete: 'delete',
  restore: 'update',
};

/** An item that was not to create anything found nothing to change. @throws {ApiError} `Forbidden` in that case. */
function requireCreation(
  authorizer: Authorizer,
  { user }: ResourceContext,
  item: TransactionItem,
  { index }: { readonly index: number },
): void {
  if (item.verb === 'delete' || item.options.noCreate !== true) return;
  try {
    requireAllowed(authorizer, resourceAttributes(user, 'create', item.target));
  } catch (error) {
    throw refusedItem(error, item, index);
  }
}

/**
 * @param audit is told what was decided.
 * @throws {ApiError} `Forbidden` unless the authorizer allows it; texts as kube-apiserver writes them.
 */
export function requireAllowed(
  authorizer: Authorizer,
  attributes: AuthorizationAttributes,
  audit?: Pick<RequestAudit, 'decided'>,
): void {
  const { verdict, reason } = authorizer.authorize(attributes);
  audit?.decided(verdict === 'allow', reason);
  if (verdict === 'allow') return;
  throw new ApiError('Forbidden', forbiddenText(attributes, reason), forbiddenDetails(attributes));
}

function forbiddenText(attributes: AuthorizationAttributes, reason: string): string {
  const { user, verb, group, resource, subresource, namespace, name, path } = attributes;
  const because = reason === '' ? '' : `: ${reason}`;
  if (path !== undefined) return `forbidden: User "${user.name}" cannot ${verb} path "${path}"${because}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const subject = name === '' ? qualified : `${qualified} "${name}"`;
  const asked = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${asked}" in API group "${group}" ${where}${because}`;
}

function forbiddenDetails({ path, group, resource, name }: AuthorizationAttributes): ApiError['details'] {
  if (path !== undefined) return {};
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource };
}
