import { objectPath } from '../../kernel/client/http/http-client.ts';
import type { ControllerExplanation } from '../../kernel/controller/explain.ts';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { ObjectName } from '../../kernel/ports/client.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import {
  type Explanation,
  explainApplication,
  formatExplanation,
} from '../../planes/application/application/explain.ts';
import { isOwn } from '../../planes/application/application/plan.ts';
import { applicationKind } from '../../planes/application/application/type.ts';
import { controlKinds } from '../../planes/control/index.ts';
import { explainPod } from '../../planes/control/pod/explain.ts';
import { podKind } from '../../planes/control/pod/type.ts';
import { chooseSites, hubKinds, siteKinds } from '../../planes/management/index.ts';
import { placementKind } from '../../planes/management/placement/type.ts';
import { siteKind, siteOfNamespace } from '../../planes/management/site/type.ts';
import { workKind } from '../../planes/management/work/type.ts';
import { type Connection, connectHub } from './connect.ts';
import { CommandError, exitCodes, UsageError } from './exit.ts';
import type { PlaceChoice } from './options.ts';
import { type OutputFormat, print } from './output.ts';

/** What `planform explain` was asked. */
export interface ExplainOptions extends PlaceChoice {
  readonly output: OutputFormat;
}

type Explainer = (server: Connection, namespace: string, name: string) => Promise<Explanation>;

/** Kinds that hubs and sites serve. */
const allKinds: readonly KindDefinition[] = [
  ...kernelKinds,
  ...hubKinds,
  ...siteKinds,
  ...controlKinds,
  applicationKind,
];

/** Kinds with explainers of their own, by the names people use. */
const explainers: Readonly<Record<string, Explainer>> = {
  application: explainApplicationAt,
  applications: explainApplicationAt,
  app: explainApplicationAt,
  pod: explainPodAt,
  pods: explainPodAt,
  po: explainPodAt,
};

/** Explains one object. @returns the exit code: `unhealthy` unless all is well. */
export async function printExplanation(object: string, options: ExplainOptions): Promise<number> {
  const [kind = '', name = '', ...rest] = object.split('/');
  const explainer = explainers[kind.toLowerCase()] ?? controllersExplainer(kind);
  if (explainer === undefined || name === '' || rest.length > 0) {
    const known = [...new Set(allKinds.map(({ singular }) => singular))].toSorted().join(', ');
    throw new UsageError(`Cannot explain "${object}": it must be <kind>/<name>`, `known kinds are ${known}`);
  }
  await using server = await connectHub(options);
  const explanation = await explainer(server, server.namespace, name);
  if (options.output === 'json') print(JSON.stringify(explanation, null, 2));
  else for (const line of formatExplanation(explanation)) print(line);
  return explanation.state === 'good' ? exitCodes.done : exitCodes.unhealthy;
}

async function explainApplicationAt(hub: Connection, namespace: string, name: string): Promise<Explanation> {
  const application = await find(hub, applicationKind, namespace, name);
  if (application === undefined) throw missing('Application', namespace, name);
  const placement = await find(hub, placementKind, namespace, application.spec.placementRef.name);
  const { items: sites } = await hub.client.list(siteKind, {}, hub.signal);
  const { items: works } = await hub.client.list(workKind, {}, hub.signal);
  const chosen = new Set(placement === undefined ? [] : chooseSites(placement, sites));
  const own = works.filter((work) => isOwn(work, application));
  return explainApplication({
    application,
    placement,
    sites: sites.filter((site) => chosen.has(site.metadata.name)),
    works: new Map(own.map((work) => [siteOfNamespace(work.metadata.namespace ?? '') ?? '', work])),
    nowMs: Date.now(),
  });
}

async function explainPodAt(site: Connection, namespace: string, name: string): Promise<Explanation> {
  const pod = await find(site, podKind, namespace, name);
  if (pod === undefined) throw missing('Pod', namespace, name);
  const causes = explainPod(pod, Date.now()).map((text): Explanation => ({ state: 'bad', text, causes: [] }));
  const text = `Pod ${namespace}/${name}: ${causes.length === 0 ? 'as it should be' : (pod.status?.phase ?? 'unknown')}`;
  return { state: causes.length === 0 ? 'good' : 'bad', text, causes };
}

/** For kinds without an explainer of their own: the last word of every controller about the object. */
function controllersExplainer(text: string): Explainer | undefined {
  const wanted = text.toLowerCase();
  const kind = allKinds.find(({ singular, plural, shortNames = [] }) =>
    [singular, plural, ...shortNames].includes(wanted),
  );
  if (kind === undefined) return undefined;
  return async (server, namespace, name) => {
    const at: ObjectName = kind.scope === 'Namespaced' ? { namespace, name } : { name };
    if ((await find(server, kind, namespace, name)) === undefined) throw missing(kind.kind, at.namespace, name);
    const { value } = await server.request({ method: 'GET', path: objectPath(kind, at, 'explain') });
    const { controllers } = value as { readonly controllers: readonly ControllerExplanation[] };
    const causes = controllers.map(causeOf);
    const state =
      causes.find((cause) => cause.state === 'bad')?.state ?? causes.find((cause) => cause.state !== 'good')?.state;
    return {
      state: state ?? 'good',
      text: `${kind.kind} ${kind.scope === 'Namespaced' ? `${namespace}/` : ''}${name}`,
      causes,
    };
  };
}

function causeOf({ controller, state, reason, message, on = [], time }: ControllerExplanation): Explanation {
  const why = [reason, message].filter((part) => part !== undefined).join(': ');
  const waitsFor = on.map((object) => `${object.kind} ${object.name}`).join(', ');
  const text = `${controller}: ${state.toLowerCase()}${why === '' ? '' : `: ${why}`}${waitsFor === '' ? '' : `, waits for ${waitsFor}`} (${time})`;
  const marks = { Settled: 'good', Waiting: 'waiting', Stalled: 'bad', Failed: 'bad' } as const;
  return { state: marks[state], text, causes: [] };
}

async function find<T extends KubeObject>(
  server: Connection,
  kind: KindDefinition<T>,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  try {
    return await server.client.get(kind, kind.scope === 'Namespaced' ? { namespace, name } : { name }, server.signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** `namespace` is absent for kinds that are in none. */
function missing(kind: string, namespace: string | undefined, name: string): CommandError {
  return namespace === undefined
    ? new CommandError(`${kind} "${name}" does not exist`, 'choose another server with --kubeconfig')
    : new CommandError(
        `${kind} "${name}" does not exist in namespace "${namespace}"`,
        'choose another namespace with -n, or another server with --kubeconfig',
      );
}
