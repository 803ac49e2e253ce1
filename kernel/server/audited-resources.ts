import { formatApiVersion } from '../meta/object.ts';
import type { Auditor, AuditOutcome } from '../ports/audit.ts';
import type { ResourceApi, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { refusalFor, statusOfError } from './status.ts';

/** As much of a target as a record says. */
type CalledTarget = Pick<ResourceTarget, 'version' | 'namespace' | 'name' | 'subresource'> & {
  readonly definition: Pick<KindDefinition, 'group' | 'plural'>;
};

/** What a transaction is a POST of. */
const transactionTarget: CalledTarget = {
  definition: { group: 'kernel.planform.dev', plural: 'transactions' },
  version: 'v1alpha1',
  namespace: '',
  name: '',
  subresource: '',
};

/** What somebody inside the process asks for. */
interface InternalCall {
  readonly context: ResourceContext;
  readonly target: CalledTarget;
  readonly verb: string;
  readonly subresource?: string;
  readonly body?: unknown;
}

/**
 * The same verbs, each recorded for the user of its context: for clients inside the process, who do not come by the request
 * handler. A watch is recorded when it begins.
 */
export function auditedResources(resources: ResourceApi, auditor: Auditor): ResourceApi {
  const record = <T>(
    call: InternalCall,
    outcome: (result: T) => AuditOutcome,
    work: (context: ResourceContext) => Promise<T>,
  ) => recorded(auditor, call, outcome, work);
  const found = () => ({ code: 200 });
  const written = ({ created }: { readonly created: boolean }) => ({ code: created ? 201 : 200 });
  return {
    get: (context, target, options) =>
      record({ context, target, verb: 'get' }, found, (own) => resources.get(own, target, options)),
    list: (context, target, query) =>
      record({ context, target, verb: 'list' }, found, (own) => resources.list(own, target, query)),
    watch: (context, target, query) =>
      record(
        { context, target, verb: 'watch' },
        () => ({ code: 200, isLongRunning: true }),
        (own) => resources.watch(own, target, query),
      ),
    create: (context, target, body, options) =>
      record({ context, target, verb: 'create', body: body.value }, written, (own) =>
        resources.create(own, target, body, options),
      ),
    update: (context, target, body, options) =>
      record({ context, target, verb: 'update', body: body.value }, written, (own) =>
        resources.update(own, target, body, options),
      ),
    patch: (context, target, patch, options) =>
      record({ context, target, verb: 'patch', body: patch.body }, written, (own) =>
        resources.patch(own, target, patch, options),
      ),
    apply: (context, target, body, options) =>
      record({ context, target, verb: 'patch', body: body.value }, written, (own) =>
        resources.apply(own, target, body, options),
      ),
    delete: (context, target, options) =>
      record({ context, target, verb: 'delete', body: options }, found, (own) =>
        resources.delete(own, target, options),
      ),
    deleteCollection: (context, target, query, options) =>
      record({ context, target, verb: 'deletecollection', body: options }, found, (own) =>
        resources.deleteCollection(own, target, query, options),
      ),
    transact(context, items, options) {
      const body = {
        items: items.map(({ verb, target }) => ({ operation: verb, uri: uriOf(target, target.subresource) })),
      };
      const call = { context, target: transactionTarget, verb: 'create', body };
      return record(
        call,
        () => ({ code: 201 }),
        (own) => resources.transact(own, items, options),
      );
    },
    history: (context, target, limit, before) =>
      record({ context, target, verb: 'get', subresource: 'history' }, found, (own) =>
        resources.history(own, target, limit, before),
      ),
  };
}

async function recorded<T>(
  auditor: Auditor,
  call: InternalCall,
  outcome: (result: T) => AuditOutcome,
  work: (context: ResourceContext) => Promise<T>,
): Promise<T> {
  const { context, body } = call;
  const audit = context.audit === undefined ? beginCall(auditor, call) : undefined;
  if (audit === undefined) return work(context);
  await auditor.room(context);
  audit.sent(body);
  let result: T;
  try {
    result = await work({ ...context, audit });
  } catch (error) {
    // As over HTTP: what fails without being refused is a 500, and what nobody waits for any longer a 504.
    const status = statusOfError(refusalFor(error, context));
    await audit.answered({ code: status.code ?? 500, status });
    throw error;
  }
  await audit.answered(outcome(result));
  return result;
}

function beginCall(auditor: Auditor, { context, target, verb, subresource = target.subresource }: InternalCall) {
  const { user, requestId, receivedAtMs, userAgent } = context;
  const { definition, version, namespace, name } = target;
  const { group, plural: resource } = definition;
  return auditor.begin({
    auditId: requestId,
    uri: uriOf(target, subresource),
    userAgent,
    sourceIps: [],
    receivedAtMs,
    user,
    target: { verb, isResource: true, group, version, resource, subresource, namespace, name },
  });
}

/** The path of the same request over HTTP. */
function uriOf({ definition, version, namespace, name }: CalledTarget, subresource: string): string {
  const { group, plural } = definition;
  const root = group === '' ? `/api/${version}` : `/apis/${formatApiVersion(group, version)}`;
  const within = namespace === '' ? '' : `/namespaces/${namespace}`;
  const of = [plural, name, subresource].filter((part) => part !== '').join('/');
  return `${root}${within}/${of}`;
}
