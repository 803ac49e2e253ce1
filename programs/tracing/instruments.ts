import type { Feed } from '../../kernel/base/feed.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { AdmissionPlugin } from '../../kernel/ports/admission.ts';
import type { Authenticator, Authorizer } from '../../kernel/ports/auth.ts';
import type { ApiRequest, ApiResponse, RequestHandler } from '../../kernel/ports/endpoint.ts';
import type { ResourceApi, WatchNotice } from '../../kernel/ports/resources.ts';
import type { Store } from '../../kernel/ports/store.ts';
import type { WebhookCaller } from '../../kernel/ports/webhook.ts';
import { formatTraceparent, type Span, type Tracer } from './tracer.ts';

/**
 * The parts of a kernel, each in a form that tells a tracer what it does. A kernel that is not traced is made of the parts
 * themselves, so tracing that is off costs nothing.
 */
export interface Instruments {
  handler(handler: RequestHandler): RequestHandler;
  authenticator(authenticator: Authenticator): Authenticator;
  authorizer(authorizer: Required<Authorizer>): Required<Authorizer>;
  plugin(plugin: AdmissionPlugin): AdmissionPlugin;
  resources(resources: ResourceApi): ResourceApi;
  store(store: Store): Store;
  webhooks(webhooks: WebhookCaller): WebhookCaller;
}

/** Instruments that tell `tracer`. */
export function instruments(tracer: Tracer): Instruments {
  return {
    handler: (handler) => ({ handle: (request) => tracedRequest(tracer, handler, request) }),
    authenticator: (authenticator) => ({
      authenticate: (...args) => tracer.within('authentication', 'internal', () => authenticator.authenticate(...args)),
    }),
    authorizer: (authorizer) => ({
      authorize: (attributes) =>
        tracer.within('authorization', 'internal', (span) => {
          const decision = authorizer.authorize(attributes);
          span?.set('k8s.authorization.decision', decision.verdict);
          return decision;
        }),
      rulesFor: (...args) => authorizer.rulesFor(...args),
    }),
    plugin: (plugin) => tracedPlugin(tracer, plugin),
    resources: (resources) =>
      withMethod(resources, 'watch', async (...args: Parameters<ResourceApi['watch']>) => {
        const [, { definition }] = args;
        return tracedFeed(tracer, await resources.watch(...args), formatResource(definition.plural, definition.group));
      }),
    store: (store) => tracedStore(tracer, store),
    webhooks: (webhooks) => ({
      post: (call) =>
        tracer.within('webhook', 'client', (span) => {
          if (span === undefined) return webhooks.post(call);
          return webhooks.post({ ...call, headers: { ...call.headers, traceparent: formatTraceparent(span) } });
        }),
    }),
  };
}

function tracedRequest(tracer: Tracer, handler: RequestHandler, request: ApiRequest): Promise<ApiResponse> {
  const { method, path, headers, requestId } = request;
  const span = tracer.beginRequest(`${method} request`, headers['traceparent']);
  if (span === undefined) return handler.handle(request);
  span.set('http.request.method', method);
  span.set('url.path', path);
  span.set('audit-id', requestId);
  return tracer.run(span, async () => {
    try {
      const response = await handler.handle(request);
      span.set('http.response.status_code', response.status);
      span.end(response.status >= 500 ? `answered ${response.status}` : undefined);
      return response;
    } catch (error) {
      span.end(error);
      throw error;
    }
  });
}

function tracedPlugin(tracer: Tracer, plugin: AdmissionPlugin): AdmissionPlugin {
  const traced = <T>(stage: string, code: () => T) =>
    tracer.within(`admission ${plugin.name}`, 'internal', (span) => {
      span?.set('k8s.admission.stage', stage);
      return code();
    });
  const methods: Partial<AdmissionPlugin> = {
    mutate: (...args) => traced('mutate', async () => plugin.mutate?.(...args)),
    validate: (...args) => traced('validate', async () => plugin.validate?.(...args)),
    commit: (...args) => plugin.commit?.(...args),
  };
  const names = ['mutate', 'validate', 'commit'] as const;
  // Only those it has: who has none is not asked.
  const own = Object.fromEntries(names.flatMap((name) => (name in plugin ? [[name, methods[name]]] : [])));
  const rounds = plugin.mutateInRounds?.bind(plugin);
  return {
    name: plugin.name,
    handles: (attributes) => plugin.handles(attributes),
    ...own,
    ...(rounds === undefined ? {} : { mutateInRounds: (...args) => traced('mutate', () => rounds(...args)) }),
  };
}

/** A span per commit, linked to the first of those that became durable with it. */
function tracedStore(tracer: Tracer, store: Store): Store {
  let group: { readonly first: Span } | undefined;
  return withMethod(store, 'append', (commit) =>
    tracer.within('commit', 'client', async (span) => {
      await store.append(commit);
      if (span === undefined) return;
      for (const { revision } of commit.rows) tracer.committed(revision, span);
      span.set('planform.rows', commit.rows.length);
      span.set('planform.revision', commit.rows.at(-1)?.revision ?? 0);
      if (group === undefined) {
        group = { first: span };
        // Commits of one group become durable in one step: what comes later belongs to another.
        setImmediate(() => (group = undefined));
      }
      if (group.first !== span) span.link(group.first);
    }),
  );
}

function tracedFeed(tracer: Tracer, feed: Feed<WatchNotice>, resource: string): Feed<WatchNotice> {
  return withMethod(feed, 'take', () => {
    const notice = feed.take();
    if (notice?.object !== undefined) tracer.delivered(notice.revision, resource);
    return notice;
  });
}

/** The same with another method; the rest is asked of the original. */
function withMethod<T extends object, Name extends keyof T>(target: T, name: Name, method: T[Name]): T {
  return new Proxy(target, {
    get(original, asked) {
      if (asked === name) return method;
      const value: unknown = Reflect.get(original, asked, original);
      return typeof value === 'function' ? (value.bind(original) as unknown) : value;
    },
  });
}
