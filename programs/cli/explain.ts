import type { KubeObject } from '../../kernel/meta/object.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import {
  type Explanation,
  explainApplication,
  formatExplanation,
} from '../../planes/application/application/explain.ts';
import { isOwn } from '../../planes/application/application/plan.ts';
import { applicationKind } from '../../planes/application/application/type.ts';
import { explainPod } from '../../planes/control/pod/explain.ts';
import { podKind } from '../../planes/control/pod/type.ts';
import { chooseSites } from '../../planes/management/index.ts';
import { placementKind } from '../../planes/management/placement/type.ts';
import { siteKind, siteOfNamespace } from '../../planes/management/site/type.ts';
import { workKind } from '../../planes/management/work/type.ts';
import { type Connection, connectHub } from './connect.ts';
import { CommandError, exitCodes } from './exit.ts';
import { type OutputFormat, print } from './output.ts';

/** What `planform explain` was asked. */
export interface ExplainOptions {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly output: OutputFormat;
}

type Explainer = (server: Connection, namespace: string, name: string) => Promise<Explanation>;

/** What can be explained, by the names people use. */
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
  const explainer = explainers[kind.toLowerCase()];
  if (explainer === undefined || name === '' || rest.length > 0) {
    throw new CommandError(
      `Cannot explain "${object}": it must be application/<name> (at the hub) or pod/<name> (at a site)`,
      'for example: planform explain application/hello',
    );
  }
  await using server = await connectHub(options.kubeconfig);
  const explanation = await explainer(server, options.namespace, name);
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

async function find<T extends KubeObject>(
  server: Connection,
  kind: KindDefinition<T>,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  try {
    return await server.client.get(kind, { namespace, name }, server.signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function missing(kind: string, namespace: string, name: string): CommandError {
  return new CommandError(
    `${kind} "${name}" does not exist in namespace "${namespace}"`,
    'choose another namespace with -n, or another server with --kubeconfig',
  );
}
